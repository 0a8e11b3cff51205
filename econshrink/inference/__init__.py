"""Inference on arrays: covariances, small-sample rules, bootstrap schemes, permutation.

What comes in: arrays of a fit; what goes out: a covariance, draws or a test. No noun of a panel.
"""

from typing import TYPE_CHECKING

from econshrink.core.lazy import namespace

if TYPE_CHECKING:
    from econshrink.core.parallel import Cluster as Cluster, Local as Local
    from econshrink.inference.absorption import Absorber as Absorber
    from econshrink.inference.bootstrap import (
        Resamples as Resamples,
        block_weights as block_weights,
        resample as resample,
    )
    from econshrink.inference.conley import (
        Bartlett as Bartlett,
        Conley as Conley,
        Uniform as Uniform,
        haversine as haversine,
    )
    from econshrink.inference.gram.grams import ClusterGrams as ClusterGrams, GramBlock as GramBlock
    from econshrink.inference.gram.wild import (
        Rademacher as Rademacher,
        Webb as Webb,
        WildDraws as WildDraws,
        wild_draws as wild_draws,
        wild_interval as wild_interval,
        wild_parts as wild_parts,
    )
    from econshrink.inference.gram.wild_sums import WildParts as WildParts
    from econshrink.inference.hypothesis import wald as wald
    from econshrink.inference.jackknife import Jackknife as Jackknife
    from econshrink.inference.kernel import DriscollKraay as DriscollKraay, NeweyWest as NeweyWest
    from econshrink.inference.linear_fit import (
        Covariance as Covariance,
        LinearFit as LinearFit,
        Vcov as Vcov,
        least_squares as least_squares,
    )
    from econshrink.inference.multiple import combine as combine
    from econshrink.inference.multiplicity import romano_wolf as romano_wolf
    from econshrink.inference.pcse import BeckKatz as BeckKatz
    from econshrink.inference.resampling import (
        BayesianBootstrap as BayesianBootstrap,
        PairsCluster as PairsCluster,
        Resampling as Resampling,
        Scheme as Scheme,
    )
    from econshrink.inference.restrictions import wald_test as wald_test
    from econshrink.inference.vcov import (
        Clustered as Clustered,
        Heteroskedastic as Heteroskedastic,
        Iid as Iid,
    )
    from econshrink.inference.within_blocks import Units as Units
    from econshrink.nouns.draws import Draws as Draws
    from econshrink.nouns.hypothesis import HypothesisTest as HypothesisTest

__getattr__, __dir__ = namespace(__name__, __file__)
