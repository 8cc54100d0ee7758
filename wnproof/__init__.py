"""Symbolic-numeric verification for the theory of gradient flow in homogeneous and weight-normalized networks.

``import wnproof as wn`` gives the public names; each is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME = {
    "wnproof.errors": ("WnproofError", "NotHomogeneous"),
    "wnproof.verdict": ("Rigor", "Scope", "Verdict"),
    "wnproof.certificate": ("Certificate", "check"),
    "wnproof.graph.quantity": ("Quantity",),
    "wnproof.model.activations": (
        "Activation",
        "linear",
        "relu",
        "absolute",
        "tanh",
        "softplus",
        "erf",
        "leaky_relu",
        "polynomial_relu",
    ),
    "wnproof.model.normalizations": (
        "Normalization",
        "plain",
        "weight_norm",
        "exponential_weight_norm",
        "matrix",
        "neuron",
        "norm",
    ),
    "wnproof.model.losses": ("Loss", "square", "logistic", "exponential", "cross_entropy", "sum_outputs"),
    "wnproof.model.dataset": ("Dataset",),
    "wnproof.model.population": ("Population",),
    "wnproof.model.network": ("Network",),
    "wnproof.model.weights": ("read_weights",),
    "wnproof.model.initial": ("gaussian", "balanced", "dukler"),
    "wnproof.derive.flow": ("GradientFlow", "gradient_flow"),
    "wnproof.derive.projected": ("ProjectedFlow", "sphere_rows"),
    "wnproof.derive.polar": ("PolarFlow",),
    "wnproof.derive.rescaled": ("RescaledFlow",),
    "wnproof.derive.homogeneity": ("homogeneity",),
    "wnproof.derive.conservation": ("conservation_laws",),
    "wnproof.derive.ncf": ("ncf",),
    "wnproof.derive.ntk": ("NTK", "ntk"),
    "wnproof.derive.blowup": ("BlowUp", "blowup"),
    "wnproof.derive.direction": ("DirectionRate", "direction_rate"),
    "wnproof.derive.decay": ("LossDecay", "exponential_norm_decay", "plain_decay"),
    "wnproof.derive.clarke": ("ClarkeSet", "clarke_set"),
    "wnproof.derive.margin": ("MarginProblem", "margin_point"),
    "wnproof.derive.sphere": ("SphereProblem", "sphere_problem"),
    "wnproof.derive.tensor": ("tensor_problem",),
    "wnproof.kernels.ensemble": ("EnsembleKernel",),
    "wnproof.kernels.kernel": ("Kernel", "kernel"),
    "wnproof.kernels.fastest": ("Fastest",),
    "wnproof.kernels.numba_target": ("Numba",),
    "wnproof.kernels.numpy_target": ("NumPy",),
    "wnproof.kkt.level": ("ZeroLevel",),
    "wnproof.kkt.points": ("Kind", "KKTFamily", "KKTPoint", "KKTSet", "clarke", "decoupled"),
    "wnproof.kkt.arrangement": ("Exact",),
    "wnproof.kkt.branch_and_bound": ("BranchAndBound",),
    "wnproof.kkt.eigenpairs": ("Homotopy",),
    "wnproof.kkt.multistart": ("Multistart",),
    "wnproof.kkt.chain_points": ("chain_points",),
    "wnproof.kkt.wide_points": ("wide_points",),
    "wnproof.kkt.wide": ("LevelFamily", "OrbitFamily"),
    "wnproof.kkt.rank_one": ("ChainFamily",),
    "wnproof.kkt.ascents": ("Ascents",),
    "wnproof.kkt.ends": ("End", "Ends"),
    "wnproof.kkt.layered": ("imbalance", "rank_defect"),
    "wnproof.kkt.margin": ("MarginKKT", "MarginPoint", "margin_kkt"),
    "wnproof.kkt.conic": ("Conic",),
    "wnproof.kkt.bound": ("upper_bound",),
    "wnproof.kkt.membership": ("is_kkt",),
    "wnproof.kkt.judgement": ("KKTCheck",),
    "wnproof.kkt.comparison": ("Comparison", "compare_methods"),
    "wnproof.kkt.composition": ("Composition", "compositions"),
    "wnproof.kkt.solve": ("kkt_points",),
    "wnproof.simulation.charts": ("cartesian", "log_time", "polar"),
    "wnproof.simulation.trajectory": ("StopReason", "Trajectory"),
    "wnproof.simulation.ensemble": ("Ensemble",),
    "wnproof.simulation.descent": ("Gap", "descend", "gap"),
    "wnproof.simulation.branching": ("first_branch", "stop_at_branches"),
    "wnproof.simulation.loop": ("integrate",),
    "wnproof.simulation.smooth": ("simulate", "simulate_ncf"),
    "wnproof.simulation.tree": ("simulate_branches",),
    "wnproof.report.courses": ("draw_circle", "draw_cosines", "draw_gap", "draw_loss", "draw_norms", "sheet"),
    "wnproof.report.modes": ("draw_directions", "draw_slides", "slides"),
    "wnproof.arrival.compare": ("Arrival", "Arrivals", "compare"),
    "wnproof.arrival.basins": ("Basins", "basins"),
    "wnproof.arrival.enclosure": ("Enclosure", "attraction", "enclose_arrival"),
    "wnproof.arrival.early": ("EarlyPhase", "early_phase"),
    "wnproof.arrival.itinerary": ("Itinerary", "itinerary"),
    "wnproof.claims.claim": ("Claim", "Result", "Results", "claim"),
    "wnproof.claims.decide": ("decide",),
    "wnproof.runs.sweep": ("sweep",),
    "wnproof.runs.task": ("Limits", "Outcome"),
    "wnproof.runs.verification": ("verify",),
    "wnproof.claims.depth": ("homogeneous_any_depth",),
    "wnproof.claims.simulated": ("near", "rate"),
    "wnproof.claims.kkt": ("kkt_complete", "kkt_point"),
    "wnproof.claims.statements": (
        "at_least",
        "conserved",
        "equal",
        "every",
        "flow_is",
        "homogeneous",
    ),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}
_MODULES = {"datasets": "wnproof.model.datasets", "hypotheses": "wnproof.derive.hypotheses"}

__all__ = sorted([*_MODULE_OF, *_MODULES, "__version__"])


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        value: Any = import_module(_MODULES[name])
    elif name in _MODULE_OF:
        value = getattr(import_module(_MODULE_OF[name]), name)
    elif name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            value = version("wnproof")
        except PackageNotFoundError:
            value = "0+source"  # a checkout that is not installed
    else:
        raise AttributeError(f"module 'wnproof' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


if TYPE_CHECKING:
    from wnproof.arrival.basins import Basins as Basins
    from wnproof.arrival.basins import basins as basins
    from wnproof.arrival.compare import Arrival as Arrival
    from wnproof.arrival.compare import Arrivals as Arrivals
    from wnproof.arrival.compare import compare as compare
    from wnproof.arrival.early import EarlyPhase as EarlyPhase
    from wnproof.arrival.early import early_phase as early_phase
    from wnproof.arrival.enclosure import Enclosure as Enclosure
    from wnproof.arrival.enclosure import attraction as attraction
    from wnproof.arrival.enclosure import enclose_arrival as enclose_arrival
    from wnproof.arrival.itinerary import Itinerary as Itinerary
    from wnproof.arrival.itinerary import itinerary as itinerary
    from wnproof.certificate import Certificate as Certificate
    from wnproof.certificate import check as check
    from wnproof.claims.claim import Claim as Claim
    from wnproof.claims.claim import Result as Result
    from wnproof.claims.claim import Results as Results
    from wnproof.claims.claim import claim as claim
    from wnproof.claims.decide import decide as decide
    from wnproof.claims.depth import homogeneous_any_depth as homogeneous_any_depth
    from wnproof.claims.kkt import kkt_complete as kkt_complete
    from wnproof.claims.kkt import kkt_point as kkt_point
    from wnproof.claims.simulated import near as near
    from wnproof.claims.simulated import rate as rate
    from wnproof.claims.statements import (
        at_least as at_least,
    )
    from wnproof.claims.statements import (
        conserved as conserved,
    )
    from wnproof.claims.statements import (
        equal as equal,
    )
    from wnproof.claims.statements import (
        every as every,
    )
    from wnproof.claims.statements import (
        flow_is as flow_is,
    )
    from wnproof.claims.statements import (
        homogeneous as homogeneous,
    )
    from wnproof.derive import hypotheses as hypotheses
    from wnproof.derive.blowup import BlowUp as BlowUp
    from wnproof.derive.blowup import blowup as blowup
    from wnproof.derive.clarke import ClarkeSet as ClarkeSet
    from wnproof.derive.clarke import clarke_set as clarke_set
    from wnproof.derive.conservation import conservation_laws as conservation_laws
    from wnproof.derive.decay import LossDecay as LossDecay
    from wnproof.derive.decay import exponential_norm_decay as exponential_norm_decay
    from wnproof.derive.decay import plain_decay as plain_decay
    from wnproof.derive.direction import DirectionRate as DirectionRate
    from wnproof.derive.direction import direction_rate as direction_rate
    from wnproof.derive.flow import GradientFlow as GradientFlow
    from wnproof.derive.flow import gradient_flow as gradient_flow
    from wnproof.derive.homogeneity import homogeneity as homogeneity
    from wnproof.derive.margin import MarginProblem as MarginProblem
    from wnproof.derive.margin import margin_point as margin_point
    from wnproof.derive.ncf import ncf as ncf
    from wnproof.derive.ntk import NTK as NTK
    from wnproof.derive.ntk import ntk as ntk
    from wnproof.derive.polar import PolarFlow as PolarFlow
    from wnproof.derive.projected import ProjectedFlow as ProjectedFlow
    from wnproof.derive.projected import sphere_rows as sphere_rows
    from wnproof.derive.rescaled import RescaledFlow as RescaledFlow
    from wnproof.derive.sphere import SphereProblem as SphereProblem
    from wnproof.derive.sphere import sphere_problem as sphere_problem
    from wnproof.derive.tensor import tensor_problem as tensor_problem
    from wnproof.errors import NotHomogeneous as NotHomogeneous
    from wnproof.errors import WnproofError as WnproofError
    from wnproof.graph.quantity import Quantity as Quantity
    from wnproof.kernels.ensemble import EnsembleKernel as EnsembleKernel
    from wnproof.kernels.fastest import Fastest as Fastest
    from wnproof.kernels.kernel import Kernel as Kernel
    from wnproof.kernels.kernel import kernel as kernel
    from wnproof.kernels.numba_target import Numba as Numba
    from wnproof.kernels.numpy_target import NumPy as NumPy
    from wnproof.kkt.arrangement import Exact as Exact
    from wnproof.kkt.ascents import Ascents as Ascents
    from wnproof.kkt.bound import upper_bound as upper_bound
    from wnproof.kkt.branch_and_bound import BranchAndBound as BranchAndBound
    from wnproof.kkt.chain_points import chain_points as chain_points
    from wnproof.kkt.comparison import Comparison as Comparison
    from wnproof.kkt.comparison import compare_methods as compare_methods
    from wnproof.kkt.composition import Composition as Composition
    from wnproof.kkt.composition import compositions as compositions
    from wnproof.kkt.conic import Conic as Conic
    from wnproof.kkt.eigenpairs import Homotopy as Homotopy
    from wnproof.kkt.ends import End as End
    from wnproof.kkt.ends import Ends as Ends
    from wnproof.kkt.judgement import KKTCheck as KKTCheck
    from wnproof.kkt.layered import imbalance as imbalance
    from wnproof.kkt.layered import rank_defect as rank_defect
    from wnproof.kkt.level import ZeroLevel as ZeroLevel
    from wnproof.kkt.margin import MarginKKT as MarginKKT
    from wnproof.kkt.margin import MarginPoint as MarginPoint
    from wnproof.kkt.margin import margin_kkt as margin_kkt
    from wnproof.kkt.membership import is_kkt as is_kkt
    from wnproof.kkt.multistart import Multistart as Multistart
    from wnproof.kkt.points import (
        Kind as Kind,
    )
    from wnproof.kkt.points import (
        KKTFamily as KKTFamily,
    )
    from wnproof.kkt.points import (
        KKTPoint as KKTPoint,
    )
    from wnproof.kkt.points import (
        KKTSet as KKTSet,
    )
    from wnproof.kkt.points import (
        clarke as clarke,
    )
    from wnproof.kkt.points import (
        decoupled as decoupled,
    )
    from wnproof.kkt.rank_one import ChainFamily as ChainFamily
    from wnproof.kkt.solve import kkt_points as kkt_points
    from wnproof.kkt.wide import LevelFamily as LevelFamily
    from wnproof.kkt.wide import OrbitFamily as OrbitFamily
    from wnproof.kkt.wide_points import wide_points as wide_points
    from wnproof.model import datasets as datasets
    from wnproof.model.activations import (
        Activation as Activation,
    )
    from wnproof.model.activations import (
        absolute as absolute,
    )
    from wnproof.model.activations import (
        erf as erf,
    )
    from wnproof.model.activations import (
        leaky_relu as leaky_relu,
    )
    from wnproof.model.activations import (
        linear as linear,
    )
    from wnproof.model.activations import (
        polynomial_relu as polynomial_relu,
    )
    from wnproof.model.activations import (
        relu as relu,
    )
    from wnproof.model.activations import (
        softplus as softplus,
    )
    from wnproof.model.activations import (
        tanh as tanh,
    )
    from wnproof.model.dataset import Dataset as Dataset
    from wnproof.model.initial import balanced as balanced
    from wnproof.model.initial import dukler as dukler
    from wnproof.model.initial import gaussian as gaussian
    from wnproof.model.losses import Loss as Loss
    from wnproof.model.losses import cross_entropy as cross_entropy
    from wnproof.model.losses import exponential as exponential
    from wnproof.model.losses import logistic as logistic
    from wnproof.model.losses import square as square
    from wnproof.model.losses import sum_outputs as sum_outputs
    from wnproof.model.network import Network as Network
    from wnproof.model.normalizations import (
        Normalization as Normalization,
    )
    from wnproof.model.normalizations import (
        exponential_weight_norm as exponential_weight_norm,
    )
    from wnproof.model.normalizations import (
        matrix as matrix,
    )
    from wnproof.model.normalizations import (
        neuron as neuron,
    )
    from wnproof.model.normalizations import (
        norm as norm,
    )
    from wnproof.model.normalizations import (
        plain as plain,
    )
    from wnproof.model.normalizations import (
        weight_norm as weight_norm,
    )
    from wnproof.model.population import Population as Population
    from wnproof.model.weights import read_weights as read_weights
    from wnproof.report.courses import draw_circle as draw_circle
    from wnproof.report.courses import draw_cosines as draw_cosines
    from wnproof.report.courses import draw_gap as draw_gap
    from wnproof.report.courses import draw_loss as draw_loss
    from wnproof.report.courses import draw_norms as draw_norms
    from wnproof.report.courses import sheet as sheet
    from wnproof.report.modes import draw_directions as draw_directions
    from wnproof.report.modes import draw_slides as draw_slides
    from wnproof.report.modes import slides as slides
    from wnproof.runs.sweep import sweep as sweep
    from wnproof.runs.task import Limits as Limits
    from wnproof.runs.task import Outcome as Outcome
    from wnproof.runs.verification import verify as verify
    from wnproof.simulation.branching import first_branch as first_branch
    from wnproof.simulation.branching import stop_at_branches as stop_at_branches
    from wnproof.simulation.charts import cartesian as cartesian
    from wnproof.simulation.charts import log_time as log_time
    from wnproof.simulation.charts import polar as polar
    from wnproof.simulation.descent import Gap as Gap
    from wnproof.simulation.descent import descend as descend
    from wnproof.simulation.descent import gap as gap
    from wnproof.simulation.ensemble import Ensemble as Ensemble
    from wnproof.simulation.loop import integrate as integrate
    from wnproof.simulation.smooth import simulate as simulate
    from wnproof.simulation.smooth import simulate_ncf as simulate_ncf
    from wnproof.simulation.trajectory import StopReason as StopReason
    from wnproof.simulation.trajectory import Trajectory as Trajectory
    from wnproof.simulation.tree import simulate_branches as simulate_branches
    from wnproof.verdict import Rigor as Rigor
    from wnproof.verdict import Scope as Scope
    from wnproof.verdict import Verdict as Verdict
