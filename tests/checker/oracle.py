"""An independent opinion on a statement: floats, random points, difference quotients. It shares no code with the checker.

``holds`` is False when a sample contradicts the statement and True otherwise. An accepted proof of a false statement shows,
unless it is false on a null set only, and so does an accepted refutation of a true one.
"""

import math

import numpy as np


def pointwise(e, args):
    op = e[0]
    if op == "arg":
        return args[e[1]]
    if op == "num":
        return number(e[1])
    of = [pointwise(x, args) for x in e[1:] if isinstance(x, list)]
    if op in ("+", "*"):
        return sum(of) if op == "+" else math.prod(of)
    if op == "^":
        q = number(e[2])
        return np.where(np.asarray(of[0]) > 0, of[0], np.nan) ** q if q % 1 else np.asarray(of[0], float) ** q
    if op == "pw":
        return np.where(of[0] > 0, number(e[2]), number(e[3])) * np.asarray(of[0], float) ** number(e[4])
    return {"exp": np.exp, "log": np.log, "tanh": np.tanh}[op](of[0])


def number(text):
    top, _, bottom = text.partition("/")
    return int(top) / int(bottom or 1)


def tensors(graph, sizes, values):
    out = []
    for node in graph:
        if "leaf" in node:
            axes = node["axes"]
            value = np.ones([sizes[a] for a in axes]) if node["leaf"] == "1" else values[node["leaf"]]
        else:
            args = [out[k] for k in node.get("args", node.get("sum"))]
            every = list(dict.fromkeys(a for axes, _ in args for a in axes))
            full = [spread(value, axes, every, sizes) for axes, value in args]
            if "map" in node:
                axes, value = every, np.broadcast_to(pointwise(node["map"], full), [sizes[a] for a in every])
            else:
                axes = node["axes"]
                product = np.broadcast_to(math.prod(full), [sizes[a] for a in every])
                summed = product.sum(axis=tuple(k for k, a in enumerate(every) if a not in axes))
                kept = [a for a in every if a in axes]
                value = summed.transpose([kept.index(a) for a in axes])
        out.append((axes, value))
    return out


def spread(value, axes, every, sizes):
    order = [a for a in every if a in axes]
    value = np.asarray(value).transpose([axes.index(a) for a in order])
    return value.reshape([sizes[a] if a in axes else 1 for a in every])


class World:
    """One random point for all leaves of a statement."""

    def __init__(self, s, rng):
        self.graph = s["graph"]
        axes = sorted({a for node in s["graph"] for a in node.get("axes", [])})
        self.sizes = s.get("sizes") or {a: rng.choice((1, 2, 3)) for a in axes}
        shapes = {n["leaf"]: [self.sizes[a] for a in n["axes"]] for n in s["graph"] if "leaf" in n and n["leaf"] != "1"}
        # roots of leaves are defined for positive ones
        draw = rng.choice((lambda: rng.gauss(0, 1), lambda: rng.uniform(0.5, 1.5)))
        self.values = {k: np.array([draw() for _ in range(math.prod(shape))]).reshape(shape) for k, shape in shapes.items()}

    def at(self, k, values=None):
        return tensors(self.graph, self.sizes, values or self.values)[k][1]

    def along(self, k, direction, h=1e-6):
        """The derivative of node k along a direction of the leaves."""
        ahead, behind = ({n: v + sign * h * direction.get(n, 0) for n, v in self.values.items()} for sign in (1, -1))
        return (self.at(k, ahead) - self.at(k, behind)) / (2 * h)

    def gradient(self, k, leaves, weights=1.0):
        out = {n: np.zeros_like(self.values[n]) for n in leaves}
        for n in leaves:
            for i in np.ndindex(self.values[n].shape):
                unit = np.zeros_like(self.values[n])
                unit[i] = 1
                out[n][i] = np.sum(weights * self.along(k, {n: unit}))
        return out


def close(a, b, scale=0.0):
    """Equal up to the error of difference quotients; ``scale`` is the size of the terms that cancel."""
    a, b = np.broadcast_arrays(a, b)
    with np.errstate(invalid="ignore"):
        bad = np.isnan(a) | np.isnan(b) | np.isinf(a) | np.isinf(b)
        return bool(np.all(bad | (np.abs(a - b) <= 1e-4 * (1 + np.abs(a) + np.abs(b) + scale))))


def holds(s, rng, samples=30):
    if s["says"] == "all":
        return all(holds(part, rng) for part in s["of"])
    with np.errstate(all="ignore"):
        return all(sample(s, World(s, rng), rng) for _ in range(samples))


def sample(s, world, rng):
    says, values = s["says"], world.values
    for relation, k in s.get("where", []):
        x = world.at(k)
        if not np.all({">": x > 0, ">=": x >= 0, "=": np.abs(x) < 1e-9, "!=": x != 0}[relation]):
            return True
    if says == "equal":
        axes = [list(tensors(world.graph, world.sizes, values)[s[side]][0]) for side in ("left", "right")]
        right = world.at(s["right"]).transpose([axes[1].index(a) for a in axes[0]])
        return close(world.at(s["left"]), right)
    if says == "homogeneous":
        c = rng.uniform(0.5, 2)
        moved = {n: v * c ** number(s["scaled"].get(n, "0")) for n, v in values.items()}
        return close(world.at(s["function"], moved), c ** number(s["degree"]) * world.at(s["function"]))
    gradient = world.gradient(s["function"], s["trained"])
    if says == "evolves":
        rate = world.along(s["quantity"], {n: -g for n, g in gradient.items()})
        axes = [list(tensors(world.graph, world.sizes, values)[s[side]][0]) for side in ("quantity", "velocity")]
        terms = world.gradient(s["quantity"], s["trained"])
        scale = sum(float(np.sum(np.abs(terms[n] * g))) for n, g in gradient.items())
        return close(rate, world.at(s["velocity"]).transpose([axes[1].index(a) for a in axes[0]]), scale)
    if says == "kkt_shares":
        parts = {n: float(np.sum(values[n] * g)) for n, g in gradient.items()}
        return all(close(parts[n], number(s["shares"][n]) * sum(parts.values())) for n in s["trained"])
    residuals = np.array([rng.gauss(0, 1) for _ in range(world.at(s["function"]).size)]).reshape(world.at(s["function"]).shape)
    gradient = world.gradient(s["function"], s["trained"], residuals)
    leaf_axes = {n["leaf"]: n["axes"] for n in s["graph"] if "leaf" in n}
    rates, scale = 0.0, 0.0
    for factor, coefficients in (("squares", s["squares"]), ("linear", s["linear"])):
        for n, q in coefficients.items():
            moved = number(q) * gradient.get(n, 0) * (2 * values[n] if factor == "squares" else 1)
            scale += float(np.nansum(np.abs(moved)))
            rates = rates + moved.sum(axis=tuple(k for k, a in enumerate(leaf_axes[n]) if a != s["axis"]))
    return close(rates, 0, scale)
