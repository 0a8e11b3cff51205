"""Choices of a spatial panel model, as objects: model, order of transformations, likelihood."""

from __future__ import annotations

from dataclasses import dataclass

from econshrink.core.field_types import typed_fields
from econshrink.spatial.kernel.traces import TraceRule


@dataclass(frozen=True)
class SpatialLag:
    """Spatial lag model (SAR): y_t = ρ W y_t + X_t β + effects + e_t.

    Examples
    --------
    >>> SpatialLag()
    SpatialLag()
    """


@dataclass(frozen=True)
class SpatialError:
    """Spatial error model (SEM): y_t = X_t β + effects + u_t, u_t = λ W u_t + e_t.

    Examples
    --------
    >>> SpatialError()
    SpatialError()
    """


@dataclass(frozen=True)
@typed_fields
class SpatialDurbin:
    """Spatial Durbin model (SDM): y_t = ρ W y_t + X_t β + W X_t θ + effects + e_t.

    Parameters
    ----------
    lagged : tuple of str, optional
        Covariates whose spatial lag enters; all by default.

    Examples
    --------
    >>> SpatialDurbin(("gdp",)).lagged
    ('gdp',)
    """

    lagged: tuple[str, ...] | None = None


@dataclass(frozen=True)
@typed_fields
class SLX:
    """Spatially lagged covariates: y_t = X_t β + W X_t θ + effects + e_t, by least squares.

    Parameters
    ----------
    lagged : tuple of str, optional
        Covariates whose spatial lag enters; all by default.

    Examples
    --------
    >>> SLX().lagged is None
    True
    """

    lagged: tuple[str, ...] | None = None


@dataclass(frozen=True)
class WFirst:
    """Form Wy and WX, then sweep the effects out: the dummy-variable model.

    The coefficients are those of maximum likelihood with a dummy for every city and year.

    Examples
    --------
    >>> WFirst()
    WFirst()
    """


@dataclass(frozen=True)
class DemeanFirst:
    """Sweep the effects out of y and X, then form their spatial lags.

    The columns of W do not sum to one, so that W and year means do not commute and the numbers
    differ from `WFirst`; programs for cross-sections that are fed demeaned data do this.

    Examples
    --------
    >>> DemeanFirst()
    DemeanFirst()
    """


@dataclass(frozen=True)
class DummyVariables:
    """Likelihood of all nT rows with the effects as parameters.

    σ² is estimated with divisor nT, as most programs do. Because of the year effects the score
    of ρ has mean (T − 1)(tr G/n − 1/(1 − ρ)), so that ρ is biased downwards by an amount of order
    1/n that a longer panel does not cure, and standard errors are too small by about
    √((1 − 1/n)(1 − 1/T)). The estimate states the bias; `LeeYu` removes it.

    Examples
    --------
    >>> DummyVariables()
    DummyVariables()
    """


@dataclass(frozen=True)
class LeeYu:
    """Likelihood of the (n − 1)(T − 1) rows that remain after orthonormal transformations.

    The effects are gone instead of estimated, and the eigenvalue 1 of W with them: the
    log-determinant is (T − 1)(log|I − ρW| − log(1 − ρ)). Free of the incidental-parameter bias of
    `DummyVariables` (Lee and Yu 2010, Journal of Econometrics 154). With one kind of effect only
    its own degrees of freedom are taken off.

    Examples
    --------
    >>> LeeYu()
    LeeYu()
    """


@dataclass(frozen=True)
@typed_fields
class ExpectedInformation:
    """Covariance from the Fisher information at the estimate.

    Parameters
    ----------
    traces : ExactTraces or StochasticTraces, optional
        How tr G'G is computed: exact up to 1,500 cities and by probes above, by default.

    Examples
    --------
    >>> ExpectedInformation().traces is None
    True
    """

    traces: TraceRule | None = None


@dataclass(frozen=True)
class ObservedInformation:
    """Covariance from minus the Hessian of the log-likelihood at the estimate; always exact.

    Examples
    --------
    >>> ObservedInformation()
    ObservedInformation()
    """


Model = SpatialLag | SpatialError | SpatialDurbin | SLX
Order = WFirst | DemeanFirst
Likelihood = DummyVariables | LeeYu
Information = ExpectedInformation | ObservedInformation
