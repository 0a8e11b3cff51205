"""Decompositions of change by driver and component: Shapley, Gelbach, Oaxaca-Blinder.

What comes in: a panel and drivers; what goes out: a `Decomposition`.
"""

from typing import TYPE_CHECKING

from econshrink.core.lazy import namespace

if TYPE_CHECKING:
    from econshrink.decompose.components import component_means as component_means
    from econshrink.decompose.covariances import covariance_shares as covariance_shares
    from econshrink.decompose.oaxaca import (
        Fold as Fold,
        Sides as Sides,
        ThreeFold as ThreeFold,
        TwoFold as TwoFold,
        oaxaca_blinder as oaxaca_blinder,
        oaxaca_draws as oaxaca_draws,
        oaxaca_errors as oaxaca_errors,
    )
    from econshrink.decompose.omitted import (
        BASE as BASE,
        gelbach as gelbach,
        gelbach_draws as gelbach_draws,
        gelbach_errors as gelbach_errors,
    )
    from econshrink.decompose.rows import Columns as Columns
    from econshrink.decompose.shapley import (
        shapley_predicted as shapley_predicted,
        shapley_r2 as shapley_r2,
    )
    from econshrink.inference.resampling import Scheme as Scheme

__getattr__, __dir__ = namespace(__name__, __file__)
