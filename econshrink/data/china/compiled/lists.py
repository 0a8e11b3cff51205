"""Dates of two policies, and a published list of depopulating cities to compare with."""

from __future__ import annotations

import pandas as pd

from econshrink.data.china.store import stored


def load_policy_dates() -> pd.DataFrame:
    """Entry of whole units into two national programmes, confirmed entries only.

    Returns
    -------
    DataFrame
        `policy` (``low_carbon`` pilots, ``resource_exhausted`` cities), `batch`, `city`,
        `listed_as` (``province``: treated through its province), `date` (only the digits a
        document gives: 2008-03, 2009-03-05, 2012), `first_entry` (bool; False marks a later
        listing of a unit already in), `read_in`, `source`.

    Notes
    -----
    Confirmed means that a document naming the unit (or its province) and the batch was read in a
    stored copy, mostly an excerpt. **A unit without a row is not known to be untreated**: see
    `load_policy_unconfirmed`, and some 44 counties and districts *inside* other units are on the
    lists of exhausted resources, ten on those of low carbon. Selection into both was not random.
    Some papers date the third resource batch 2012 and the second low-carbon batch 2013.

    Examples
    --------
    >>> dates = load_policy_dates()
    >>> dates.groupby(["policy", "batch"]).size().tolist()
    [81, 31, 2, 6, 8, 4]
    """
    return stored("policy_dates").astype({"first_entry": bool})


def load_policy_unconfirmed() -> pd.DataFrame:
    """Units said to be in a programme, without a document: neither treated nor clean controls.

    Returns
    -------
    DataFrame
        `policy`, `city`.

    Examples
    --------
    >>> load_policy_unconfirmed()["policy"].value_counts().to_dict()
    {'low_carbon': 26, 'resource_exhausted': 7}
    """
    return stored("policy_unconfirmed")


def load_published_lists() -> pd.DataFrame:
    """Depopulation as published elsewhere, a second opinion and not a truth.

    Returns
    -------
    DataFrame
        `city`, `list` (``depopulation_pm_281``: 281 cities behind figure 1 of "Lower particulate
        pollution and mortality burden associated with urban depopulation across Chinese cities"),
        `growth_2010_2020` (fraction), `ever_depopulating` (bool, the authors' mark for any year
        2011-2020), `status`, `reason`.

    Notes
    -----
    Fourteen rows differ by more than three points from `load_census` for want of a boundary
    adjustment (in Xi'an it is ours that is overstated) and are `suspect`; four of them have the
    other sign. Look up authors and journal before citing.

    Examples
    --------
    >>> listed = load_published_lists()
    >>> len(listed), int(listed["ever_depopulating"].sum())
    (281, 59)
    """
    return stored("published_lists").astype({"ever_depopulating": bool})
