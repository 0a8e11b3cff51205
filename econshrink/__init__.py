"""Statistics and econometrics of shrinking cities: figures in, labels, estimates, risks out.

The names below and everything in the namespaces (``econshrink.panel``, ``econshrink.survival`` ...)
are loaded on first use, so that importing the package stays fast.

>>> import econshrink
>>> "load_china" in dir(econshrink), "fit_cox" in dir(econshrink.survival)
(True, True)
"""

from typing import TYPE_CHECKING

from econshrink.core.lazy import namespace, public_names

if TYPE_CHECKING:
    from econshrink import (
        atlas as atlas,
        big as big,
        causal as causal,
        data as data,
        decompose as decompose,
        demography as demography,
        flows as flows,
        forecast as forecast,
        inference as inference,
        interop as interop,
        lab as lab,
        nouns as nouns,
        panel as panel,
        report as report,
        shrinkage as shrinkage,
        spatial as spatial,
        survival as survival,
        tables as tables,
    )
    from econshrink.causal.policy.group_time import group_time as group_time
    from econshrink.comparison import Comparison as Comparison, compare as compare
    from econshrink.core.errors import (
        ConvergenceError as ConvergenceError,
        DataError as DataError,
        EconshrinkError as EconshrinkError,
        Fault as Fault,
        MissingExtra as MissingExtra,
        SpecError as SpecError,
    )
    from econshrink.data.china.panels import load_china as load_china
    from econshrink.data.yearbook.reader import read_yearbook as read_yearbook
    from econshrink.decompose.shapley import shapley_r2 as shapley_r2
    from econshrink.demography.accounting import account as account
    from econshrink.flows.gravity.fit import fit_gravity as fit_gravity
    from econshrink.forecast.front import project as project
    from econshrink.inference.conley import Conley as Conley
    from econshrink.inference.jackknife import Jackknife as Jackknife
    from econshrink.inference.kernel import DriscollKraay as DriscollKraay, NeweyWest as NeweyWest
    from econshrink.inference.resampling import Resampling as Resampling
    from econshrink.inference.vcov import (
        Clustered as Clustered,
        Heteroskedastic as Heteroskedastic,
        Iid as Iid,
    )
    from econshrink.interop.reconciliation import reconcile as reconcile
    from econshrink.lab.simulation import simulate as simulate
    from econshrink.nouns.accounting import Accounting as Accounting
    from econshrink.nouns.ages import AgeStructure as AgeStructure
    from econshrink.nouns.backtest import Backtest as Backtest
    from econshrink.nouns.confidence_set import ConfidenceSet as ConfidenceSet
    from econshrink.nouns.country import CHINA as CHINA, Country as Country
    from econshrink.nouns.curve import Curve as Curve
    from econshrink.nouns.decomposition import Decomposition as Decomposition
    from econshrink.nouns.draws import Draws as Draws
    from econshrink.nouns.estimate import Estimate as Estimate
    from econshrink.nouns.flows import FlowNetwork as FlowNetwork, FlowPanel as FlowPanel
    from econshrink.nouns.forecast import Forecast as Forecast
    from econshrink.nouns.hypothesis import HypothesisTest as HypothesisTest
    from econshrink.nouns.identification import Identification as Identification
    from econshrink.nouns.panel import CityPanel as CityPanel
    from econshrink.nouns.ranking import Ranking as Ranking
    from econshrink.nouns.spec import Spec as Spec
    from econshrink.nouns.spells import SpellTable as SpellTable
    from econshrink.nouns.storage import load as load, save as save
    from econshrink.nouns.table import Table as Table
    from econshrink.panel.counts import fit_poisson as fit_poisson
    from econshrink.panel.fixed_effects import fit_fe as fit_fe
    from econshrink.panel.instrumental import fit_iv as fit_iv
    from econshrink.shrinkage.identification import identify as identify
    from econshrink.spatial.autocorrelation import moran as moran
    from econshrink.survival.cox.fit import fit_cox as fit_cox
    from econshrink.survival.curves.kaplan_meier import kaplan_meier as kaplan_meier

__version__ = "0.2.0"

# Names of 0.1 that were given the field's word; all others kept theirs and moved to a namespace.
_RENAMED = {
    "ClusterRobust": "inference.Clustered",
    "Design": "forecast.BacktestDesign",
    "Effects": "flows.GravityEffects",
    "Figures": "shrinkage.PopulationSeries",
    "ModelBased": "inference.Iid",
    "OnsetRisk": "shrinkage.Watch",
    "Question": "forecast.EventQuestion",
    "Robust": "inference.Heteroskedastic",
    "Written": "forecast.EventExpression",
    "as_known_in": "data.pseudo_vintage",
    "breakdown": "causal.breakdown_value",
    "onset_spells": "shrinkage.risk_spells",
    "permutation_test": "causal.placebo_permutation_test",
    "see": "forecast.information_set",
}


def _moved(name: str) -> str:
    """Where a name of 0.1, when all stood side by side, is now; for this one release."""
    import pathlib  # noqa: PLC0415  (only for a name that is not here)

    place = _RENAMED.get(name, "")
    if not place:
        for room in sorted(pathlib.Path(__file__).parent.glob("*/__init__.py")):
            if name in public_names(room):
                place = f"{room.parent.name}.{name}"
                break
    wing, _, new = place.rpartition(".")
    return f"econshrink.{name} is now: from econshrink.{wing} import {new}" if place else ""


__getattr__, __dir__ = namespace(__name__, __file__, _moved)
