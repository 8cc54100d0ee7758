"""The claims that come with the package, a module or two per paper."""

from __future__ import annotations

from importlib import import_module

MODULES = (
    "core",
    "core_flows",
    "core_balance",
    "core_depth",
    "core_inequalities",
    "core_kkt",
    "core_correlation",
    "kumar_haupt_2024",
    "kumar_haupt_2h_2024",
    "kumar_haupt_stalls",
    "kumar_haupt_iris",
    "dukler_2020",
    "dukler_2020_width",
    "dukler_2020_runs",
    "dukler_2020_bounds",
    "morwani_ramaswamy_2022",
    "eberle_2022",
    "eberle_2022_box",
    "new_ground",
    "new_ground_blowup",
    "new_ground_limits",
    "new_ground_counts",
    "conservation_table",
    "shilton_2024",
    "kou_2023",
    "herranz_2024",
    "shevchenko_2022",
    "nitanda_suzuki_2021",
    "lyu_li_2020",
    "chou_2023",
    "frei_2023",
    "least_norm",
    "measured",
    "measured_flows",
)


def load() -> None:
    """Register every claim of the package; a second call does nothing."""
    for module in MODULES:
        import_module(f"wnproof.claims.{module}")
