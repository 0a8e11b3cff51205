"""Closure by a state-space smoother: levels with standard errors."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.data.closing.figures import Figures, census_needs, read_figures
from econshrink.data.closing.growth_fit import fit_growth_model
from econshrink.data.closing.growth_model import (
    GrowthMixture,
    GrowthModel,
    memberships,
    mixed_levels,
)
from econshrink.data.closing.result import Closure, assemble, carry_on
from econshrink.nouns.panel import CityPanel
from econshrink.tables.panel_verb import takes_panels


@dataclass(frozen=True, eq=False)
class SmoothedClosure:
    """A smoothed closure with the uncertainty of every year from census to census.

    Parameters
    ----------
    closure : Closure
        As from the other closures; the closed figures are medians.
    model : GrowthMixture
        Parameters, estimated or given.
    fitted : bool
        True if they were estimated on these figures.
    log_likelihood : float
        At `model`; missing if the parameters were given.
    log_level : DataFrame
        City × year from census to census: mean of the log of the true level.
    covariance : ndarray, shape (cities, years, years)
        Of the log levels, in the order of `log_level`; zero in census years.
    membership : DataFrame
        City × class: probability of each class given the city's figures.
    """

    closure: Closure
    model: GrowthMixture
    fitted: bool
    log_likelihood: float
    log_level: pd.DataFrame
    covariance: Floats
    membership: pd.DataFrame

    @property
    def std_error(self) -> pd.DataFrame:
        """Standard error of every log level: 0.01 is about one percent; 0 in census years."""
        variance = np.diagonal(self.covariance, axis1=1, axis2=2)
        return pd.DataFrame(
            np.sqrt(np.maximum(variance, 0.0)), self.log_level.index, self.log_level.columns
        )

    def band(self, level: float = 0.95) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Lower and upper limit of the pointwise band, in the unit of the variable."""
        if not 0 < level < 1:
            raise SpecError(Fault(f"level {level}", "between 0 and 1", "Use 0.95."))
        reach = NormalDist().inv_cdf(0.5 + level / 2) * self.std_error.to_numpy()
        centre, cities, years = self.log_level.to_numpy(), *self.log_level.axes
        low = pd.DataFrame(np.exp(centre - reach), cities, years)
        return low, pd.DataFrame(np.exp(centre + reach), cities, years)

    def deviations(self, draws: int, rng: np.random.Generator) -> Floats:
        """Draws of the true log level less its mean, shape (draws, cities, years)."""
        variance, axes = np.linalg.eigh(self.covariance)
        # The symmetric root is unique; eigenvectors alone have signs that differ by processor.
        scaled = axes * np.sqrt(np.maximum(variance, 0.0))[:, None, :]
        root = scaled @ axes.transpose(0, 2, 1)
        shocks = rng.standard_normal((draws, *self.log_level.shape))
        found: Floats = np.einsum("ctk,dck->dct", root, shocks)
        found[:, :, [0, -1]] = 0.0  # the censuses are exact
        return found


