"""``wnproof derive``, ``kernel``, ``kkt``, ``simulate`` and ``check``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from wnproof.cli.app import STDERR, app, print_json
from wnproof.cli.options import (
    ActivationName,
    AsJson,
    Bias,
    Data,
    Features,
    LossName,
    NormalizationName,
    OptionError,
    Out,
    Positive,
    Seed,
    Target,
    Widths,
    dataset,
    loss_of,
    network,
)
from wnproof.errors import EXIT_PROVED, EXIT_UNDECIDED, WnproofError

COURSE = 400  # intervals of a picture

if TYPE_CHECKING:
    from wnproof.arrival.basins import Basins
    from wnproof.derive.sphere import SphereProblem
    from wnproof.kkt.points import KKTSet
    from wnproof.model.dataset import Dataset
    from wnproof.model.losses import Loss
    from wnproof.model.network import Network


@app.command()
def derive(
    widths: Widths = "3,8,1",
    activation: ActivationName = "relu",
    normalization: NormalizationName = "plain",
    loss: LossName = "square",
    bias: Bias = False,
    latex: Annotated[bool, typer.Option("--latex", help="LaTeX instead of plain text")] = False,
) -> int:
    """Derive the gradient flow, step by step, with degrees and conserved quantities proved for all widths."""
    from wnproof.derive.conservation import conservation_laws
    from wnproof.derive.flow import gradient_flow
    from wnproof.derive.homogeneity import homogeneity
    from wnproof.model.normalizations import plain

    net = network(widths, activation, normalization, bias)
    flow = gradient_flow(net, loss_of(loss))
    induced = any(n is not plain for n in net.normalizations)
    if latex:
        print(flow.latex())
        if induced:
            print(flow.effective().latex())
    else:
        print(f"{flow}\n\n{flow.text()}\n")
        if induced:
            print(f"{flow.effective()}\n\n{flow.effective().text()}\n")
    degrees, laws = homogeneity(net), conservation_laws(net)
    print(f"{degrees}\n  {degrees.verdict.rigor.value} for {degrees.verdict.scope or degrees.verdict.reason}")
    print(f"{laws}\n  {laws.verdict.rigor.value} for {laws.verdict.scope or laws.verdict.reason}")
    return EXIT_PROVED


@app.command()
def kernel(
    widths: Widths = "3,8,1",
    activation: ActivationName = "relu",
    normalization: NormalizationName = "plain",
    loss: LossName = "square",
    bias: Bias = False,
    quantity: Annotated[str, typer.Option(help="velocity, loss, output")] = "velocity",
    samples: Annotated[int, typer.Option(min=1, help="number of samples the buffers are made for")] = 100,
    out: Annotated[Path | None, typer.Option(help="write a module that needs NumPy alone")] = None,
) -> int:
    """Print or save the NumPy source of a quantity."""
    from wnproof.derive.flow import gradient_flow
    from wnproof.kernels.kernel import kernel as generate
    from wnproof.model.dataset import Dataset

    flow = gradient_flow(network(widths, activation, normalization, bias), loss_of(loss))
    quantities = {"velocity": flow.velocity, "loss": flow.loss, "output": flow.net.output}
    if quantity not in quantities:
        raise OptionError(WnproofError("E-NAME", f"unknown {quantity!r}; known: {', '.join(quantities)}"))
    shape = [0] * samples if not flow.net.outputs else [[0] * flow.net.widths[-1]] * samples
    generated = generate(quantities[quantity], Dataset([[0] * flow.net.widths[0]] * samples, shape))
    print(generated.source if out is None else f"wrote {generated.save(out)}")
    return EXIT_PROVED


@app.command()
def kkt(
    data: Data = "iris",
    target: Target = "y",
    features: Features = "",
    positive: Positive = "",
    activation: ActivationName = "relu",
    loss: LossName = "square",
    hidden: Annotated[str, typer.Option(help="hidden neurons; of several layers: 3,3, all weights trained then")] = "1",
    trained_outer: Annotated[
        bool, typer.Option("--trained-outer", help="train the outer weights too; fixed at 1 otherwise")
    ] = False,
    seed: Seed = 0,
    compare: Annotated[
        bool,
        typer.Option(
            "--compare",
            help="what CVXPY and multistart find beside the list, and miss; of wide and deep networks what ascents find",
        ),
    ] = False,
    point: Annotated[Path | None, typer.Option(help="judge these weights: .npz by block, or CSV in theta's order")] = None,
    starts: Annotated[int, typer.Option("--basins", min=0, help="follow so many random starts: which share flows where")] = 0,
    as_json: AsJson = False,
    out: Out = None,
) -> int:
    """List the KKT points of the neural correlation function on data, with kinds and certificates."""
    from wnproof.derive.ncf import ncf
    from wnproof.kkt.multistart import Multistart
    from wnproof.kkt.solve import kkt_points, neuron_of
    from wnproof.kkt.space import is_small
    from wnproof.verdict import Rigor

    samples = dataset(data, target, features, positive)
    fixed = None if trained_outer or not hidden.isdecimal() else {"W2": [[1] * int(hidden)]}
    net = network(f"{samples.d},{hidden},1", activation, "plain", False, fixed)
    problem = ncf(net, samples, loss_of(loss))
    if point is not None:
        from wnproof.kkt.membership import is_kkt
        from wnproof.model.weights import read_weights

        check = is_kkt(problem, read_weights(point, net.parameters))
        print(check)
        return EXIT_PROVED if check.verdict.reaches(Rigor.CERTIFIED) else EXIT_UNDECIDED
    neuron = neuron_of(problem)
    exact = neuron is not None and is_small(neuron)
    try:
        found = kkt_points(problem, method=None if exact else Multistart(seed=seed)) if hidden == "1" else _of_many(problem)
    except WnproofError as failure:
        if failure.code != "E-KINK":  # one of these neurons alone is too large for an exact list
            raise
        found = Multistart(seed=seed).solve(problem)
    shown: KKTSet | Basins = _followed(problem, found, starts, seed) if starts else found
    if out is not None:
        from wnproof.report.listed import save_list

        save_list(found, out, neuron)
    if as_json:
        print_json(shown.to_json())
    else:
        print(problem)
        print(shown.table())
        if compare and hidden != "1":
            from wnproof.kkt.ascents import Ascents

            print(Ascents(seed=seed).run(problem).against(found))
        elif compare:
            from wnproof.kkt.comparison import compare_methods
            from wnproof.kkt.conic import Conic

            methods: list[Conic | Multistart] = [Conic(), Multistart(seed=seed)]
            print(compare_methods(problem, methods).table())
    return EXIT_PROVED if found.complete.reaches(Rigor.CERTIFIED) else EXIT_UNDECIDED


def _of_many(problem: SphereProblem) -> KKTSet:
    from wnproof.kkt.chain import correlation_of
    from wnproof.kkt.chain_points import chain_points
    from wnproof.kkt.wide_points import wide_points

    return wide_points(problem) if correlation_of(problem).net.depth == 2 else chain_points(problem)


def _followed(problem: SphereProblem, found: KKTSet, starts: int, seed: int) -> Basins:
    from wnproof.arrival.basins import basins

    with STDERR.status("starts followed") as status:
        return basins(
            problem, found, members=starts, seed=seed, progress=lambda done, of: status.update(f"{done} of {of} starts followed")
        )


@app.command()
def simulate(
    widths: Widths = "2,8,1",
    data: Data = "iris",
    target: Target = "y",
    features: Features = "",
    positive: Positive = "",
    activation: ActivationName = "relu",
    normalization: NormalizationName = "plain",
    loss: LossName = "square",
    bias: Bias = False,
    scale: Annotated[float, typer.Option(help="scale of the initial weights")] = 1e-3,
    seed: Seed = 0,
    t_end: Annotated[float, typer.Option(help="end time")] = 1.0,
    polar: Annotated[bool, typer.Option("--polar", help="integrate direction and log radius (small initialization)")] = False,
    members: Annotated[int, typer.Option(min=1, help="an ensemble of so many starts, all from the seed")] = 1,
    picture: Annotated[Path | None, typer.Option(help="draw the run; the ending names the format")] = None,
    as_json: AsJson = False,
) -> int:
    """Simulate the gradient flow from a seeded initialization."""
    from wnproof.derive.flow import gradient_flow
    from wnproof.simulation import charts, smooth

    if picture is not None and members > 1:
        raise OptionError(WnproofError("E-USAGE", "--picture shows one run", help="leave out --members"))
    if picture is not None:
        from wnproof.report.courses import drawable, sheet

        drawable(picture)
    samples = dataset(data, target, features, positive)
    net = network(widths, activation, normalization, bias)
    start = net.initial(scale, seed, members=members if members > 1 else None)
    with STDERR.status("simulated") as status:
        trajectory = smooth.simulate(
            gradient_flow(net, loss_of(loss)),
            samples,
            start,
            t_end,
            at=None if picture is None else [t_end * k / COURSE for k in range(COURSE + 1)],
            chart=charts.polar if polar else charts.cartesian,
            progress=lambda done, of: status.update(f"{done} of {of} runs"),
        )
    if picture is not None:
        sheet(trajectory, net, picture, data=samples)
    if as_json:
        print_json(trajectory.to_json())
    else:
        print(trajectory)
        if members > 1:
            print(f"  seed {seed}, scale {scale:g}")
        elif polar:
            print(_early_phase(net, samples, start, loss_of(loss)))
    return EXIT_PROVED if trajectory.stop.sound else EXIT_UNDECIDED


def _early_phase(net: Network, data: Dataset, start: Any, loss: Loss) -> str:
    """How small this start is for the theory of small initialization, or why that cannot be said."""
    from wnproof.arrival.early import early_phase

    try:
        return str(early_phase(net, data, start, loss))
    except WnproofError as problem:
        return f"early phase: {problem.what}"


@app.command()
def check(certificate: Annotated[Path, typer.Argument(help="a certificate file")]) -> NoReturn:
    """Check a certificate with the standard library alone (handled before this command line is loaded)."""
    from wnproof.checker.__main__ import main

    sys.exit(main([str(certificate)]))
