"""``econshrink hazard``: the probability of an event in each period, from a formula."""

from __future__ import annotations

import argparse

from econshrink.cli.covariances import SURVIVAL_WORDS, add_vcov, survival_vcov_of
from econshrink.cli.estimates import emit_estimate
from econshrink.cli.output import add_output
from econshrink.cli.spells import add_spells, spells_and_model

NAME = "hazard"
HELP = "fit the probability of an event in each period (discrete time)"
EXAMPLES = (
    'hazard "percent_65_plus + log_population" --duration-terms log --vcov cluster:province',
    'hazard "Surv(years, closed) ~ x" --data firms.csv --split 1 --link logit',
)
LINKS = ("cloglog", "logit")
DEGREES = {"none": 0, "linear": 1, "quadratic": 2, "cubic": 3}
TERMS = ("dummies", "log", *DEGREES)


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_spells(parser)
    parser.add_argument("--link", choices=LINKS, default=LINKS[0], help="default: cloglog")
    parser.add_argument(
        "--duration-terms",
        choices=TERMS,
        default=TERMS[0],
        help="how the hazard depends on time at risk (default: a dummy for each period)",
    )
    parser.add_argument(
        "--split", type=float, metavar="WIDTH", help="first cut durations into periods of WIDTH"
    )
    add_vcov(parser, SURVIVAL_WORDS)
    add_output(parser)


def run(options: argparse.Namespace) -> int:
    """Fit and print."""
    from econshrink.core.errors import Fault, SpecError  # noqa: PLC0415
    from econshrink.survival import (  # noqa: PLC0415
        Cloglog,
        DurationDummies,
        DurationLog,
        DurationPolynomial,
        Logit,
        fit_discrete_hazard,
        split_periods,
    )

    terms: dict[str, DurationDummies | DurationLog | DurationPolynomial] = {
        "dummies": DurationDummies(),
        "log": DurationLog(),
        **{name: DurationPolynomial(degree) for name, degree in DEGREES.items()},
    }
    spells, model = spells_and_model(options)
    if model.strata:
        seen = f"strata({', '.join(model.strata)}) in a hazard by period"
        remedy = "Write C(g) for an intercept a group."
        raise SpecError(Fault(seen, "covariates", remedy))
    if options.split is not None:
        spells = split_periods(spells, options.split)
    found = fit_discrete_hazard(
        spells,
        list(model.covariates),
        link=Cloglog() if options.link == "cloglog" else Logit(),
        duration=terms[options.duration_terms],
        offset=model.offset,
        vcov=survival_vcov_of(options.vcov, spells, "cluster"),
    )
    emit_estimate(options, found)
    return 0
