"""Size classes of Chinese cities by urban residents."""

from __future__ import annotations

import numpy as np
import pandas as pd

SIZE_CLASSES = (
    "small",  # 小城市
    "medium",  # 中等城市
    "large II",  # II型大城市
    "large I",  # I型大城市
    "very large",  # 特大城市
    "super-large",  # 超大城市
)
SIZE_LIMITS = (0.5e6, 1e6, 3e6, 5e6, 10e6)


def size_classes(urban: pd.Series) -> pd.Series:
    """Class of each city by its urban residents; a figure at a limit belongs to the class above.

    The standard counts residents of the built-up city proper. Urban residents of a whole
    prefecture-level unit, which include its county towns, put a unit too high: say which
    figure was used.

    Parameters
    ----------
    urban : Series
        City -> urban residents, persons.

    Returns
    -------
    Series
        City -> one of `SIZE_CLASSES`, missing where the figure is.

    Source: State Council, 国发〔2014〕51号.

    Examples
    --------
    >>> size_classes(pd.Series([499_999, 500_000, 2e6, 21_000_000])).tolist()
    ['small', 'medium', 'large II', 'super-large']
    """
    known = urban.notna()
    place = np.digitize(urban.where(known, 0.0).to_numpy(dtype=float), SIZE_LIMITS)
    names = pd.Series(np.array(SIZE_CLASSES)[place], index=urban.index, dtype="str")
    return names.where(known).rename("size_class")
