"""The command line: models as options, tables on stdout, progress and errors on stderr, the verdict as exit code."""

from __future__ import annotations

import json
import signal
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from wnproof.errors import EXIT_INTERNAL, EXIT_INTERRUPTED, EXIT_PROVED, EXIT_UNDECIDED, EXIT_USAGE, WnproofError, gravest

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
_stderr = Console(stderr=True)

Widths = Annotated[str, typer.Option(help="input,hidden...,output, such as 2,8,1")]
ActivationName = Annotated[
    str, typer.Option("--activation", help="linear, relu, absolute, tanh, leaky-relu:1/10, polynomial-relu:2")
]
NormalizationName = Annotated[
    str, typer.Option("--normalization", help="plain, weight-norm, exponential-weight-norm (hidden layers)")
]
LossName = Annotated[str, typer.Option("--loss", help="square, logistic, exponential (summed); append .averaged for the mean")]
Bias = Annotated[bool, typer.Option("--bias", help="biases in the hidden layers")]
Data = Annotated[str, typer.Option(help="a CSV file with a header line, or 'iris'")]
Target = Annotated[str, typer.Option(help="the label column of the CSV file")]
Features = Annotated[str, typer.Option(help="feature columns, comma separated; all but the target by default")]
Positive = Annotated[str, typer.Option(help="y = +1 where the target equals this, -1 elsewhere; numeric labels by default")]
Seed = Annotated[int, typer.Option(min=0, help="seed of the random draws")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON object on stdout")]
Out = Annotated[Path | None, typer.Option(help="folder for certificates and tables")]


class _OptionError(Exception):
    """A model option that cannot be understood: a usage error."""

    def __init__(self, error: WnproofError) -> None:
        super().__init__(str(error))
        self.error = error


def _from_options(build: Any, *args: Any) -> Any:
    try:
        return build(*args)
    except WnproofError as error:
        raise _OptionError(error) from None


def _network(widths: str, activation: str, normalization: str, bias: bool, fixed: dict[str, Any] | None = None) -> Any:
    from wnproof.model import names
    from wnproof.model.network import Network

    def build() -> Network:
        try:
            sizes = [int(part) for part in widths.split(",")]
        except ValueError:
            raise WnproofError("E-VALUE", f"widths are {widths!r}", help="write integers, such as 2,8,1") from None
        return Network(
            sizes, names.activation(activation), normalization=names.normalization(normalization), bias=bias, fixed=fixed
        )

    return _from_options(build)


def _loss(name: str) -> Any:
    from wnproof.model import names

    return _from_options(names.loss, name)


def _dataset(data: str, target: str, features: str, positive: str) -> Any:
    from wnproof.model import datasets
    from wnproof.model.dataset import Dataset

    columns = [name.strip() for name in features.split(",")] if features else None
    if data == "iris":
        return datasets.iris(columns, positive or "setosa")
    return Dataset.from_csv(data, target=target, features=columns, positive=positive or None)


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


@app.command()
def verify(
    selectors: Annotated[
        list[str] | None, typer.Argument(help="claims: slugs, globs, or Python files (which are run); all by default")
    ] = None,
    as_json: AsJson = False,
    out: Out = None,
) -> int:
    """Decide claims and their negative controls; a file or claim that fails is reported, the others still run."""
    from wnproof.claims.claim import Claim, Results, check_claim, select

    chosen: dict[str, Claim] = {}
    failures: list[WnproofError] = []
    for selector in [[name] for name in selectors] if selectors else [[]]:
        with _kept(failures):
            chosen.update({entry.slug: entry for entry in select(*selector)})
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    rows = {}
    with Progress(*columns, console=_stderr, transient=True, disable=not _stderr.is_terminal) as progress:
        task = progress.add_task("verify", total=len(chosen))
        for entry in chosen.values():
            progress.update(task, description=entry.slug)
            with _kept(failures):
                rows[entry.slug] = check_claim(entry)
            progress.advance(task)
    results = Results(rows)
    code = gravest([results.exit_code, *(failure.exit_code for failure in failures)])
    if out is not None:
        _save_certificates(out, results)
    if as_json:
        _print_json(results.to_json() | {"exit": code})
    elif rows:
        _show_results(results)
    for failure in failures[1:]:
        _report(failure)
    if failures:
        raise failures[0]
    return code


@contextmanager
def _kept(failures: list[WnproofError]) -> Iterator[None]:
    """Go on after an error and keep it for the end."""
    try:
        yield
    except WnproofError as error:
        graver = not failures or gravest([error.exit_code, failures[0].exit_code]) == error.exit_code
        failures.insert(0 if graver else len(failures), error)  # the first one decides the exit code


def _save_certificates(folder: Path, results: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for slug, result in results.items():
        if result.verdict.certificate is not None:
            result.verdict.certificate.save(folder / (slug.replace("/", "--") + ".json"))


def _show_results(results: Any) -> None:
    table = Table(box=None, pad_edge=False)
    table.add_column("claim", style="bold", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("controls", no_wrap=True)
    table.add_column("seconds", no_wrap=True, justify="right")
    table.add_column("scope", style="dim", no_wrap=True, overflow="ellipsis")
    for slug, result in results.items():
        caught = f"{sum(control.caught for control in result.controls)}/{len(result.controls)} caught"
        note = str(result.verdict.scope) or result.verdict.reason
        note = note if len(note) <= 70 else note[:67] + "..."
        table.add_row(slug, result.verdict.rigor.value, caught, f"{result.seconds:.2f}", note)
    console = Console()
    console = console if console.is_terminal else Console(width=150)
    console.print(table)
    for slug, result in results.items():
        for control in result.controls:
            if not control.caught:
                print(f"{slug}: control '{control.name}' was not caught, it is {control.verdict}")
    good = sum(result.ok for result in results.values())
    print(f"{good} of {len(results)} claims reach their verdict with every control caught")


@app.command()
def claims(slug: Annotated[str, typer.Argument(help="show this claim; all titles by default")] = "") -> int:
    """List the claims, or show one: statement, source, controls."""
    from wnproof.claims.claim import select

    for entry in select(*([slug] if slug else [])):
        if slug:
            controls = "; ".join(entry.controls) or "within the run"
            print(f"{entry.slug}\n\n{entry.text}\n\nsource:   {entry.source}")
            print(f"requires: {entry.requires.value}\ncontrols: {controls}")
        else:
            print(f"{entry.slug:45} {entry.title}")
    return EXIT_PROVED


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

    net = _network(widths, activation, normalization, bias)
    flow = gradient_flow(net, _loss(loss))
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

    flow = gradient_flow(_network(widths, activation, normalization, bias), _loss(loss))
    quantities = {"velocity": flow.velocity, "loss": flow.loss, "output": flow.net.output}
    if quantity not in quantities:
        raise _OptionError(WnproofError("E-NAME", f"unknown {quantity!r}; known: {', '.join(quantities)}"))
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
    hidden: Annotated[int, typer.Option(help="hidden neurons")] = 1,
    trained_outer: Annotated[
        bool, typer.Option("--trained-outer", help="train the outer weights too; fixed at 1 otherwise")
    ] = False,
    seed: Seed = 0,
    as_json: AsJson = False,
    out: Out = None,
) -> int:
    """List the KKT points of the neural correlation function on data, with kinds and certificates."""
    from wnproof.derive.ncf import ncf
    from wnproof.kkt.multistart import Multistart
    from wnproof.kkt.solve import kkt_points
    from wnproof.verdict import Rigor

    samples = _dataset(data, target, features, positive)
    fixed = None if trained_outer else {"W2": [[1] * hidden]}
    net = _network(f"{samples.d},{hidden},1", activation, "plain", False, fixed)
    problem = ncf(net, samples, _loss(loss))
    exact = hidden == 1 and samples.d == 2 and net.activation.degree == 1
    found = kkt_points(problem, method=None if exact else Multistart(seed=seed))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        if found.complete.certificate is not None:
            found.complete.certificate.save(out / "complete.json")
        for k, point in enumerate(found):
            if point.verdict.certificate is not None:
                point.verdict.certificate.save(out / f"point-{k}.json")
    if as_json:
        _print_json(found.to_json())
    else:
        print(problem)
        print(found.table())
    return EXIT_PROVED if found.complete.reaches(Rigor.CERTIFIED) else EXIT_UNDECIDED


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
    as_json: AsJson = False,
) -> int:
    """Simulate the gradient flow from a seeded initialization."""
    from wnproof.derive.flow import gradient_flow
    from wnproof.simulation import charts, smooth

    samples = _dataset(data, target, features, positive)
    net = _network(widths, activation, normalization, bias)
    trajectory = smooth.simulate(
        gradient_flow(net, _loss(loss)),
        samples,
        net.initial(scale, seed),
        t_end,
        chart=charts.polar if polar else charts.cartesian,
    )
    if as_json:
        _print_json(trajectory.to_json())
    else:
        print(trajectory)
    return EXIT_PROVED if trajectory.stop.sound else EXIT_UNDECIDED


@app.command()
def check(certificate: Annotated[Path, typer.Argument(help="a certificate file")]) -> NoReturn:
    """Check a certificate with the standard library alone (handled before this command line is loaded)."""
    from wnproof.checker.__main__ import main

    sys.exit(main([str(certificate)]))


def _report(error: WnproofError) -> None:
    where = f" {error.where}:" if error.where else ""
    print(f"wnproof: error[{error.code}]{where} {error.what}", file=sys.stderr)
    if error.help:
        print(f"help: {error.help}", file=sys.stderr)


def run(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code. Tracebacks are shown only with ``--debug``."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"] or ["--help"]
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        code = int(app(arguments, standalone_mode=False, prog_name="wnproof") or 0)
        if code == EXIT_INTERRUPTED:  # some versions of the parser turn an interrupt into an exit code
            raise KeyboardInterrupt
        return code
    except _OptionError as problem:
        _report(problem.error)
        return EXIT_USAGE
    except WnproofError as error:
        if debug:
            traceback.print_exc()
        _report(error)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        print("wnproof: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except typer.Exit as leaving:
        return leaving.exit_code
    except Exception as failure:
        if hasattr(failure, "format_message"):  # the usage errors of the parser, whose class differs between its versions
            print(f"wnproof: error[E-USAGE] {failure.format_message()}\nhelp: wnproof --help", file=sys.stderr)
            return EXIT_USAGE
        if debug:
            traceback.print_exc()
        print(f"wnproof: error[E-INTERNAL] {type(failure).__name__}: {failure}", file=sys.stderr)
        print("help: run again with --debug and report the traceback", file=sys.stderr)
        return EXIT_INTERNAL