@takes_panels
def close_smoothed(
    annual: CityPanel,
    census: CityPanel,
    variable: str = "population",
    *,
    model: GrowthModel | GrowthMixture | None = None,
    classes: int = 3,
    censuses: tuple[int, int] = (2010, 2020),
) -> SmoothedClosure:
    """Close an annual series by a state-space smoother with the censuses as exact observations.

    True growth moves slowly (local linear trend with yearly shocks); the annual series, on its
    own base, shows a share of it plus a steady error and noise. See `GrowthModel`.

    Parameters
    ----------
    annual, census, variable, censuses
        As for `close_log_linear`. Cells marked `suspect` or `wrong_concept` are not used.
    model : GrowthModel or GrowthMixture, optional
        By default estimated by maximum likelihood, pooled over cities.
    classes : int
        If estimated: classes of cities whose series miss growth to different degrees. Each
        city's level is averaged over the classes by their probability given its figures.

    Returns
    -------
    SmoothedClosure
        Years after the closing census are carried on as by `close_log_linear`, without standard
        errors.

    Raises
    ------
    DataError
        As for `close_log_linear`.
    SpecError
        Too few cities or years to estimate the model.
    ConvergenceError
        The likelihood has no maximum that the search finds.

    Notes
    -----
    The extrapolation rule: the annual figure of the closing year is not used (it usually is the
    census), and the model itself carries growth over that year, with its uncertainty. How true
    growth was spread over the decade is known only through the assumption that the annual
    series passes on the same share of growth within cities as between them; the standard errors
    hold under it and say nothing about its failing. A class whose series meet the censuses is
    taken at its word, so its standard errors can be next to nothing. Parameters are taken as
    known, and bands are normal with the variance of the mixture. With one class, where some
    series miss much growth and others none, the bands are far too narrow. In the laboratory,
    whose series err in more ways than the model knows, 95 percent bands hold the truth in some
    85 to 93 percent of city-years. What closure cannot tell (see `close_log_linear`) a smoother
    cannot tell either.

    Examples
    --------
    >>> annual = CityPanel.from_long(pd.DataFrame({
    ...     "city": "230400", "year": range(2010, 2021),
    ...     "population": [100.0] * 10 + [80.0]}))
    >>> census = CityPanel.from_long(pd.DataFrame({
    ...     "city": "230400", "year": [2010, 2020], "population": [100.0, 80.0]}))
    >>> stated = GrowthModel(0.0, 0.01, 0.002, 0.003, 0.3, 0.0, 0.005, 0.0, 0.002)
    >>> smooth = close_smoothed(annual, census, model=stated)
    >>> smooth.closure.panel.wide("population").loc["230400", [2010, 2015, 2020]].round(1).tolist()
    [100.0, 89.6, 80.0]
    >>> smooth.std_error.loc["230400", [2010, 2015, 2020]].round(4).tolist()
    [0.0, 0.0056, 0.0]
    """
    figures = read_figures(annual, census, variable, censuses)
    needed = census_needs(figures, censuses) | _annual_needs(figures, censuses)
    usable = np.asarray(np.isfinite(np.column_stack(list(needed.values()))).all(axis=1))
    seen = _seen(figures)
    chosen, likelihood = _model(model, seen[usable], classes)
    log_level = np.full((len(usable), figures.decade), np.nan)
    mean, spread = mixed_levels(chosen, seen[usable])
    start = np.log(figures.opening[usable])[:, None]
    log_level[usable] = np.hstack([start, start + mean])
    how = "given" if model else "maximum likelihood"
    rule = (
        f"close_smoothed({variable}; censuses {censuses[0]}, {censuses[1]}; last year by the "
        f"model; {chosen!r}, {how})"
    )
    closed = carry_on(figures, np.exp(log_level))
    closure = assemble(annual, census, variable, figures, closed, needed, rule)
    covariance = np.zeros((len(mean), figures.decade, figures.decade))
    covariance[:, 1:, 1:] = spread
    table = pd.DataFrame(
        log_level[usable], figures.cities[usable], figures.years[: figures.decade]
    ).rename_axis(columns="year")
    share = pd.DataFrame(memberships(chosen, seen[usable]), table.index)
    return SmoothedClosure(closure, chosen, model is None, likelihood, table, covariance, share)


def smooth_decade(
    series: Floats, model: GrowthModel | GrowthMixture | None = None, classes: int = 3
) -> tuple[Floats, Floats]:
    """Smooth arrays: the closed levels and the standard errors of their logs.

    Parameters
    ----------
    series : ndarray, shape (cities, years)
        Annual figures whose first and last columns are the censuses, as they are published;
        missing cells only between them.
    model : GrowthModel or GrowthMixture, optional
        By default estimated on these figures.
    classes : int
        If estimated, as for `close_smoothed`.

    Returns
    -------
    tuple of ndarray, shape (cities, years)
        Levels in the unit of `series`, standard errors in log points.

    Examples
    --------
    >>> stated = GrowthModel(0.0, 0.01, 0.002, 0.003, 0.3, 0.0, 0.005, 0.0, 0.002)
    >>> levels, errors = smooth_decade(np.array([[100.0, 100.0, 100.0, 94.0]]), stated)
    >>> levels.round(1).tolist(), errors.round(3).tolist()
    ([[100.0, 98.0, 96.0, 94.0]], [[0.0, 0.003, 0.003, 0.0]])
    """
    start = np.log(series[:, :1])
    seen = np.log(series[:, 1:]) - start
    mean, covariance = mixed_levels(_model(model, seen, classes)[0], seen)
    levels = np.hstack([series[:, :1], np.exp(start + mean)])
    levels[:, -1] = series[:, -1]
    variance = np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 0.0)
    return levels, np.hstack([np.zeros_like(start), np.sqrt(variance)])


def _model(
    model: GrowthModel | GrowthMixture | None, seen: Floats, classes: int
) -> tuple[GrowthMixture, float]:
    """The stated parameters, or those of the highest likelihood and that likelihood."""
    if model is None:
        return fit_growth_model(seen, classes)
    if isinstance(model, GrowthModel):
        return GrowthMixture((model,), (1.0,)), float("nan")
    return model, float("nan")


def _annual_needs(figures: Figures, censuses: tuple[int, int]) -> dict[str, Floats]:
    inside = figures.sound[:, 1 : figures.decade - 1].any(axis=1)
    return {
        f"no annual figure {censuses[0]}": figures.raw[:, 0],
        "no sound annual figure between the censuses": np.where(inside, 0.0, np.nan),
    }


def _seen(figures: Figures) -> Floats:
    """Log annual levels since the opening year (sound cells only), then census to census."""
    series = np.where(figures.sound, figures.raw, np.nan)[:, 1 : figures.decade - 1]
    change = np.log(figures.closing / figures.opening)
    seen: Floats = np.column_stack([np.log(series / figures.raw[:, :1]), change])
    return seen
