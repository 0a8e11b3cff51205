"""The specifications on published annual growth that several exhibits use."""

from econshrink.core.terms import label

YEARS = range(2011, 2020)  # 2020 is dropped: the census rebased it
ECONOMY = ("lag_real_growth", "lag_secondary_share")
TWO_WAY = ("city", "year")
NAMES = {name: label(name) for name in ("growth", *ECONOMY)}
