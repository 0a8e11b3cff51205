"""Panel regressions: fixed and random effects, instruments, dynamic panels, resampling.

What comes in: a `CityPanel` or any table, and a formula or a `Spec`; what goes out: an `Estimate`.
"""

from typing import TYPE_CHECKING

from econshrink.core.lazy import namespace

if TYPE_CHECKING:
    from econshrink.inference.absorption import Absorber as Absorber
    from econshrink.inference.gram.curve import Choice as Choice
    from econshrink.inference.gram.grams import ClusterGrams as ClusterGrams, GramBlock as GramBlock
    from econshrink.inference.gram.wild import Rademacher as Rademacher, Webb as Webb
    from econshrink.inference.linear_fit import (
        Covariance as Covariance,
        LinearFit as LinearFit,
        Vcov as Vcov,
    )
    from econshrink.inference.resampling import Scheme as Scheme
    from econshrink.inference.restrictions import wald_test as wald_test
    from econshrink.inference.within_blocks import Units as Units
    from econshrink.nouns.hypothesis import HypothesisTest as HypothesisTest
    from econshrink.panel.between import fit_between as fit_between
    from econshrink.panel.counts import fit_poisson as fit_poisson
    from econshrink.panel.design.prepare import Design as Design, prepare as prepare
    from econshrink.panel.differences import fit_fd as fit_fd
    from econshrink.panel.dynamic import (
        DifferenceGmm as DifferenceGmm,
        SystemGmm as SystemGmm,
        fit_gmm as fit_gmm,
    )
    from econshrink.panel.dynamic_instruments import (
        Exogenous as Exogenous,
        LaggedDifferences as LaggedDifferences,
        LaggedLevels as LaggedLevels,
        YearDummies as YearDummies,
    )
    from econshrink.panel.dynamic_rows import moment_data as moment_data
    from econshrink.panel.explain import explain_std_errors as explain_std_errors
    from econshrink.panel.fixed_effects import (
        Within as Within,
        fe_estimate as fe_estimate,
        fit_fe as fit_fe,
        linear_fit as linear_fit,
        within as within,
    )
    from econshrink.panel.instrumental import (
        WEAK as WEAK,
        Instrumented as Instrumented,
        Liml as Liml,
        TwoStage as TwoStage,
        TwoStepGmm as TwoStepGmm,
        fit_iv as fit_iv,
    )
    from econshrink.panel.kernel.gmm import (
        GmmFit as GmmFit,
        MomentData as MomentData,
        one_step as one_step,
        serial_correlation as serial_correlation,
    )
    from econshrink.panel.kernel.k_class import (
        KClassFit as KClassFit,
        k_class as k_class,
        orthonormal as orthonormal,
    )
    from econshrink.panel.kernel.reduced_form import ReducedForm as ReducedForm
    from econshrink.panel.kernel.weak_instruments import (
        effective_f as effective_f,
        joint_reduced_form as joint_reduced_form,
        reduced_form as reduced_form,
    )
    from econshrink.panel.mundlak import fit_cre as fit_cre
    from econshrink.panel.pooled import fit_pooled as fit_pooled
    from econshrink.panel.postestimation import (
        average_effects as average_effects,
        fitted as fitted,
        predict as predict,
        residuals as residuals,
        with_vcov as with_vcov,
    )
    from econshrink.panel.random_effects import (
        Amemiya as Amemiya,
        Nerlove as Nerlove,
        SwamyArora as SwamyArora,
        VarianceComponents as VarianceComponents,
        WallaceHussain as WallaceHussain,
        fit_re as fit_re,
    )
    from econshrink.panel.resampling.cross_section import (
        PermutationTest as PermutationTest,
        permutation_test as permutation_test,
    )
    from econshrink.panel.resampling.engine import (
        Bootstrap as Bootstrap,
        Resampler as Resampler,
        bootstrap_fe as bootstrap_fe,
        resampler as resampler,
    )
    from econshrink.panel.resampling.leave_out import (
        LeaveOut as LeaveOut,
        leave_out_fe as leave_out_fe,
    )
    from econshrink.panel.resampling.specification_curve import (
        CurveInference as CurveInference,
        SpecificationCurve as SpecificationCurve,
        curve_inference as curve_inference,
        specification_curve as specification_curve,
    )
    from econshrink.panel.resampling.specification_grams import Engine as Engine
    from econshrink.panel.resampling.wild_and_placebo import (
        PlaceboTest as PlaceboTest,
        WildTest as WildTest,
        placebo_fe as placebo_fe,
        wild_bootstrap_fe as wild_bootstrap_fe,
    )
    from econshrink.panel.specification_test import hausman as hausman

__getattr__, __dir__ = namespace(__name__, __file__)
