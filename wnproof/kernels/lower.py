"""From the graph to values: one rule per node type, expressions to elementary functions in forms that floating point can bear.

The rewrites are chosen by cost here and nowhere else. Equal operations are one (adjoints are shared), what depends on data alone
is computed once (1/n and y meet X there), what no result needs is never asked for, and:

* A sum's inner and outer factors stay visible (``product``), and the order of multiplying them is chosen by cost (``path``).
* exp(a u) / (1 + exp(u))^b, the derivatives of log(1 + exp(u)), become powers of 1/(1 + exp(-u)) and 1/(1 + exp(u)), which are
  bounded for every u.
* Where a sum of exponentials is divided by, or its logarithm is taken, the largest exponent m is taken out: exp(u)/sum exp(u) is
  exp(u - m)/sum exp(u - m), and log(exp(u)/sum exp(u)) is (u - m) - log sum exp(u - m); nothing overflows (softmax).
* Kinks are maxima of lines, their slopes signs of maxima: not-a-number passes through both, infinity has its finite slope.
* sum_i sigma(z_ij) r_i with z = sum_k w_jk x_ik equals sum_k w_jk (sum_i sigma'(z_ij) r_i x_ik) for sigma of degree one (Euler):
  the gradient of an outgoing weight comes from the incoming one's, where that is cheaper.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import sympy as sp

from wnproof.graph.encode import OutOfFragment
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import Contract, Leaf, Map, Node, argument, order
from wnproof.kernels.path import built, cheapest
from wnproof.kernels.product import Product, collected, common, factors
from wnproof.kernels.softmax import logarithm, one_plus, shifted
from wnproof.kernels.values import Number, Value, Values, length

ONE = Product(sp.S.One)


class Lowering:
    """Lowers graph nodes into one program's values; the nodes' products are remembered."""

    def __init__(self, values: Values, parameters: Collection[str]) -> None:
        self.values, self.parameters = values, parameters
        self._products: dict[Node, Product] = {}
        self._kinks: dict[Value, tuple[Value, sp.Expr]] = {}  # max(z, slope z) -> (z, slope)
        self._sums: dict[Value, tuple[Product, frozenset[str]]] = {}  # sum -> (its factors, its summed axes)
        self._exponents: dict[Value, Product] = {}  # exp(u) -> u

    def lower(self, roots: Iterable[Node]) -> list[Value]:
        """One value per root; its axes may lack some of the root's, along which it is constant."""
        roots = list(roots)
        for node in order(*roots):
            self._products[node] = self._node(node)
        return [self.value(self._products[root]) for root in roots]

    def known(self, node: Node) -> Value | None:
        """The value that is the node, when it was lowered."""
        return self.value(self._products[node]) if node in self._products else None

    def value(self, product: Product) -> Value:
        """The product, multiplied out."""
        if product.coefficient == 1 and len(product.powers) == 1 and product.powers[0][1] == 1:
            return product.powers[0][0]
        axes = self.values.ordered(a for v in product.values for a in v.axes)
        return built(self.values, factors(self.values, product), axes)

    def _node(self, node: Node) -> Product:
        if isinstance(node, Leaf):
            if node.name == "1":
                return ONE
            tensor = self.values.input(node.name, node.axes, fixed=node.name not in self.parameters)
            return Product.of(sp.S.One, {tensor: sp.S.One})
        if isinstance(node, Map):
            return self._expression(node.expr, {argument(k): self._products[n] for k, n in enumerate(node.operands)})
        assert isinstance(node, Contract)
        product = ONE
        for operand in node.operands:
            product = product.times(self._products[operand])
        return self._contracted(self._tamed(product), {a for n in node.operands for a in n.axes} - set(node.axes))

    # --- sums -----------------------------------------------------------------------------------------------------------------

    def _contracted(self, product: Product, summed: set[str]) -> Product:
        """Sum a product over axes; factors that no sum touches stay visible."""
        present = {a for v in product.values for a in v.axes}
        for axis in sorted(summed - present):
            product = product.times(Product(length(axis)))
        summed &= present
        if not summed:
            return product
        groups = _connected(product, summed)
        if len(groups) == 1:
            return self._summed(product, summed)
        inside = {v for group in groups for v in group}
        result = Product.of(product.coefficient, {v: e for v, e in product.powers if v not in inside})
        for group in groups:
            part = Product.of(sp.S.One, {v: e for v, e in product.powers if v in group})
            result = result.times(self._summed(part, summed & {a for v in group for a in v.axes}))
        return result

    def _summed(self, product: Product, summed: set[str]) -> Product:
        direct, kept = self._best(product, summed)
        for value, exponent in product.powers:
            other = self._by_euler(product, summed, value) if exponent == 1 else None
            if other is not None:
                cost, factored = self._best(*other)
                if cost < direct:
                    direct, kept = cost, factored
        sums = [v for v, e in kept.powers if v not in dict(product.powers) and e == 1]
        if len(sums) == 1 and not isinstance(sums[0], Number):
            outside = dict(kept.powers)
            del outside[sums[0]]
            inside = product.times(Product.of(kept.coefficient, outside).power(sp.Integer(-1)))
            if set(inside.values) <= set(product.values):  # otherwise it would divide by what was multiplied out
                self._sums.setdefault(sums[0], (inside, frozenset(summed)))
        return kept

    def _best(self, product: Product, summed: set[str]) -> tuple[float, Product]:
        axes = self.values.ordered({a for v in product.values for a in v.axes} - summed)
        cost, top = cheapest(self.values, factors(self.values, product), axes)
        result = ONE
        for factor in top:
            if isinstance(factor.value, Number):
                result = result.times(Product(factor.value.expr ** (-1 if factor.inverse else 1)))
            else:
                result = result.times(Product.of(sp.S.One, {factor.value: sp.Integer(-1 if factor.inverse else 1)}))
        return cost, result

    def _by_euler(self, product: Product, summed: set[str], kinked: Value) -> tuple[Product, set[str]] | None:
        """max(z, s z) replaced by its slope times the factors of z, when the program has both already."""
        if kinked not in self._kinks:
            return None
        z, slope = self._kinks[kinked]
        step = self._step(kinked, slope, known=True)
        if step is None or z not in self._sums:
            return None
        inside, extra = self._sums[z]
        if extra & {a for v in product.values for a in v.axes}:
            return None
        replaced = product.times(Product.of(sp.S.One, {kinked: sp.S.NegativeOne, step: sp.S.One})).times(inside)
        return replaced, summed | extra

    # --- expressions ----------------------------------------------------------------------------------------------------------

    def _expression(self, expr: sp.Expr, slots: dict[sp.Symbol, Product]) -> Product:
        if expr in slots:
            return slots[expr]
        if expr.is_number:
            return Product(expr)
        if expr.is_Mul:
            product = ONE
            for part in expr.args:
                product = product.times(self._expression(part, slots))
            return self._tamed(product)
        if expr.is_Add:
            return self._added([self._expression(a, slots) for a in expr.args])
        if expr.is_Pow and expr.exp.is_Rational:
            return self._raised(self._expression(expr.base, slots), expr.exp)
        if isinstance(expr, Pw):
            z, right, left, degree = expr.args
            return self._kink(self.value(self._expression(z, slots)), right, left, int(degree))
        if isinstance(expr, sp.log):
            exponent = _softplus_argument(expr)
            if exponent is not None:
                return self._apply("softplus", self._expression(exponent, slots))
            terms, rest = logarithm(self.values, self._expression(expr.args[0], slots), self._weighted)
            return self._added(terms if terms and rest == ONE else [*terms, self._apply("log", rest)])
        if isinstance(expr, (sp.exp, sp.tanh, sp.erf)):
            return self._apply(type(expr).__name__, self._expression(expr.args[0], slots))
        raise OutOfFragment(type(expr).__name__)

    def _apply(self, function: str, *arguments: Product) -> Product:
        value = self.values.pointwise(function, *(self.value(a) for a in arguments))
        if function == "exp":
            self._exponents.setdefault(value, arguments[0])
        return Product.of(sp.S.One, {value: sp.S.One})

    def _tamed(self, product: Product) -> Product:
        """The product with quotients of exponentials in forms that are bounded for every exponent."""
        product = shifted(self.values, product, self._weighted)
        for total, exponent in product.powers:
            grown = one_plus(total)
            if grown not in self._exponents or not (exponent.is_Integer and exponent < 0):
                continue
            assert grown is not None
            u, free = self._exponents[grown], -exponent
            falling = self._added([ONE, self._apply("exp", u.times(Product(sp.S.NegativeOne)))])
            for value, power in product.powers:
                v = self._exponents.get(value, ONE)
                times = v.coefficient / u.coefficient if v.powers == u.powers else sp.S.Zero  # the value is exp(u)^times
                if times.is_Integer and times > 0 and power.is_Integer and power > 0:
                    moved = min(power, free // times)
                    changes = {value: -moved, total: times * moved}
                    product = product.times(Product.of(sp.S.One, changes)).times(falling.power(-times * moved))
                    free -= times * moved
        return product

    def _weighted(self, total: Value, u: Value, replaced: Value) -> Product | None:
        """sum exp(u) w with exp(u) replaced; None for any other sum."""
        inside, summed = self._sums.get(total, (ONE, frozenset()))
        grown = self.values.find("exp", u)
        if grown is None or dict(inside.powers).get(grown) != 1:
            return None
        other = inside.times(Product.of(sp.S.One, {grown: sp.S.NegativeOne, replaced: sp.S.One}))
        return self._contracted(other, set(summed))

    def _raised(self, base: Product, exponent: sp.Rational) -> Product:
        if exponent.is_Integer or not base.powers:
            return base.power(exponent)
        if base.coefficient == 1 and len(base.powers) == 1 and base.powers[0][1] == 1:
            return Product.of(sp.S.One, {base.powers[0][0]: exponent})
        return Product.of(sp.S.One, {self.value(base): exponent})

    def _added(self, terms: list[Product]) -> Product:
        terms = collected(terms)
        if not terms:
            return Product(sp.S.Zero)
        outside = common(terms)
        inverse = outside.power(sp.Integer(-1))
        inner = [term.times(inverse) for term in terms]
        if len(inner) == 1:
            return outside.times(inner[0])
        signed = [(bool(t.coefficient.could_extract_minus_sign()), t) for t in inner]
        parts = [(minus, self.value(t.times(Product(sp.S.NegativeOne)) if minus else t)) for minus, t in signed]
        parts.sort(key=lambda part: (self.values.entries(part[1].axes), part[0], part[1].serial))
        start = next((k for k, (minus, _) in enumerate(parts) if not minus), 0)
        minus, total = parts.pop(start)
        total = self.values.product(self.values.number(sp.S.NegativeOne), total) if minus else total
        for minus, part in parts:
            total = self.values.pointwise("subtract", total, part) if minus else self.values.pointwise("add", total, part)
        return outside.times(Product.of(sp.S.One, {total: sp.S.One}))

    def _kink(self, z: Value, right: sp.Expr, left: sp.Expr, degree: int) -> Product:
        """c+ z^p for z > 0, c- z^p for z < 0; c- at 0 when p = 0. No operation meets 0 times infinity."""
        if right == 0 and degree == 0:
            return self._added([Product(left), self._kink(z, -left, sp.S.Zero, 0)])
        if right == 0:
            mirrored = self.values.product(self.values.number(sp.S.NegativeOne), z)
            return self._kink(mirrored, (-1) ** degree * left, sp.S.Zero, degree)
        slope = left / right
        if degree == 0:
            line = self._line(z, sp.S.Zero)
            step = self._step(line, slope)
            assert step is not None
            return Product.of(right, {step: sp.S.One})
        if slope == 0:
            return Product.of(right, {self._line(z, slope): sp.Integer(degree)})
        line = self._line(z, slope)
        return Product.of(right, {line: sp.S.One}).times(Product.of(sp.S.One, {z: sp.Integer(degree - 1)}))

    def _line(self, z: Value, slope: sp.Expr) -> Value:
        """The function z for z > 0, slope*z for z < 0, as a maximum or minimum."""
        values = self.values
        if slope == -1:
            line = values.pointwise("absolute", z)
        else:
            other = values.number(sp.S.Zero) if slope == 0 else values.product(values.number(slope), z)
            line = values.pointwise("maximum" if slope < 1 else "minimum", z, other)
        self._kinks.setdefault(line, (z, slope))
        return line

    def _step(self, line: Value, slope: sp.Expr, *, known: bool = False) -> Value | None:
        """1 for z > 0, ``slope`` for z <= 0, not-a-number where z is; with ``known`` only if the program has it already."""
        z, _ = self._kinks[line]
        values = self.values
        if 0 < slope < 1:  # the sign itself, cut off from below: two operations instead of four
            if known and values.find("sign", z) is None:
                return None
            return values.pointwise("maximum", values.pointwise("sign", z), values.number(slope))
        if known and (relu := values.find("maximum", z, values.number(sp.S.Zero))) is None:
            return None
        relu = self._line(z, sp.S.Zero)
        if known and values.find("sign", relu) is None:
            return None
        step = values.pointwise("sign", relu)
        if slope == 0:
            return step
        return values.pointwise("add", values.product(values.number(1 - slope), step), values.number(slope))


def _connected(product: Product, summed: set[str]) -> list[set[Value]]:
    """The factors that share summed axes, group by group; factors without any are in no group."""
    groups: list[tuple[set[str], set[Value]]] = []
    for value in product.values:
        axes = summed & set(value.axes)
        if not axes:
            continue
        touching = [g for g in groups if g[0] & axes]
        groups = [g for g in groups if not g[0] & axes]
        groups.append((axes.union(*(g[0] for g in touching)), {value}.union(*(g[1] for g in touching))))
    return [members for _, members in groups]


def _softplus_argument(expr: sp.Expr) -> sp.Expr | None:
    """u, when the expression is f(1 + exp(u)) for a one-argument f or a power."""
    inner = expr.args[0]
    if inner.is_Add and len(inner.args) == 2 and inner.args[0] == 1 and isinstance(inner.args[1], sp.exp):
        return inner.args[1].args[0]
    return None
