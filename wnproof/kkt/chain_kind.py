"""What N does around a chain's KKT points in the wide network: local maxima and minima among rank-one layers.

Let p = 1 and b_l > 0. Off the kinks all neurons of a layer see a sample with one sign, also nearby, so there N is that of a
linear network: ``N = W_D .. W_1 g`` with g = sum_i z_i s_i x_i, s_i the product of the slopes along the chain. Hence
``|N| <= |g| prod_l |W_l| <= |g| D^(-D/2)``, which is |N| at the point, where w is along g: a local maximum if N > 0.

On a kink, if e_2, .., e_(D-1) > 0 and sigma is convex and does not decrease, the output on a sample, times e_D, is at least what
any slopes give in place of sigma, since the weights of the later layers keep their signs. So where e_D z_i <= 0 for all samples
on their kinks N is at most that of a linear network, with the element g of the generalized gradient that is along w.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from wnproof.kkt.chain import Chain, sides
from wnproof.kkt.neuron import Direction
from wnproof.kkt.points import Kind, KKTPoint
from wnproof.model.network import Network


def chain_kind(chain: Chain, point: KKTPoint, widths: Sequence[int], active: Sequence[int]) -> Kind:
    """The kind of the members, on the active neurons, as far as that of w in the chain alone decides it; else DEGENERATE.

    |N| is largest at the radii of KKT points and, for p > 1, smallest at equal b_l among those of several active neurons: so a
    minimum of G > 0, a maximum of G < 0, and several active neurons in a layer are saddles of N. For p > 1 an idle neuron changes
    N at third order only, while the length it takes costs |N| at second order: it leaves the kind as it is.

    >>> from fractions import Fraction
    >>> from wnproof.kkt.arrangement import neuron_kkt_points
    >>> from wnproof.kkt.neuron import Neuron
    >>> top = neuron_kkt_points(Neuron.of([[3, 4], [1, 0]], [1, -1]))[0]
    >>> chain = Chain((1,), Fraction(1), Fraction(0), 1)
    >>> chain_kind(chain, top, (2, 1, 1), ()), chain_kind(chain, top, (2, 5, 1), ())
    (<Kind.MAXIMUM: 'maximum'>, <Kind.DEGENERATE: 'degenerate'>)
    """
    allowed = _allowed(point)
    if max(active, default=1) > 1:
        return Kind.SADDLE
    if point.kind is Kind.DEGENERATE:
        return Kind.DEGENERATE
    if point.kind not in (allowed, Kind.FLAT):
        return Kind.SADDLE
    return allowed if chain.power > 1 or max(widths[1:-1]) == 1 else Kind.DEGENERATE


def extreme(chain: Chain, point: KKTPoint, rows: Sequence[Direction], labels: Sequence[Fraction], net: Network) -> Kind | None:
    """MAXIMUM or MINIMUM where the bound above shows it for p = 1 and b_l > 0, at any widths; None where it shows nothing.

    Args:
        chain: the signs.
        point: w, an exact KKT point of the chain's neuron.
        rows: x_i, a bias being one more entry that is 1.
        labels: z_i times the scale of the network.
        net: the network.
    """
    right, left, power = sides(net)
    if power != 1 or point.hidden_direction is None:
        return None
    kinks = [z for x, z in zip(rows, labels, strict=True) if z and any(x) and not _dot(x, point.hidden_direction)]
    if right == -left or not kinks:
        return _allowed(point)
    *inner, last = chain.signs
    side = last if point.value > 0 else -last
    lowest = right >= -left >= 0 and all(sign > 0 for sign in inner)  # sigma is no less than any line between its slopes
    return _allowed(point) if lowest and all(side * z < 0 for z in kinks) else None


def _allowed(point: KKTPoint) -> Kind:
    return Kind.MAXIMUM if point.value > 0 else Kind.MINIMUM


def _dot(x: Direction, w: Direction) -> Fraction:
    return sum((a * b for a, b in zip(x, w, strict=True)), Fraction(0))
