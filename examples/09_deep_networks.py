"""Deep networks on iris: where small weights turn, listed exactly through single neurons, beside what ascents find.

The correlation function N of a leaky ReLU network with three layers has KKT points whose layers are of rank one; they are those
of single neurons whose slopes follow from the signs of the later weights. Ascents in all 21 weights from random starts end at
some of its maxima, and at no smooth point beside it. Then a network of one layer with 50 neurons: there the list is complete.

Run:  python examples/09_deep_networks.py
"""

import time

import numpy as np

import wnproof as wn


def main() -> None:
    data = wn.datasets.iris(features=("sepal_length", "sepal_width", "petal_width"), positive="versicolor")
    deep = wn.ncf(wn.Network((3, 3, 3, 1), wn.leaky_relu("1/10")), data)
    began = time.perf_counter()
    listed = wn.chain_points(deep)
    print(f"{len(listed.families)} families of KKT points in {time.perf_counter() - began:.2g} s, {deep}")
    for family in listed.families[:6]:
        print(" ", family.text)
    print(listed.complete)

    ends = wn.Ascents(starts=100).run(deep)
    reached = ends.against(listed)
    print(f"\n{reached}\n")
    assert not reached.smooth_new

    end = ends.u[:, ends.where(wn.End.SMOOTH)[0]]
    print(f"one end: {wn.is_kkt(deep, end, listed=listed)}")
    print(f"imbalance {wn.imbalance(deep, end):.1e}, second singular value over the first {wn.rank_defect(deep, end):.1e}")
    best = max(listed.families, key=lambda family: family.value)
    trained = best.sample(seed=0) + 0.01 * np.random.default_rng(0).normal(size=deep.size)
    print(f"weights near the best family: {wn.is_kkt(deep, trained, listed=listed)}\n")

    wide = wn.ncf(wn.Network((3, 50, 1), wn.relu), data)
    found = wn.wide_points(wide)
    for family in found.families:
        print(family.text)
    print(found.complete)
    assert found.complete.reaches(wn.Rigor.CERTIFIED)


if __name__ == "__main__":
    main()
