"""How the commands that fit something hand it over."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from econshrink.cli.output import emit, records

if TYPE_CHECKING:
    import pandas as pd

    from econshrink.nouns.estimate import Estimate


def emit_estimate(options: argparse.Namespace, found: Estimate | dict[str, Estimate]) -> None:
    """One estimate as it prints itself, several side by side."""
    if isinstance(found, dict):
        several = found
        trees = {formula: tree(one) for formula, one in several.items()}
        emit(options, lambda: _side_by_side(several), lambda: trees, lambda: _stacked(several))
        return
    emit(options, lambda: str(found), lambda: tree(found), found.tidy)


def tree(found: Estimate) -> dict[str, Any]:
    """An estimate for machines that know nothing of ours."""
    return {
        "method": found.method,
        "nobs": found.nobs,
        "covariance": found.vcov_label,
        "small_sample": found.small_sample,
        "clusters": found.clusters,
        "coefficients": records(found.tidy()),
        "stats": found.stats,
        "notes": list(found.notes),
        "synthetic": found.synthetic,
    }


def _stacked(several: dict[str, Estimate]) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415

    return pd.concat({formula: one.tidy() for formula, one in several.items()}, names=["formula"])


def _side_by_side(several: dict[str, Estimate]) -> str:
    from econshrink import compare  # noqa: PLC0415

    listed = [f"({place}) {formula}" for place, formula in enumerate(several, start=1)]
    return "\n".join([str(compare(*several.values())), *listed])
