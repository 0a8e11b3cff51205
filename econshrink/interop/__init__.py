"""Among the others: results of other packages as nouns, and why they differ from ours.

What comes in: fitted results of linearmodels, statsmodels, pyfixest or lifelines, or our own; what
goes out: an `Estimate` or a `Curve`, and an account of every difference.
"""

from typing import TYPE_CHECKING

from econshrink.core.lazy import namespace

if TYPE_CHECKING:
    from econshrink.interop.adapting import as_estimate as as_estimate
    from econshrink.interop.lifelines_results import from_lifelines as from_lifelines
    from econshrink.interop.linearmodels_results import from_linearmodels as from_linearmodels
    from econshrink.interop.pyfixest_results import from_pyfixest as from_pyfixest
    from econshrink.interop.reconciliation import (
        Reconciliation as Reconciliation,
        reconcile as reconcile,
    )
    from econshrink.interop.statsmodels_results import from_statsmodels as from_statsmodels

__getattr__, __dir__ = namespace(__name__, __file__)
