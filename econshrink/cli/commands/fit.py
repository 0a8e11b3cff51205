"""``econshrink fit``: a panel regression from a formula."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from econshrink.cli.covariances import PLACES, add_vcov, names_in, vcov_of
from econshrink.cli.estimates import emit_estimate
from econshrink.cli.figures import add_data, panel_of
from econshrink.cli.output import add_output

if TYPE_CHECKING:
    from econshrink.nouns.panel import CityPanel

NAME = "fit"
HELP = "fit a panel regression: effects after |, instruments in brackets"
EXAMPLES = (
    'fit "np.log(gdp_nominal) ~ np.log(built_up_km2) | city + year"',
    'fit "y ~ x + z | firm + year" --data firms.dta --unit firm --time year --vcov robust',
    'fit "y ~ x + [price ~ cost] | firm" --data firms.csv --unit firm --time year',
    'fit "moves ~ wage | town + year" --poisson --data towns.xlsx --unit town --time year',
)


def add(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_model(parser)
    add_vcov(parser)
    add_data(parser)
    add_output(parser)


def add_model(parser: argparse.ArgumentParser) -> None:
    """A formula, and what it may need beside itself."""
    parser.add_argument("formula", help='such as "y ~ x + C(g) + lag(z) | unit + year"')
    parser.add_argument("--poisson", action="store_true", help="Poisson pseudo-maximum likelihood")
    parser.add_argument("--weights", metavar="COLUMN", help="analytic weights")


def run(options: argparse.Namespace) -> int:
    """Fit and print."""
    emit_estimate(options, fitted(options)[0])
    return 0


def fitted(options: argparse.Namespace) -> tuple[Any, CityPanel]:
    """The estimate of a formula, or a dict of several, and the panel it was fitted on."""
    from econshrink import fit_fe, fit_iv, fit_poisson, load_china  # noqa: PLC0415
    from econshrink.panel import fit_pooled  # noqa: PLC0415
    from econshrink.panel.design.entrance import enter  # noqa: PLC0415
    from econshrink.tables import read_formula  # noqa: PLC0415

    model = read_formula(options.formula, categorical=lambda _: True)[0]
    places = PLACES if options.data else ("lat", "lon")  # as load_units calls them
    vcov = vcov_of(options.vcov, places)
    named = (options.formula, options.weights or "", names_in(options.vcov), *places)
    panel = panel_of(options, load_china, named)
    if options.poisson:
        found, spec, option = enter(panel, options.formula, vcov, weights=options.weights)
        return fit_poisson(found, spec, option), panel
    verb: Callable[..., Any] = fit_fe if model.spec.absorb else fit_pooled
    if model.instruments:
        verb = fit_iv
    return verb(panel, options.formula, vcov=vcov, weights=options.weights), panel
