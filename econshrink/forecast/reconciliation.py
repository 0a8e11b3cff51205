"""Make city, province and national draws add up: MinT, or scaling to given totals."""

from __future__ import annotations

import numpy as np

from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import DataError, Fault, raise_all

NO_PROVINCE = -1  # group of a row that counts for the nation but for no province


def summing_matrix(groups: Ints) -> Floats:
    """Rows: nation, provinces, cities; columns: cities.

    A city of group -1 counts for the nation alone, such as the rest of the nation.
    """
    count = len(groups)
    provinces = np.arange(int(groups.max()) + 1)[:, None] == groups
    return np.vstack([np.ones((1, count)), provinces, np.eye(count)])


def reconcile(
    nation: Floats, provinces: Floats, cities: Floats, groups: Ints, errors: Floats
) -> Floats:
    """MinT: the city figures that add up and move the given ones least, weighted by their errors.

    `nation` (draws,), `provinces` (provinces, draws) and `cities` (cities, draws) are persons,
    forecast each on its own; draw d is one joint future of all rows. `groups` is each city's
    province, -1 for a row that belongs to none, such as the rest of the nation. `errors` are
    variances (rows,) or their covariance, of nation, provinces, cities; a variance of 0 is exact:
    the others give way. The result (cities, draws) is the projection ``S (S' W⁻¹ S)⁻¹ S' W⁻¹`` of
    Wickramasuriya, Athanasopoulos and Hyndman (2019), the same for all draws, in the form that
    needs no inverse of W.

    `DataError`: shapes that do not fit, a province without cities, figures missing or negative,
    errors missing, negative or not symmetric, or results below zero.
    """
    raise_all(DataError, _faults(nation, provinces, cities, groups, errors))
    above = np.vstack([nation[None, :], provinces])
    count = len(above)
    upper = summing_matrix(groups)[:count]
    own, cross, theirs = _blocks(errors, count)
    # b + (W_bb U' - W_ba) (U W_bb U' - U W_ba - W_ab U' + W_aa)^+ (a - U b), a above, b below
    gain = own @ upper.T - cross
    middle = upper @ gain - cross.T @ upper.T + theirs
    result = np.asarray(cities + gain @ (np.linalg.pinv(middle) @ (above - upper @ cities)))
    if not (result >= 0).all():
        seen = f"{int((result < 0).any(axis=1).sum())} cities below zero after reconciliation"
        raise DataError(
            Fault(seen, "persons", "Give small cities smaller variances, or scale instead.")
        )
    return result


def control(cities: Floats, total: Floats) -> Floats:
    """Scale every draw of the cities to a given total, such as the national projection's.

    Raises
    ------
    DataError
        Missing or negative persons; sums or totals that are not above zero.
    """
    raise_all(DataError, _bad_persons({"cities": cities, "total": np.asarray(total)}))
    sums = cities.sum(axis=0)
    if not ((sums > 0).all() and (np.asarray(total) > 0).all()):
        raise DataError(Fault("sums or totals not above zero", "persons", "Check the draws."))
    return np.asarray(cities * (total / sums))


def shrunk_correlation(errors: Floats) -> tuple[Floats, float]:
    """Correlation of few past errors (times, rows), shrunk towards none, and the intensity.

    Errors are taken about zero, not about their mean: a common miss is what is looked for. NaN
    counts as no evidence of correlation. The intensity, the share by which correlations are drawn
    to zero, is the sum of their sampling variances over the sum of their squares (Schäfer and
    Strimmer 2005). `DataError` with fewer than two times: nothing tells correlations from chance.
    """
    errors = np.asarray(errors, dtype=float)
    if errors.ndim != 2 or len(errors) < 2:
        seen = f"errors of shape {errors.shape}"
        raise DataError(Fault(seen, "two past origins or more", "Use variances alone."))
    known = np.isfinite(errors)
    filled = np.where(known, errors, 0.0)
    times = len(errors)
    size = np.sqrt((filled**2).sum(axis=0) / np.maximum(known.sum(axis=0), 1))
    scaled = filled / np.where(size > 0, size, 1.0)
    raw = scaled.T @ scaled / times
    squares = (scaled**2).T @ (scaled**2) / times
    variance = np.maximum(squares - raw**2, 0.0) / (times - 1)
    np.fill_diagonal(variance, 0.0)
    np.fill_diagonal(raw, 0.0)
    strength = float((raw**2).sum())
    intensity = float(min(variance.sum() / strength, 1.0)) if strength > 0 else 1.0
    return (1.0 - intensity) * raw + np.eye(raw.shape[1]), intensity


