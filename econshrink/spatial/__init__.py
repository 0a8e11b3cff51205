"""Neighbours, spatial autocorrelation and spatial panels.

What comes in: a `CityPanel` and `Neighbours`; what goes out: an `Estimate` or a test.
"""

from typing import TYPE_CHECKING

from econshrink.core.lazy import namespace

if TYPE_CHECKING:
    from econshrink.nouns.hypothesis import HypothesisTest as HypothesisTest
    from econshrink.spatial.autocorrelation import (
        MoranI as MoranI,
        local_moran as local_moran,
        moran as moran,
    )
    from econshrink.spatial.diagnostics import (
        ResidualMoran as ResidualMoran,
        lm_tests as lm_tests,
        residual_moran as residual_moran,
    )
    from econshrink.spatial.fit import fit_spatial as fit_spatial
    from econshrink.spatial.impacts import (
        DeltaMethod as DeltaMethod,
        Simulation as Simulation,
        spatial_impacts as spatial_impacts,
    )
    from econshrink.spatial.kernel.determinant import (
        Eigenvalues as Eigenvalues,
        LogDeterminant as LogDeterminant,
    )
    from econshrink.spatial.kernel.traces import (
        ExactTraces as ExactTraces,
        StochasticTraces as StochasticTraces,
    )
    from econshrink.spatial.neighbours import (
        Neighbours as Neighbours,
        distance_to_core as distance_to_core,
    )
    from econshrink.spatial.options import (
        SLX as SLX,
        DemeanFirst as DemeanFirst,
        DummyVariables as DummyVariables,
        ExpectedInformation as ExpectedInformation,
        LeeYu as LeeYu,
        ObservedInformation as ObservedInformation,
        SpatialDurbin as SpatialDurbin,
        SpatialError as SpatialError,
        SpatialLag as SpatialLag,
        WFirst as WFirst,
    )

__getattr__, __dir__ = namespace(__name__, __file__)
