"""What a simple rule got wrong before: the errors that give its forecast a distribution.

A point rule says nothing about uncertainty. We apply the same rule at an earlier origin, look at
where a later census found the cities, and resample those errors, kept apart by component
(nation, province, city) so that the *number* of shrinking cities is not made far too certain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from econshrink.arrays import Floats
from econshrink.errors import DataError, Fault


@dataclass(frozen=True)
class ErrorRecord:
    """Log errors of a rule (truth minus forecast) at one origin and horizon.

    Parameters
    ----------
    origin, horizon : int
        The forecast started in `origin` and was scored `horizon` years later.
    errors : Series
        City to log error.
    groups : Series
        City to province.
    """

    origin: int
    horizon: int
    errors: pd.Series
    groups: pd.Series

    def __post_init__(self) -> None:
        clean = self.errors.dropna()
        if len(clean) < 2 or self.horizon < 1:
            raise DataError(
                Fault(
                    f"{len(clean)} scored cities at horizon {self.horizon}",
                    "at least two cities and one year",
                    "Score the rule where both forecast and truth exist.",
                )
            )
        object.__setattr__(self, "errors", clean)
        object.__setattr__(self, "groups", self.groups.reindex(clean.index))

    @property
    def common(self) -> float:
        """Mean error: what the nation as a whole did to the rule."""
        return float(self.errors.mean())

    @property
    def group_parts(self) -> Floats:
        """Province means about the common error, one a province."""
        return (self.errors.groupby(self.groups).mean() - self.common).to_numpy()

    @property
    def city_parts(self) -> Floats:
        """City errors about their province's mean, scaled for the mean that was taken out."""
        sizes = self.errors.groupby(self.groups).transform("size")
        parts = self.errors - self.errors.groupby(self.groups).transform("mean")
        many = sizes > 1
        return (parts[many] * np.sqrt(sizes[many] / (sizes[many] - 1))).to_numpy()

    def spread(self) -> float:
        """Root mean square error."""
        return float(np.sqrt((self.errors**2).mean()))


def growth_exponent(short: ErrorRecord, long: ErrorRecord) -> float:
    """Power of the horizon with which errors grow between two records.

    Returns
    -------
    float
        ``ln(rms_long / rms_short) / ln(h_long / h_short)``, kept between 0.5 (independent
        yearly shocks) and 1 (an error in the growth rate itself).
    """
    if long.horizon <= short.horizon:
        raise DataError(
            Fault(
                f"horizons {short.horizon} and {long.horizon}",
                "a shorter and a longer one",
                "Give the shorter record first.",
            )
        )
    raw = np.log(long.spread() / short.spread()) / np.log(long.horizon / short.horizon)
    return float(np.clip(raw, 0.5, 1.0))


def draw_errors(
    record: ErrorRecord,
    groups: pd.Series,
    horizons: Floats,
    exponent: float,
    draws: int,
    generator: np.random.Generator,
) -> Floats:
    """Joint log errors for cities × horizons × draws.

    One draw holds one national error (the record's mean with a random sign: one origin cannot
    tell more), one error a province and one a city, resampled from the record's parts; each
    grows with ``(h / record.horizon) ** exponent``.

    Parameters
    ----------
    record : ErrorRecord
    groups : Series
        City to province, for the cities to be forecast.
    horizons : ndarray, shape (cities, h)
        Years ahead of each city's last figure.
    exponent : float
    draws : int
    generator : numpy.random.Generator

    Returns
    -------
    ndarray, shape (cities, h, draws)
    """
    codes, names = pd.factorize(groups, sort=True)
    nation = record.common * generator.choice([-1.0, 1.0], size=draws)
    province = generator.choice(record.group_parts, size=(len(names), draws))
    city = generator.choice(record.city_parts, size=(len(groups), draws))
    total = nation + province[codes] + city
    scale = (np.asarray(horizons, dtype=float) / record.horizon) ** exponent
    return np.asarray(total[:, None, :] * scale[:, :, None])
