"""Anything that holds estimates, as an `Estimate`."""

from __future__ import annotations

from typing import Any

from econshrink.core.errors import DataError, Fault
from econshrink.interop.lifelines_results import from_lifelines
from econshrink.interop.linearmodels_results import from_linearmodels
from econshrink.interop.pyfixest_results import from_pyfixest
from econshrink.interop.statsmodels_results import from_statsmodels
from econshrink.nouns.estimate import Estimate

_ADAPTERS = {
    "linearmodels": from_linearmodels,
    "statsmodels": from_statsmodels,
    "pyfixest": from_pyfixest,
    "lifelines": from_lifelines,
}


def as_estimate(result: Any, where: str = "") -> Estimate:
    """An `Estimate` as it is, a result that holds one, or a fitted result of another package.

    Parameters
    ----------
    result : Estimate, a result with ``.estimate``, or a result of linearmodels, statsmodels, \
pyfixest or lifelines
    where : str
        Place of the result, for the message.

    Returns
    -------
    Estimate

    Raises
    ------
    DataError
        Anything else.

    Examples
    --------
    >>> as_estimate("a table")
    Traceback (most recent call last):
      ...
    econshrink.core.errors.DataError: saw a str; expected an Estimate or a fitted result of
    linearmodels, statsmodels, pyfixest, lifelines. Pass the fitted model itself.
    """
    if isinstance(result, Estimate):
        return result
    inner = getattr(result, "estimate", None)
    if isinstance(inner, Estimate):
        return inner
    for kind in type(result).__mro__:
        adapter = _ADAPTERS.get(kind.__module__.split(".")[0])
        if adapter is None:
            continue
        found = adapter(result)
        if isinstance(found, Estimate):
            return found
        break
    known = ", ".join(_ADAPTERS)
    raise DataError(
        Fault(
            f"a {type(result).__name__}",
            f"an Estimate or a fitted result of {known}",
            "Pass the fitted model itself.",
            where,
        )
    )
