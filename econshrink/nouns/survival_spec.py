"""SurvivalSpec: what a duration model was fitted with, for the code that reads a fit."""

from __future__ import annotations

from dataclasses import dataclass

from econshrink.nouns.storage import register


@register
@dataclass(frozen=True)
class SurvivalSpec:
    """The columns and options of a survival model; what a model does not have stays empty.

    Parameters
    ----------
    covariates : tuple of str
    ties : str
        ``"efron"``, ``"breslow"`` or ``"exact"``.
    strata : tuple of str
        Columns whose combinations have baseline hazards of their own.
    offset : str, optional
        Column added to the linear predictor with coefficient one.
    weights : str, optional
        Column of weights.
    frequency : bool
        True if a weight says how many identical rows a row stands for.
    cluster : str, optional
        Column the covariance is clustered by.
    link : str
        Of a discrete-time hazard: ``"cloglog"`` or ``"logit"``.
    duration : str
        Its shape over duration: ``"dummies"``, ``"log"``, ``"polynomial"`` or ``"spline"``.
    degree : int
        Of the polynomial.
    knots : tuple of float
        Of the spline.
    width : float
        Length of its periods, in the spells' unit of time.
    group : str, optional
        Column of the groups that share a frailty or a random intercept.
    family : str
        Law of a parametric model, or of the frailties.
    rule_id : str
        The rule behind the events.
    formula : str
        The model of a plain table: who was at risk until when, and the terms.
    unit : str, optional
        Column of the units of a plain table.

    Examples
    --------
    >>> SurvivalSpec(("age",), ties="efron", strata=("province",)).strata
    ('province',)
    """

    covariates: tuple[str, ...]
    ties: str = ""
    strata: tuple[str, ...] = ()
    offset: str | None = None
    weights: str | None = None
    frequency: bool = False
    cluster: str | None = None
    link: str = ""
    duration: str = ""
    degree: int = 0
    knots: tuple[float, ...] = ()
    width: float = 0.0
    group: str | None = None
    family: str = ""
    rule_id: str = ""
    formula: str = ""
    unit: str | None = None

    @property
    def depvar(self) -> str:
        """The outcome: the left side of the formula, else the column of events."""
        return self.formula.partition("~")[0].strip() or "event"

    @property
    def absorb(self) -> tuple[str, ...]:
        """Effects swept out: none."""
        return ()
