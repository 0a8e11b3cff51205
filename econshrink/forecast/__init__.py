"""Forecasts as joint draws: models, backtests, events, scores, risk, scenarios, monitoring.

What comes in: what was known at an origin; what goes out: a `Forecast`, a `Ranking` or scores.
"""

from typing import TYPE_CHECKING

from econshrink.core.lazy import namespace

if TYPE_CHECKING:
    from econshrink.demography.projection.component import Projection as Projection, Shift as Shift
    from econshrink.demography.projection.natural import (
        NaturalGrowth as NaturalGrowth,
        NaturalTable as NaturalTable,
    )
    from econshrink.forecast.backtesting.backtest import (
        check_blind as check_blind,
        check_mute as check_mute,
        run_backtest as run_backtest,
        run_both_backtests as run_both_backtests,
    )
    from econshrink.forecast.backtesting.conformal import (
        Recalibration as Recalibration,
        SizeClasses as SizeClasses,
        Spread as Spread,
        conformal_intervals as conformal_intervals,
        fit_spread as fit_spread,
    )
    from econshrink.forecast.backtesting.design import BacktestDesign as BacktestDesign
    from econshrink.forecast.backtesting.loop import STACKED as STACKED, Sees as Sees
    from econshrink.forecast.backtesting.outcomes import (
        EventQuestion as EventQuestion,
        outcome as outcome,
    )
    from econshrink.forecast.backtesting.paired import (
        Choice as Choice,
        PairedGain as PairedGain,
        choose_before as choose_before,
        independent_origins as independent_origins,
        paired_gain as paired_gain,
        split_errors as split_errors,
    )
    from econshrink.forecast.backtesting.parts import (
        ErrorParts as ErrorParts,
        census_step as census_step,
    )
    from econshrink.forecast.backtesting.record import (
        PastErrors as PastErrors,
        Record as Record,
        keep_record as keep_record,
    )
    from econshrink.forecast.backtesting.scoring import (
        count_scores as count_scores,
        loss_name as loss_name,
        score_cases as score_cases,
    )
    from econshrink.forecast.backtesting.shocks import (
        Noise as Noise,
        Shares as Shares,
        Space as Space,
    )
    from econshrink.forecast.backtesting.spreading import (
        Spreading as Spreading,
        Spreads as Spreads,
        learn_persistence as learn_persistence,
    )
    from econshrink.forecast.backtesting.summary import (
        accuracy as accuracy,
        comparison as comparison,
        coverage as coverage,
        event_scores as event_scores,
        score_events as score_events,
        winner as winner,
    )
    from econshrink.forecast.events.hazard import (
        EdgeFit as EdgeFit,
        PassageFit as PassageFit,
        PassageHazard as PassageHazard,
    )
    from econshrink.forecast.events.loss_trees import LossTrees as LossTrees
    from econshrink.forecast.events.path_backtest import (
        HAZARD as HAZARD,
        PathBacktest as PathBacktest,
        PathDesign as PathDesign,
        run_path_backtest as run_path_backtest,
        withheld_events as withheld_events,
    )
    from econshrink.forecast.events.trajectories import (
        Event as Event,
        EventExpression as EventExpression,
        FallingRun as FallingRun,
        FirstPassage as FirstPassage,
        Halving as Halving,
        Loss as Loss,
        Recovery as Recovery,
        Trajectories as Trajectories,
        event_probability as event_probability,
    )
    from econshrink.forecast.export import (
        trajectories_table as trajectories_table,
        write_trajectories as write_trajectories,
    )
    from econshrink.forecast.front import (
        Background as Background,
        already_lost as already_lost,
        backtest as backtest,
        plot as plot,
        project as project,
        rank as rank,
        score as score,
        withheld as withheld,
    )
    from econshrink.forecast.hierarchy import (
        Hierarchy as Hierarchy,
        own_draws as own_draws,
        past_errors as past_errors,
        summed_view as summed_view,
    )
    from econshrink.forecast.models.blocked import ProvinceBlocked as ProvinceBlocked
    from econshrink.forecast.models.boosted import Boosted as Boosted
    from econshrink.forecast.models.model import PathModel as PathModel, PointRule as PointRule
    from econshrink.forecast.models.naive import (
        Drift as Drift,
        LastValue as LastValue,
        NoChange as NoChange,
        growth_paths as growth_paths,
    )
    from econshrink.forecast.models.natural import NaturalAndMigration as NaturalAndMigration
    from econshrink.forecast.models.parted import (
        AveragePath as AveragePath,
        Noted as Noted,
        ScaledDrift as ScaledDrift,
        TwoPart as TwoPart,
        national_mixture as national_mixture,
    )
    from econshrink.forecast.models.pooled import PooledGrowth as PooledGrowth
    from econshrink.forecast.models.shares import (
        ShareOfGrowth as ShareOfGrowth,
        ShiftShare as ShiftShare,
    )
    from econshrink.forecast.models.shrunk import ShrunkDrift as ShrunkDrift
    from econshrink.forecast.models.theta import Theta as Theta
    from econshrink.forecast.monitor import (
        Cusum as Cusum,
        CusumPaths as CusumPaths,
        alert_value as alert_value,
        japan_index as japan_index,
        korea_class as korea_class,
        korea_index as korea_index,
        standardise as standardise,
    )
    from econshrink.forecast.nation import (
        NationalForecast as NationalForecast,
        hold_to_nation as hold_to_nation,
    )
    from econshrink.forecast.projection import (
        Mixture as Mixture,
        bridge as bridge,
        broken_since as broken_since,
        project_view as project_view,
        unusable as unusable,
    )
    from econshrink.forecast.recount import recount_alarm as recount_alarm
    from econshrink.forecast.risk import (
        probability_drivers as probability_drivers,
        rank_risk as rank_risk,
    )
    from econshrink.forecast.scenario import (
        Response as Response,
        Scenario as Scenario,
        compare_scenarios as compare_scenarios,
        scenario_shift as scenario_shift,
    )
    from econshrink.forecast.scores.calibration import (
        AlarmRecord as AlarmRecord,
        CalibrationCurve as CalibrationCurve,
        alarm_record as alarm_record,
        calibration_curve as calibration_curve,
        net_benefit as net_benefit,
    )
    from econshrink.forecast.scores.draws import (
        central_interval as central_interval,
        covered as covered,
        crps as crps,
        interval_score as interval_score,
        sorted_quantiles as sorted_quantiles,
    )
    from econshrink.forecast.scores.events import brier as brier
    from econshrink.forecast.scores.points import mape as mape
    from econshrink.forecast.view import (
        InformationSet as InformationSet,
        information_set as information_set,
        keep as keep,
    )
    from econshrink.survival.discrete.design import (
        DurationDummies as DurationDummies,
        DurationLog as DurationLog,
        DurationPolynomial as DurationPolynomial,
        DurationSpline as DurationSpline,
    )

__getattr__, __dir__ = namespace(__name__, __file__)
