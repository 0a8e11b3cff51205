"""Which cities shrink: rules, severity, episodes, agreement, indices and paths.

What comes in: a `CityPanel`; what goes out: an `Identification`, a `SpellTable` or a table.
"""

from typing import TYPE_CHECKING

from econshrink.core.lazy import namespace

if TYPE_CHECKING:
    from econshrink.shrinkage.agreement import (
        cohen_kappa as cohen_kappa,
        fleiss_kappa as fleiss_kappa,
        robust_and_fragile as robust_and_fragile,
        variance_decomposition as variance_decomposition,
    )
    from econshrink.shrinkage.benchmarks import (
        Benchmark as Benchmark,
        GroupBenchmark as GroupBenchmark,
        weighted_mean_growth as weighted_mean_growth,
        weighted_mean_growth_by as weighted_mean_growth_by,
    )
    from econshrink.shrinkage.catalogue.ages import (
        WomenToElderly as WomenToElderly,
        YoungWomenLoss as YoungWomenLoss,
    )
    from econshrink.shrinkage.catalogue.composite import CompositeDegree as CompositeDegree
    from econshrink.shrinkage.catalogue.decades import (
        Beauregard as Beauregard,
        LiMykhnenko as LiMykhnenko,
        WolffWiechmann as WolffWiechmann,
        prevalence as prevalence,
    )
    from econshrink.shrinkage.catalogue.falls import (
        ConsecutiveDecline as ConsecutiveDecline,
        Scirn as Scirn,
    )
    from econshrink.shrinkage.catalogue.gaps import (
        BreakAtGaps as BreakAtGaps,
        BridgeGaps as BridgeGaps,
        LeaveGaps as LeaveGaps,
    )
    from econshrink.shrinkage.catalogue.lights import (
        IntensityFrequency as IntensityFrequency,
        LightsAndPeople as LightsAndPeople,
        NightLightLoss as NightLightLoss,
    )
    from econshrink.shrinkage.catalogue.loss import (
        LiCaoYu as LiCaoYu,
        LongWu as LongWu,
        NetLoss as NetLoss,
        OswaltRieniets as OswaltRieniets,
        SchillingLogan as SchillingLogan,
    )
    from econshrink.shrinkage.catalogue.paths import PathClusters as PathClusters
    from econshrink.shrinkage.catalogue.registry import (
        register as register,
        registered as registered,
        rule_table as rule_table,
        withdraw as withdraw,
    )
    from econshrink.shrinkage.catalogue.report import (
        PARTS as PARTS,
        ReportStandard as ReportStandard,
    )
    from econshrink.shrinkage.catalogue.rule import Rule as Rule
    from econshrink.shrinkage.catalogue.trajectories import (
        AlvesShapes as AlvesShapes,
        TurokMykhnenko as TurokMykhnenko,
    )
    from econshrink.shrinkage.decline import (
        RecoveryRule as RecoveryRule,
        onsets_by_year as onsets_by_year,
        severity as severity,
    )
    from econshrink.shrinkage.describe.clusters import (
        ClusterCheck as ClusterCheck,
        cluster_check as cluster_check,
    )
    from econshrink.shrinkage.describe.concentration import (
        TheilDecomposition as TheilDecomposition,
        concentration as concentration,
        gini as gini,
        primacy as primacy,
        rank_size as rank_size,
        share_arithmetic as share_arithmetic,
        theil as theil,
        theil_decomposition as theil_decomposition,
    )
    from econshrink.shrinkage.describe.convergence import (
        SigmaConvergence as SigmaConvergence,
        beta_convergence as beta_convergence,
        sigma_convergence as sigma_convergence,
    )
    from econshrink.shrinkage.describe.derive import (
        log_growth as log_growth,
        set_aside as set_aside,
        share as share,
    )
    from econshrink.shrinkage.describe.expansion import (
        expansion_by_label as expansion_by_label,
        land_ratios as land_ratios,
    )
    from econshrink.shrinkage.describe.index import (
        CompositeIndex as CompositeIndex,
        CriticWeights as CriticWeights,
        EntropyWeights as EntropyWeights,
        EqualWeights as EqualWeights,
        PrincipalWeights as PrincipalWeights,
        Weighting as Weighting,
        composite_index as composite_index,
        topsis as topsis,
    )
    from econshrink.shrinkage.describe.rank_intervals import (
        DirichletWeights as DirichletWeights,
        ResampleRows as ResampleRows,
        rank_intervals as rank_intervals,
    )
    from econshrink.shrinkage.describe.sizes import size_classes as size_classes
    from econshrink.shrinkage.describe.support import (
        CAPACITIES as CAPACITIES,
        RISKS as RISKS,
        SupportMatrix as SupportMatrix,
        SupportRule as SupportRule,
        support_matrix as support_matrix,
    )
    from econshrink.shrinkage.describe.typology import (
        PATHS as PATHS,
        PathDraws as PathDraws,
        PathThresholds as PathThresholds,
        Typology as Typology,
        location_quotients as location_quotients,
        path_types as path_types,
    )
    from econshrink.shrinkage.episodes.histories import (
        Histories as Histories,
        city_histories as city_histories,
    )
    from econshrink.shrinkage.episodes.merge_rows import (
        Changing as Changing,
        Counting as Counting,
        Events as Events,
        merge_rows as merge_rows,
    )
    from econshrink.shrinkage.episodes.risk_sets import (
        CalendarTime as CalendarTime,
        OnsetEvents as OnsetEvents,
        RecoveryEvents as RecoveryEvents,
        SpellTime as SpellTime,
        risk_spells as risk_spells,
    )
    from econshrink.shrinkage.episodes.states import (
        DetectionDate as DetectionDate,
        OnsetDate as OnsetDate,
        Watch as Watch,
    )
    from econshrink.shrinkage.identification import identify as identify
    from econshrink.shrinkage.multiverse_grid import (
        Multiverse as Multiverse,
        PopulationSeries as PopulationSeries,
        multiverse as multiverse,
    )
    from econshrink.shrinkage.published import published_counts as published_counts
    from econshrink.shrinkage.uncertainty import (
        LevelErrors as LevelErrors,
        StepErrors as StepErrors,
        loss_probability as loss_probability,
        run_probability as run_probability,
    )

__getattr__, __dir__ = namespace(__name__, __file__)
