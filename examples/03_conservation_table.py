"""How many quantities gradient flow keeps, whatever the data and the loss: plain, SWN and EWN networks in one table.

"laws" are the independent ones among the laws that are found and proved, counted exactly at the network's own widths. "at most"
is the number of parameters less the directions that the gradients of the output at different inputs, and their Lie brackets,
span: no more can be independent, of whatever kind. That rank is taken in floats, so the second column has no
certificate.

Run:  python examples/03_conservation_table.py
"""

import wnproof as wn

ACTIVATIONS = {"linear": wn.linear, "ReLU": wn.relu}
NORMALIZATIONS = {"plain": wn.plain, "SWN": wn.weight_norm, "EWN": wn.exponential_weight_norm}
WIDTHS = ((2, 2, 1), (2, 3, 1), (3, 2, 2), (2, 2, 2, 1))


def main() -> None:
    print(f"{'widths':10}{'activation':12}{'hidden layers':15}{'parameters':>10}{'laws':>6}{'at most':>9}")
    for widths in WIDTHS:
        for activation, sigma in ACTIVATIONS.items():
            for normalization, kind in NORMALIZATIONS.items():
                net = wn.Network(widths, sigma, normalization=kind)
                laws = wn.conservation_laws(net)
                assert laws.verdict.reaches(wn.Rigor.PROVED), laws.verdict
                name = "-".join(map(str, widths))
                print(f"{name:10}{activation:12}{normalization:15}{net.size:10}{laws.independent:6}{laws.most:9}")


if __name__ == "__main__":
    main()
