"""A statement as a sentence: what was read, in plain text, with the conventions that give it its meaning."""

from collections import Counter
from collections.abc import Iterable

from . import neuron
from . import statement as form
from .graph import Graph, Node, below, fold, formula
from .reader import number_text
from .scalar import size_text

_KINK = "pw(z, c+, c-, p) is c+ z^p for z > 0, c- z^p for z < 0, 0 at 0"
_SLOPES = "for every slope between c- and c+ at a kink (pw of order 0 is that slope; arguments that are positive multiples "
_SLOPES += "share it, opposite ones complement it)"
_DEFINED = "wherever both sides are defined (no zero under a negative power, positive bases of roots, positive arguments of log)"


def render(statement: form.Statement) -> str:
    """The sentence."""
    if isinstance(statement, form.All):
        return "; and ".join(f"({k}) {render(part)}" for k, part in enumerate(statement.of, 1))
    if isinstance(statement, neuron.OneNeuron):
        return neuron.render(statement)
    roots = statement.roots if isinstance(statement, form.Identity) else [statement.function]
    roots += [statement.layer] if isinstance(statement, form.Homogeneous) and statement.input else []
    text, lines = _formulas(statement.graph, roots)
    named, kinks = [text[k] for k in roots], [node.by[2] for node in (statement.graph.nodes[k] for k in text) if node.op == "pw"]
    match statement:
        case form.Homogeneous(scaled=scaled, degree=degree, input=h):
            moved = ", ".join(f"c^({number_text(q)}) {leaf}" for leaf, q in scaled.items())
            sentence = f"f({moved}) = c^({number_text(degree)}) f for every c > 0, f = {named[0]}"
            if h:
                numbers = map(number_text, (statement.power, statement.ratio, statement.slope, degree))
                whole = "({}) ({})^D + ({}) D + ({})".format(*numbers)
                sentence = f"f_D({moved} in every layer) = c^({whole}) f_D for every c > 0 and D >= 1, f_D = {named[0]} at {h} "
                sentence += f"= h_(D-1), h_l = {named[1]} at {h} = h_(l-1), h_0 not scaled, "
                sentence += "each layer with its own leaves and sizes"
        case form.Conserved(trained=trained, axis=axis, squares=squares, linear=linear):
            square = "{0} {0}^T along " + str(axis) if isinstance(statement, form.ConservedMatrix) else "|{0}|^2"
            terms = [f"({number_text(q)}) {square.format(leaf)}" for leaf, q in squares.items()]
            terms += [f"({number_text(q)}) sum({leaf})" for leaf, q in linear.items()]
            per = f" for each index of {axis} separately" if axis is not None and type(statement) is form.Conserved else ""
            flow = f"gradient flow in {', '.join(trained)} of any differentiable l(f), however the other leaves move"
            sentence = f"{' + '.join(terms)} is constant{per} along {flow}, f = {named[0]}"
        case form.KktShares(trained=trained, shares=shares):
            parts = ", ".join(f"|{leaf}|^2 = {number_text(q)}" for leaf, q in shares.items())
            sphere = f"the unit sphere of ({', '.join(trained)})"
            sentence = f"{parts} at every KKT point of f on {sphere} where f is not 0, f = {named[0]}"
        case form.ClarkeMember(notion=notion, trained=trained, gradient=gradient, values=values):
            vector, point = (", ".join(f"{name} = {number_text(q)}" for name, q in of.items()) for of in (gradient, values))
            free = "gradients with a slope of its own for each kink at 0" if notion == "decoupled" else "limits of gradients"
            where = f"of f in {', '.join(trained)} at {point}, f = {named[0]}"
            sentence = f"({vector}) is in the {notion.capitalize()} set, the hull of {free}, {where}"
        case form.LawsAtMost(trained=trained, sizes=sizes, count=count):
            some = f"on some nonempty open set of ({', '.join(trained)}) at {size_text(sizes)}, any {count + 1} C^1 functions"
            kept = "that are constant along gradient flow of every differentiable l(f), whatever the other leaves are"
            sentence = f"{some} {kept}, have linearly dependent gradients, f = {named[0]}"
        case form.Identity(relation=relation, trained=trained, where=where):
            sentence = f"{named[0]} {relation} {named[1]} {_DEFINED}"
            if trained:
                flow = f"leaf' = -dF/dleaf for {', '.join(trained)}, F = {named[0]}"
                sentence = f"d/dt {named[1]} {relation} {named[2]} along {flow}, {_DEFINED}"
            sentence += "".join(f", {text[k]} {relation} 0" for relation, k in where)
        case form.KktLines(trained=trained, boxes=boxes, complete=complete):
            sphere = f"a KKT point of f on the unit sphere of ({', '.join(trained)}), f = {named[0]}"
            sentence = f"each box has one x with x/|x| {sphere}, no two on one line{', no other is left' * complete}: "
            at = ((k + 1, ", ".join(map(number_text, centre)), number_text(radius)) for k, (centre,), radius in boxes)
            sentence += "; ".join("x_{} = 1, x = ({}) +- {}".format(*box) for box in at)
    slopes = f", {_SLOPES}" if 0 in kinks or (isinstance(statement, form.Identity) and statement.trained) else ""
    return "; ".join([sentence, *lines, *([_KINK + slopes] if kinks else [])])


def _formulas(graph: Graph, roots: Iterable[int]) -> tuple[dict[int, str], list[str]]:
    """Tensors in words: leaves and tensors that are used once in place, the others as #k[axes] with a line of their own."""
    uses, lines = Counter(a for k in below(graph.nodes, roots) for a in graph.nodes[k].of), list[str]()

    def words(k: int, node: Node, of: list[str]) -> str:
        axes = f"[{','.join(node.axes)}]" if node.axes else ""
        if node.op == "sym":
            return node.name + axes
        text = formula(node, of)
        if gone := sorted({axis for a in node.of for axis in graph.nodes[a].axes} - set(node.axes)):
            text = f"sum_{{{','.join(gone)}}} {text}"
            text = f"({text})" if uses[k] else text
        if uses[k] <= 1 and len(text) <= 400:
            return text
        lines.append(f"#{k}{axes} = {text}")
        return f"#{k}{axes}"

    return fold(graph.nodes, roots, words), lines
