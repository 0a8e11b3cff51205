"""HypothesisTest: a statistic with its reference distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass

from econshrink.nouns.show.page import Page
from econshrink.nouns.show.regressions import test_page
from econshrink.nouns.show.shown import Shown
from econshrink.nouns.storage import register


@register
@dataclass(frozen=True, repr=False)
class HypothesisTest(Shown):
    """A test statistic with its reference distribution.

    Parameters
    ----------
    name : str
    null : str
        The hypothesis in words.
    statistic : float
    df : float
        Degrees of freedom of the chi-squared (or t) law; ``nan`` where there are none: a standard
        normal statistic, or one compared with its own draws.
    p_value : float
    note : str
        What a reader must know.

    Examples
    --------
    >>> HypothesisTest("J", "valid", 3.84, 1.0, 0.05).rejects(0.10)
    True
    """

    name: str
    null: str
    statistic: float
    df: float
    p_value: float
    note: str = ""

    def rejects(self, size: float = 0.05) -> bool:
        """Tell whether a test of this size rejects the null; never if there is no p-value."""
        return not math.isnan(self.p_value) and self.p_value <= size

    def _page(self) -> Page:
        return test_page(self)
