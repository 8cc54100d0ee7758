"""How many quantities gradient flow keeps, whatever the data and the loss: plain, SWN and EWN networks in one table.

"laws" are the independent ones among the laws that symmetries give, each proved at all widths and counted exactly at the
network's own. "at least" and "at most" are the verdicts on their number: so many laws are independent, and near some point no
more differentiable functions are, because the gradients of the output at different inputs and their Lie brackets span all other
directions. "of degree 2" is the dimension of the space of all polynomial laws of degree 1 and 2, counted once more by linear
algebra modulo a prime; the square of a linear law (deep EWN) is one of them.

Run:  python examples/03_conservation_table.py
"""

import wnproof as wn

ACTIVATIONS = {"linear": wn.linear, "ReLU": wn.relu}
NORMALIZATIONS = {"plain": wn.plain, "SWN": wn.weight_norm, "EWN": wn.exponential_weight_norm}
WIDTHS = ((2, 2, 1), (2, 3, 1), (3, 2, 2), (2, 2, 2, 1))


def row(*cells) -> str:
    return "{:10}{:12}{:15}{:>10}{:>6}{:>10}{:>10}{:>13}".format(*cells)


def main() -> None:
    print(row("widths", "activation", "hidden layers", "parameters", "laws", "at least", "at most", "of degree 2"))
    for widths in WIDTHS:
        for activation, sigma in ACTIVATIONS.items():
            for normalization, kind in NORMALIZATIONS.items():
                net = wn.Network(widths, sigma, normalization=kind)
                laws = wn.conservation_laws(net)
                assert laws.verdict.reaches(wn.Rigor.PROVED), laws.verdict
                fewer = laws.enough  # "at most one law fewer" is refuted by the laws themselves
                least = "proved" if fewer.rigor is wn.Rigor.REFUTED else fewer.rigor.value
                name, most = "-".join(map(str, widths)), laws.complete.rigor.value
                quadratic = laws.polynomials(2).most
                print(row(name, activation, normalization, net.size, laws.independent, least, most, quadratic))


if __name__ == "__main__":
    main()
