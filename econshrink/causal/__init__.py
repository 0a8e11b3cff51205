"""What a design can claim: weak instruments, shift-share, sensitivity, policy evaluation.

What comes in: a panel and a design; what goes out: a `ConfidenceSet`, an `Estimate` or a check.
"""

from typing import TYPE_CHECKING

from econshrink.core.lazy import namespace

if TYPE_CHECKING:
    from econshrink.causal.balance import balance_table as balance_table
    from econshrink.causal.controls import (
        CausalDiagram as CausalDiagram,
        ControlCheck as ControlCheck,
        check_controls as check_controls,
    )
    from econshrink.causal.exposure import ShiftShare as ShiftShare, shift_share as shift_share
    from econshrink.causal.exposure_housing import (
        EXPOSURES as EXPOSURES,
        housing_exposure as housing_exposure,
    )
    from econshrink.causal.kernel.plausible import half_width as half_width
    from econshrink.causal.kernel.shift_share import (
        ExposureRobust as ExposureRobust,
        akm0_interval as akm0_interval,
    )
    from econshrink.causal.kernel.weak_sets import (
        ar_critical as ar_critical,
        ar_statistic as ar_statistic,
        clr_test as clr_test,
    )
    from econshrink.causal.mechanical import (
        Makeup as Makeup,
        MechanicalLink as MechanicalLink,
        guard_mechanical as guard_mechanical,
        mechanical_links as mechanical_links,
    )
    from econshrink.causal.plausible import (
        NormalBelief as NormalBelief,
        Support as Support,
        plausible_interval as plausible_interval,
    )
    from econshrink.causal.policy.adoption import (
        NEVER as NEVER,
        Adoption as Adoption,
        adoption as adoption,
    )
    from econshrink.causal.policy.external import (
        CallawaySantAnna as CallawaySantAnna,
        Imputation as Imputation,
        SunAbraham as SunAbraham,
        event_study_external as event_study_external,
        group_time_external as group_time_external,
    )
    from econshrink.causal.policy.group_time import (
        GroupTime as GroupTime,
        NeverTreated as NeverTreated,
        NotYetTreated as NotYetTreated,
        UniversalBase as UniversalBase,
        VaryingBase as VaryingBase,
        event_curve as event_curve,
        event_study as event_study,
        group_time as group_time,
        joint_pretest as joint_pretest,
        overall_effect as overall_effect,
    )
    from econshrink.causal.policy.honest import (
        HonestInterval as HonestInterval,
        RelativeMagnitudes as RelativeMagnitudes,
        Smoothness as Smoothness,
        breakdown_value as breakdown_value,
        honest_interval as honest_interval,
    )
    from econshrink.causal.policy.placebo import (
        PlaceboPermutation as PlaceboPermutation,
        effect_before as effect_before,
        placebo_cities as placebo_cities,
        placebo_permutation_test as placebo_permutation_test,
    )
    from econshrink.causal.policy.pretrends import (
        PretrendPower as PretrendPower,
        detectable_slope as detectable_slope,
        power_table as power_table,
        pretrend_power as pretrend_power,
    )
    from econshrink.causal.policy.synthetic import (
        SyntheticControl as SyntheticControl,
        synthetic_control as synthetic_control,
    )
    from econshrink.causal.selection import (
        Stability as Stability,
        coefficient_stability as coefficient_stability,
    )
    from econshrink.causal.shifts import (
        ShiftShareDesign as ShiftShareDesign,
        ShockLevelFit as ShockLevelFit,
        akm0_set as akm0_set,
        fit_shock_level as fit_shock_level,
        rotemberg_table as rotemberg_table,
    )
    from econshrink.causal.weak import WeakIv as WeakIv, fit_weak_iv as fit_weak_iv
    from econshrink.inference.absorption import Absorber as Absorber
    from econshrink.inference.linear_fit import (
        Covariance as Covariance,
        LinearFit as LinearFit,
        Vcov as Vcov,
    )
    from econshrink.inference.within_blocks import Units as Units
    from econshrink.panel.instrumental import Instrumented as Instrumented
    from econshrink.panel.kernel.reduced_form import ReducedForm as ReducedForm

__getattr__, __dir__ = namespace(__name__, __file__)