def pair(draws: Floats, like: Floats) -> Floats:
    """Put draws (m,) in the order of others (n,): the lowest beside the lowest, and so on.

    Two forecasts of one quantity, made apart, then share their luck (Clark and others 2004). If m
    is not n, as many quantiles of the draws are taken.
    """
    raise_all(DataError, _missing({"draws": draws, "draws to pair with": like}))
    ordered = np.sort(draws)
    if len(draws) != len(like):
        ordered = np.quantile(ordered, (np.arange(len(like)) + 0.5) / len(like))
    result = np.empty(len(like))
    result[np.argsort(like, kind="stable")] = ordered
    return result


def _blocks(errors: Floats, count: int) -> tuple[Floats, Floats, Floats]:
    """Covariance among cities, of cities with what is above, and among the latter."""
    if errors.ndim == 1:
        own, theirs = np.diag(errors[count:]), np.diag(errors[:count])
        return own, np.zeros((len(own), count)), theirs
    return errors[count:, count:], errors[count:, :count], errors[:count, :count]


def _faults(
    nation: Floats, provinces: Floats, cities: Floats, groups: Ints, errors: Floats
) -> list[Fault]:
    faults = _bad_persons({"nation": nation, "provinces": provinces, "cities": cities})
    rows = 1 + len(provinces) + len(cities)
    if (
        len(groups) != len(cities)
        or not len(groups)
        or {nation.shape[0], *provinces.shape[1:], *cities.shape[1:]} != {nation.shape[0]}
        or errors.shape not in {(rows,), (rows, rows)}
    ):
        seen = f"{len(provinces)} provinces, {len(cities)} cities, {len(groups)} groups, "
        seen += f"errors of shape {errors.shape}"
        return [*faults, Fault(seen, "one row and variance each, as many draws", "Align them.")]
    held = np.bincount(groups[groups >= 0], minlength=len(provinces))
    if len(held) != len(provinces) or (held == 0).any() or (groups < NO_PROVINCE).any():
        seen = f"{len(provinces)} provinces, cities in groups {np.unique(groups).tolist()}"
        faults.append(Fault(seen, "a city in every province, no other group", "Align them."))
    spread = errors if errors.ndim == 1 else np.diag(errors)
    if not (np.isfinite(errors).all() and (spread >= 0).all()):
        faults.append(Fault("missing or negative variances", "at least 0", "Mend them."))
    elif errors.ndim == 2 and not np.allclose(errors, errors.T, rtol=1e-9, atol=0):
        faults.append(Fault("a covariance that is not symmetric", "a symmetric one", "Mend it."))
    return faults


def _bad_persons(parts: dict[str, Floats]) -> list[Fault]:
    return _missing(parts) + [
        Fault(f"{int((values < 0).sum())} negative draws of {name}", "persons", "Mend them.")
        for name, values in parts.items()
        if (values < 0).any()
    ]


def _missing(parts: dict[str, Floats]) -> list[Fault]:
    return [
        Fault(f"{int((~np.isfinite(values)).sum())} missing {name}", "finite", "Leave them out.")
        for name, values in parts.items()
        if not np.isfinite(values).all()
    ]
