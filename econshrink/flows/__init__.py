"""Flows between cities: network measures, roles, gravity models.

What comes in: a `FlowNetwork`; what goes out: measures, an `Estimate`, roles with probabilities.
"""

from typing import TYPE_CHECKING

from econshrink.core.lazy import namespace

if TYPE_CHECKING:
    from econshrink.flows.gravity.collaboration import (
        BetterLinks as BetterLinks,
        Collaboration as Collaboration,
        collaboration_gains as collaboration_gains,
    )
    from econshrink.flows.gravity.fit import GravityFit as GravityFit, fit_gravity as fit_gravity
    from econshrink.flows.gravity.nulls import (
        configuration_null as configuration_null,
        gravity_null as gravity_null,
        hierarchy_null as hierarchy_null,
    )
    from econshrink.flows.gravity.ppml import GravityEffects as GravityEffects
    from econshrink.flows.gravity.regressors import (
        log_distance as log_distance,
        neighbours as neighbours,
    )
    from econshrink.flows.gravity.roles import (
        FlowRoles as FlowRoles,
        core_tests as core_tests,
        flips as flips,
        flow_roles as flow_roles,
        probabilities as probabilities,
        stability as stability,
    )
    from econshrink.flows.network.backbone import backbone as backbone
    from econshrink.flows.network.centrality import centrality as centrality
    from econshrink.flows.network.communities import (
        communities as communities,
        modularity as modularity,
    )
    from econshrink.flows.network.core_periphery import (
        EXHAUSTIVE as EXHAUSTIVE,
        BorgattiEverett as BorgattiEverett,
        Core as Core,
        core_by_size as core_by_size,
        core_exhaustive as core_exhaustive,
        core_search as core_search,
    )
    from econshrink.flows.network.core_scores import minres as minres, rombach as rombach
    from econshrink.flows.network.dominance import dominance as dominance
    from econshrink.flows.network.polycentricity import (
        PolycentricityChange as PolycentricityChange,
        polycentricity as polycentricity,
        polycentricity_change as polycentricity_change,
    )
    from econshrink.flows.network.roles import (
        BALANCED as BALANCED,
        ROLES as ROLES,
        TWO_WAY as TWO_WAY,
        RoleRule as RoleRule,
        Roles as Roles,
        assign_roles as assign_roles,
    )
    from econshrink.flows.network.strength import (
        network_effectiveness as network_effectiveness,
        network_reciprocity as network_reciprocity,
        participation as participation,
        spread_unlisted as spread_unlisted,
        strength_bounds as strength_bounds,
        strengths as strengths,
    )
    from econshrink.flows.network.trend import effectiveness_trend as effectiveness_trend
    from econshrink.inference.absorption import Absorber as Absorber
    from econshrink.inference.linear_fit import (
        Covariance as Covariance,
        LinearFit as LinearFit,
        Vcov as Vcov,
    )
    from econshrink.inference.within_blocks import Units as Units

__getattr__, __dir__ = namespace(__name__, __file__)
