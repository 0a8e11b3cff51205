"""Survival and duration models: curves, Cox, discrete time, parametric, frailty, validation.

What comes in: a `SpellTable`; what goes out: an `Estimate` or a `Curve`.
"""

from typing import TYPE_CHECKING

from econshrink.core.lazy import namespace

if TYPE_CHECKING:
    from econshrink.inference.restrictions import wald_test as wald_test
    from econshrink.nouns.hypothesis import HypothesisTest as HypothesisTest
    from econshrink.survival.cox.bootstrap import (
        OneStep as OneStep,
        Refit as Refit,
        bootstrap_cox as bootstrap_cox,
    )
    from econshrink.survival.cox.concordance import (
        Concordance as Concordance,
        concordance as concordance,
    )
    from econshrink.survival.cox.covariate_change import (
        SetTo as SetTo,
        Shift as Shift,
        average_survival_change as average_survival_change,
    )
    from econshrink.survival.cox.cross_validation import (
        CrossValidatedPath as CrossValidatedPath,
        cross_validate_cox as cross_validate_cox,
    )
    from econshrink.survival.cox.firth import fit_firth as fit_firth
    from econshrink.survival.cox.fit import fit_cox as fit_cox
    from econshrink.survival.cox.penalised import (
        ElasticNet as ElasticNet,
        PenalisedPath as PenalisedPath,
        Ridge as Ridge,
        fit_cox_path as fit_cox_path,
        fit_cox_ridge as fit_cox_ridge,
    )
    from econshrink.survival.cox.prediction import (
        baseline_hazard as baseline_hazard,
        predict_survival as predict_survival,
    )
    from econshrink.survival.cox.profile import profile_intervals as profile_intervals
    from econshrink.survival.cox.residuals import score_residual_table as score_residual_table
    from econshrink.survival.cox.time_effects import (
        AfterTime as AfterTime,
        IdentityTime as IdentityTime,
        KaplanMeierTime as KaplanMeierTime,
        LogTime as LogTime,
        RankTime as RankTime,
        proportional_hazards_test as proportional_hazards_test,
        with_time_effect as with_time_effect,
    )
    from econshrink.survival.curves.aalen_johansen import aalen_johansen as aalen_johansen
    from econshrink.survival.curves.bootstrap_bands import (
        Pointwise as Pointwise,
        Simultaneous as Simultaneous,
        bootstrap_incidence as bootstrap_incidence,
        bootstrap_survival as bootstrap_survival,
    )
    from econshrink.survival.curves.kaplan_meier import (
        LogBand as LogBand,
        LogLogBand as LogLogBand,
        PlainBand as PlainBand,
        kaplan_meier as kaplan_meier,
        nelson_aalen as nelson_aalen,
    )
    from econshrink.survival.curves.log_rank import (
        FlemingHarrington as FlemingHarrington,
        LogRankTest as LogRankTest,
        log_rank as log_rank,
    )
    from econshrink.survival.curves.summaries import (
        clustered_restricted_mean_differences as clustered_restricted_mean_differences,
        clustered_restricted_means as clustered_restricted_means,
        restricted_mean as restricted_mean,
    )
    from econshrink.survival.discrete.design import (
        DurationDummies as DurationDummies,
        DurationLog as DurationLog,
        DurationPolynomial as DurationPolynomial,
        DurationSpline as DurationSpline,
        split_periods as split_periods,
    )
    from econshrink.survival.discrete.hazard import fit_discrete_hazard as fit_discrete_hazard
    from econshrink.survival.discrete.hidden_onset import (
        ExactOnsets as ExactOnsets,
        IntervalOnsets as IntervalOnsets,
        MisclassifiedOnsets as MisclassifiedOnsets,
        Observation as Observation,
        fit_hidden_onset as fit_hidden_onset,
    )
    from econshrink.survival.discrete.likelihood import Cloglog as Cloglog, Logit as Logit
    from econshrink.survival.discrete.prediction import (
        marginal_effects as marginal_effects,
        predict_hazard as predict_hazard,
        predict_onset as predict_onset,
    )
    from econshrink.survival.discrete.random import (
        SIGMA as SIGMA,
        fit_random_hazard as fit_random_hazard,
    )
    from econshrink.survival.discrete.ridge import fit_discrete_ridge as fit_discrete_ridge
    from econshrink.survival.events.competing import (
        fit_cause_specific as fit_cause_specific,
        fit_fine_gray as fit_fine_gray,
    )
    from econshrink.survival.events.recurrent import (
        CommonEffects as CommonEffects,
        EventEffects as EventEffects,
        GapTime as GapTime,
        TotalTime as TotalTime,
        fit_andersen_gill as fit_andersen_gill,
        fit_pwp as fit_pwp,
        fit_wlw as fit_wlw,
    )
    from econshrink.survival.frailty.fit import fit_frailty as fit_frailty
    from econshrink.survival.frailty.likelihood import (
        DiagonalInformation as DiagonalInformation,
        FullInformation as FullInformation,
        GammaFrailty as GammaFrailty,
        LogNormalFrailty as LogNormalFrailty,
    )
    from econshrink.survival.options import (
        Breslow as Breslow,
        Efron as Efron,
        Exact as Exact,
        FrequencyWeights as FrequencyWeights,
        ImportanceWeights as ImportanceWeights,
    )
    from econshrink.survival.parametric.accelerated import fit_parametric as fit_parametric
    from econshrink.survival.parametric.gompertz import fit_gompertz as fit_gompertz
    from econshrink.survival.parametric.likelihood import (
        Exponential as Exponential,
        LogLogistic as LogLogistic,
        LogNormal as LogNormal,
        Weibull as Weibull,
    )
    from econshrink.survival.parametric.prediction import parametric_survival as parametric_survival
    from econshrink.survival.ratios import hazard_ratios as hazard_ratios
    from econshrink.survival.validation.accuracy import (
        brier_scores as brier_scores,
        integrated_brier as integrated_brier,
    )
    from econshrink.survival.validation.calibration import (
        Calibration as Calibration,
        calibration as calibration,
    )
    from econshrink.survival.validation.discrimination import (
        UnoConcordance as UnoConcordance,
        time_dependent_auc as time_dependent_auc,
        uno_concordance as uno_concordance,
    )

__getattr__, __dir__ = namespace(__name__, __file__)
