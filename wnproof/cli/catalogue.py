"""``wnproof claims``: the list, one claim's page, the papers' statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from wnproof.cli.app import app
from wnproof.cli.options import Data, Features, OptionError, Positive, Target, dataset
from wnproof.errors import EXIT_PROVED, WnproofError

if TYPE_CHECKING:
    from wnproof.claims.claim import Claim

CONVENTION = "losses are sums over samples, the square loss is (f - y)^2/2, unless the statement says otherwise"


@app.command()
def claims(
    slug: Annotated[str, typer.Argument(help="show this claim; all titles by default")] = "",
    papers: Annotated[bool, typer.Option("--papers", help="the papers' statements, by which claims, and what is open")] = False,
    latex: Annotated[bool, typer.Option("--latex", help="the exact statement in LaTeX")] = False,
    data: Data = "",
    target: Target = "",
    features: Features = "",
    positive: Positive = "",
) -> int:
    """List the claims, or show one: statement, source, hypotheses, controls; with --data, whether your data satisfy them."""
    from wnproof.claims.claim import REGISTRY, select

    if papers:
        from wnproof.claims.coverage import table

        select()
        print(table(REGISTRY))
        return EXIT_PROVED
    if (latex or data) and not slug:
        wrong = WnproofError("E-USAGE", "--latex and --data are about one claim", help="wnproof claims SLUG --latex")
        raise OptionError(wrong)
    for entry in select(*([slug] if slug else [])):
        if latex:
            from wnproof.claims.latex import display

            print(display(entry.state()))
        elif slug:
            print(_page(entry))
            if data:
                print(_margins(entry, data, target, features, positive))
        else:
            print(f"{entry.slug:45} {entry.title}")
    return EXIT_PROVED


def _page(entry: Claim) -> str:
    """One claim; a claim that runs are to support is not run for it, and supposes nothing that could be dropped."""
    from wnproof.claims.dropped import hypotheses
    from wnproof.verdict import Rigor

    supposed = "" if entry.requires is Rigor.SUPPORTED else "; ".join(hypotheses(entry.state()))
    lines = {
        "source": entry.source,
        "convention": CONVENTION,
        "requires": entry.requires.value,
        "supposes": supposed or "none",
        "of data": "; ".join(check.__name__.replace("_", " ") for check in entry.on_data) or "nothing",
        "controls": "; ".join(entry.controls) or "within the run",
        "--full": ", ".join(f"{name} = {_short(value)}" for name, value in entry.larger.items()) or "no larger case",
    }
    return "\n".join([entry.slug, "", entry.text, "", *(f"{name + ':':12}{said}" for name, said in lines.items())])


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _margins(entry: Claim, data: str, target: str, features: str, positive: str) -> str:
    """The hypotheses about data at this data set, each with its margin."""
    if not entry.on_data:
        return f"data:       {entry.slug} supposes nothing about the data"
    samples = dataset(data, target, features, positive)
    return "\n".join(f"data:       {check(samples)!r}" for check in entry.on_data)
