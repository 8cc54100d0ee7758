"""Gradient flow under weight normalization: the derivation for an appendix, with its proof.

For w = g v/|v| (SWN) and w = exp(a) v/|v| (EWN) this prints, in LaTeX that holds for every width and sample count, the raw flow
of a two-layer ReLU network under the logistic loss, the flow it induces on the effective weights, and that flow's closed form
    SWN   w' = -(u u^T + (g/|v|)^2 (I - u u^T)) c        EWN   w' = -|w|^2 (u u^T + |v|^-2 (I - u u^T)) c
with u = v/|v| and c = dL/dw, then what is proved of it and where. The checker forms every gradient itself, so the printed
formulas are not trusted.

Run:  python examples/02_weight_norm_flows.py
"""

import wnproof as wn

NORMALIZATIONS = {"SWN": wn.weight_norm, "EWN": wn.exponential_weight_norm}


def network(widths, normalization):
    return wn.Network(widths, wn.relu, normalization=normalization)


def shown(what: str, verdict: wn.Verdict, rigor: wn.Rigor) -> None:
    """One line per statement: how surely it holds, and at which sizes (everywhere that both sides are defined)."""
    sizes = dict.fromkeys(part.partition(" where ")[0] for part in str(verdict.scope).split("; "))
    print(f"% {what}: {verdict.rigor.value}" + (f" [{'; '.join(sizes)}]" if rigor is wn.Rigor.PROVED else " by an exact point"))
    assert verdict.reaches(rigor), verdict


def appendix(name: str, normalization: wn.Normalization) -> None:
    flow = wn.gradient_flow(network((3, 8, 1), normalization), wn.logistic)
    induced = flow.effective()
    for title, page in (("raw flow", flow), ("induced flow", induced), ("closed form", induced.closed)):
        print(f"\n% {name}, {title}\n{page.latex()}")
    print()

    raw = wn.gradient_flow(network((2, 1, 1), normalization), wn.logistic)
    shown("raw flow", wn.decide(wn.flow_is(raw, raw.velocity, samples=2)), wn.Rigor.PROVED)
    for widths in ((2, 1, 1), (3, 2, 1)):
        small = wn.gradient_flow(network(widths, normalization)).effective()
        shown(f"closed form at widths {widths}", wn.decide(wn.flow_is(small, small.closed.velocities)), wn.Rigor.PROVED)

    unnormalized = wn.gradient_flow(network(widths, wn.plain)).effective().closed.velocities["W1"]
    doubled = 2 * small.closed.velocities["W1"]
    for what, wrong in (("plain gradient flow in its place", unnormalized), ("twice the closed form", doubled)):
        shown(what, wn.decide(wn.flow_is(small, {"W1": wrong})), wn.Rigor.REFUTED)

    wide = flow.net
    shown("|v_j| is constant", wn.decide(wn.conserved(flow, wide["V1"].row_squares())), wn.Rigor.PROVED)
    size = wide["g1"].squares() if name == "SWN" else 2 * wide["a1"]
    balance = wn.decide(wn.conserved(flow, size - wide["W2"].column_squares()))
    shown(f"{'g_j^2' if name == 'SWN' else '2 a_j'} - |W_2[:,j]|^2 is constant", balance, wn.Rigor.PROVED)


if __name__ == "__main__":
    for name, normalization in NORMALIZATIONS.items():
        appendix(name, normalization)
