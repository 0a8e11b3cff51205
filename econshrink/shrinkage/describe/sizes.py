"""Size classes of cities by urban residents."""

from __future__ import annotations

import numpy as np
import pandas as pd

from econshrink.core.errors import Fault, SpecError
from econshrink.nouns.country import CHINA, Country


def size_classes(urban: pd.Series, country: Country = CHINA) -> pd.Series:
    """Class of each city by its urban residents; a figure at a limit belongs to the class above.

    China's standard counts residents of the built-up city proper. Urban residents of a whole
    prefecture-level unit, which include its county towns, put a unit too high: say which
    figure was used.

    Parameters
    ----------
    urban : Series
        City -> urban residents, persons.
    country : Country
        Whose `size_classes` and `size_limits`; China's by default.

    Returns
    -------
    Series
        City -> one of the country's classes, missing where the figure is.

    Raises
    ------
    SpecError
        A country without size classes.

    Source of China's: State Council, 国发〔2014〕51号.

    Examples
    --------
    >>> size_classes(pd.Series([499_999, 500_000, 2e6, 21_000_000])).tolist()
    ['small', 'medium', 'large II', 'super-large']
    """
    if not country.size_classes:
        seen = "a country without size classes"
        remedy = 'Write Country(size_classes=("town", "city"), size_limits=(50_000,)).'
        raise SpecError(Fault(seen, "classes and their limits", remedy))
    known = urban.notna()
    place = np.digitize(urban.where(known, 0.0).to_numpy(dtype=float), country.size_limits)
    names = pd.Series(np.array(country.size_classes)[place], index=urban.index, dtype="str")
    return names.where(known).rename("size_class")
