"""``econshrink cox``: proportional hazards from a formula."""

from __future__ import annotations

import argparse

from econshrink.cli.covariances import SURVIVAL_WORDS, add_vcov, survival_vcov_of
from econshrink.cli.estimates import emit_estimate
from econshrink.cli.output import add_output
from econshrink.cli.spells import add_spells, spells_and_model

NAME = "cox"
HELP = "fit a proportional hazards model to durations or rows at risk"
EXAMPLES = (
    'cox "percent_65_plus + log_population + strata(region)" --vcov cluster:province',
    'cox "Surv(week, arrest) ~ fin + age" --data rossi.csv',
    'cox "x + C(trade)" --data firms.dta --duration years --event closed --unit firm',
)
TIES = ("efron", "breslow", "exact")


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_spells(parser)
    parser.add_argument("--ties", choices=TIES, default=TIES[0], help="default: efron")
    add_vcov(parser, SURVIVAL_WORDS, "iid")
    add_output(parser)


def run(options: argparse.Namespace) -> int:
    """Fit and print."""
    from econshrink import fit_cox  # noqa: PLC0415
    from econshrink.survival import Breslow, Efron, Exact  # noqa: PLC0415

    ties: dict[str, Efron | Breslow | Exact] = {
        "efron": Efron(),
        "breslow": Breslow(),
        "exact": Exact(),
    }
    spells, model = spells_and_model(options)
    found = fit_cox(
        spells,
        list(model.covariates),
        ties=ties[options.ties],
        strata=list(model.strata) or None,
        offset=model.offset,
        vcov=survival_vcov_of(options.vcov, spells, "iid"),
    )
    emit_estimate(options, found)
    return 0
