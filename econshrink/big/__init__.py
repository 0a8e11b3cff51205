"""Beyond memory: the same verbs on Parquet files, DuckDB tables and anything Ibis speaks to.

What comes in: a table on disk, opened by `scan`; what goes out: the same nouns as in memory. Needs
the extra ``econshrink[big]``.
"""

from typing import TYPE_CHECKING

from econshrink.core.lazy import namespace

if TYPE_CHECKING:
    from econshrink.big.autocorrelation import moran as moran
    from econshrink.big.closure import (
        BigClosure as BigClosure,
        close_log_linear as close_log_linear,
        close_proportional as close_proportional,
    )
    from econshrink.big.fixed_effects import fit_fe as fit_fe
    from econshrink.big.identification import identify as identify, severity as severity
    from econshrink.big.resampling import bootstrap_fe as bootstrap_fe
    from econshrink.big.source import (
        BigTable as BigTable,
        Expression as Expression,
        Files as Files,
        Source as Source,
        Stored as Stored,
        scan as scan,
    )
    from econshrink.big.survival_counts import (
        fit_discrete_hazard as fit_discrete_hazard,
        kaplan_meier as kaplan_meier,
    )
    from econshrink.big.workspace import Workspace as Workspace
    from econshrink.data.closing.old_base import (
        HoldGrowth as HoldGrowth,
        HoldLevel as HoldLevel,
        ObservedCell as ObservedCell,
        OldBaseRule as OldBaseRule,
        StraightLine as StraightLine,
    )
    from econshrink.panel.resampling.engine import Bootstrap as Bootstrap
    from econshrink.shrinkage.catalogue.falls import ConsecutiveDecline as ConsecutiveDecline
    from econshrink.shrinkage.catalogue.gaps import (
        BreakAtGaps as BreakAtGaps,
        BridgeGaps as BridgeGaps,
        LeaveGaps as LeaveGaps,
    )
    from econshrink.shrinkage.catalogue.rule import Rule as Rule
    from econshrink.shrinkage.decline import RecoveryRule as RecoveryRule
    from econshrink.spatial.autocorrelation import MoranI as MoranI
    from econshrink.survival.curves.kaplan_meier import (
        LogBand as LogBand,
        LogLogBand as LogLogBand,
        PlainBand as PlainBand,
    )
    from econshrink.survival.discrete.design import (
        DurationDummies as DurationDummies,
        DurationLog as DurationLog,
        DurationPolynomial as DurationPolynomial,
        DurationSpline as DurationSpline,
    )
    from econshrink.survival.discrete.likelihood import Cloglog as Cloglog, Logit as Logit

__getattr__, __dir__ = namespace(__name__, __file__)
