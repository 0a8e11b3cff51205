"""Where an estimate comes from: digest of the figures and versions of the software."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import version

import numpy as np
import scipy

from econshrink.nouns.panel import CityPanel


def provenance(panel: CityPanel) -> dict[str, str]:
    """Digest and source of the figures, versions of what computed the numbers.

    Returns text to text.

    Examples
    --------
    >>> import pandas as pd
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": ["110000", "110000", "120000", "120000"], "year": [2010, 2011] * 2,
    ...     "y": [1.0, 2.0, 4.0, 3.0], "x": [0.0, 1.0, 1.0, 3.0]}))
    >>> sorted(provenance(panel))[:2]
    ['data_digest', 'econshrink']
    """
    named = {"unit": panel.unit, "time": panel.time}
    own = {} if tuple(named.values()) == ("city", "year") else named
    return own | {
        "data_digest": panel.digest(),
        "source": panel.source,
        "econshrink": _own_version(),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "python": platform.python_version(),
    }


@cache
def _own_version() -> str:
    """Read once: looking it up costs more than a small regression."""
    return version("econshrink")
