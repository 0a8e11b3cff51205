"""``econshrink reconcile``: the same regression by other packages, and why errors differ."""

from __future__ import annotations

import argparse

from econshrink.cli.commands import fit
from econshrink.cli.covariances import add_vcov
from econshrink.cli.estimates import tree
from econshrink.cli.figures import add_data
from econshrink.cli.output import add_output, emit, records

NAME = "reconcile"
HELP = "fit a regression, repeat it with other packages and say why errors differ"
EXAMPLES = (
    'reconcile "np.log(gdp_nominal) ~ np.log(built_up_km2) | city + year"',
    'reconcile "y ~ x | firm + year" --data firms.csv --unit firm --time year --vcov robust',
)


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    fit.add_model(parser)
    add_vcov(parser)
    add_data(parser)
    add_output(parser)


def run(options: argparse.Namespace) -> int:
    """Fit, compare and print; 1 if a difference is left unexplained."""
    from econshrink import reconcile  # noqa: PLC0415
    from econshrink.core.errors import Fault, SpecError  # noqa: PLC0415

    estimate, panel = fit.fitted(options)
    if isinstance(estimate, dict):
        seen = f"{len(estimate)} models in '{options.formula}'"
        raise SpecError(Fault(seen, "one model", "Give them one at a time."))
    found = reconcile(estimate, panel)
    emit(
        options,
        lambda: str(found),
        lambda: {
            "estimate": tree(estimate),
            "explained": found.explained,
            "packages": list(found.others),
            "ratios": records(found.table),
            "rules": records(found.rules),
            "reasons": list(found.reasons),
        },
        lambda: found.table,
    )
    return 0 if found.explained or not found.others else 1
