"""The estimates behind every row of tests/reference/panel.csv: what other programs print.

`MODELS` maps the (data set, model, convention) of the table to a function that returns our numbers
as {(quantity, term): value}; a convention that ends in … is a prefix, an empty one means any.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from functools import cache

from analyses.methods.references.panel_data import (
    FOLDER,
    Numbers,
    coefficients,
    generated_fe,
    grunfeld,
    grunfeld_fe,
)
from analyses.methods.references.panel_gmm import ab_one, ab_two, bb_one, bb_two
from econshrink import Clustered, DriscollKraay, Estimate, Heteroskedastic, Iid, NeweyWest, Spec
from econshrink.inference import BeckKatz
from econshrink.panel import (
    Amemiya,
    Nerlove,
    SwamyArora,
    VarianceComponents,
    WallaceHussain,
    fit_between,
    fit_fd,
    fit_pooled,
    fit_re,
    hausman,
)

PLAIN = Spec("inv", ("value", "capital"))


def _named(estimate: Estimate) -> Numbers:
    stats = estimate.stats
    return coefficients(estimate) | {
        ("sigma2 idiosyncratic", ""): stats["sigma2_idiosyncratic"],
        ("sigma2 individual", ""): stats["sigma2_city"],
        ("theta", ""): stats["theta_max"],
    }


def _random(components: VarianceComponents) -> Callable[[], Numbers]:
    return lambda: _named(fit_re(grunfeld(), PLAIN, Iid(), components))


def _hausman() -> Numbers:
    test = hausman(grunfeld(), PLAIN)
    assert test.df == 2
    return {("chi2(2)", ""): test.statistic, ("p", ""): test.p_value}


_FIRM, _GEN = "within (firm)", "within (city and year), x1..x8"
_BOTH = ("city", "year")
_ABG, _BBG = "Arellano-Bond difference GMM", "Blundell-Bond system GMM"
MODELS: dict[tuple[str, str, str], Callable[[], Numbers]] = {
    ("empluk", _ABG, "two-step; …"): ab_two,
    ("empluk", _ABG, "one-step; …"): ab_one,
    ("empluk", _BBG, "one-step; …"): bb_one,
    ("empluk", _BBG, "two-step; …"): bb_two,
    ("grunfeld", _FIRM, "classical"): grunfeld_fe("city", Iid()),
    ("grunfeld", "within (firm and year)", "classical"): grunfeld_fe("city + year", Iid()),
    ("grunfeld", _FIRM, "cluster by firm, no factor (Arellano HC0)"): grunfeld_fe(
        "city", Clustered("city", "none")
    ),
    ("grunfeld", _FIRM, "cluster by firm, factor N/(N-k)=200/198 (Arellano HC1)"): grunfeld_fe(
        "city", Clustered("city", "linearmodels")
    ),
    ("grunfeld", _FIRM, "cluster by firm, factor G/(G-1)*(N-1)/(N-k)=(10/9)*(199/198)"): (
        grunfeld_fe("city", Clustered("city", "fixest_none"))
    ),
    ("grunfeld", _FIRM, "White, no factor"): grunfeld_fe("city", Heteroskedastic("HC0")),
    ("grunfeld", _FIRM, "White, factor 200/198"): grunfeld_fe(
        "city", Heteroskedastic("HC1", "linearmodels_slopes")
    ),
    ("grunfeld", "pooled OLS", "classical"): lambda: coefficients(
        fit_pooled(grunfeld(), PLAIN, Iid())
    ),
    ("grunfeld", "between", "classical"): lambda: coefficients(
        fit_between(grunfeld(), PLAIN, Iid())
    ),
    ("grunfeld", "first difference with constant", "classical"): lambda: coefficients(
        fit_fd(grunfeld(), PLAIN, Iid())
    ),
    ("grunfeld", "first difference without constant", "classical"): lambda: coefficients(
        fit_fd(grunfeld(), PLAIN, Iid(), constant=False)
    ),
    ("grunfeld", "random effects, Swamy-Arora", "classical"): _random(SwamyArora()),
    ("grunfeld", "random effects, Wallace-Hussain", "classical"): _random(WallaceHussain()),
    ("grunfeld", "random effects, Amemiya", "classical"): _random(Amemiya()),
    ("grunfeld", "random effects, Nerlove", "classical"): _random(Nerlove()),
    ("grunfeld", "Hausman (within v Swamy-Arora)", "classical vcov difference"): _hausman,
    ("grunfeld", _FIRM, "Driscoll-Kraay, Bartlett weights 1-l/3, maxlag 2, no factor"): (
        grunfeld_fe("city", DriscollKraay(2, "none"))
    ),
    ("grunfeld", _FIRM, "panel Newey-West, Bartlett weights 1-l/3, maxlag 2, no factor"): (
        grunfeld_fe("city", NeweyWest(2, "none"))
    ),
    ("generated300", _GEN, "Driscoll-Kraay by year, default lag, fixest"): generated_fe(
        DriscollKraay(2, "fixest")
    ),
    # pyfixest counts every absorbed effect in K
    ("generated300", _GEN, "Driscoll-Kraay, default lag, pyfixest"): generated_fe(
        DriscollKraay(2, "fixest_full")
    ),
    ("generated300", _GEN, "Driscoll-Kraay lag 3, pyfixest"): generated_fe(
        DriscollKraay(3, "fixest_full")
    ),
    ("generated300", _GEN, "kernel bartlett, default bandwidth, PanelOLS"): generated_fe(
        DriscollKraay(None, "linearmodels")
    ),
    ("generated300", _GEN, "Newey-West lag 3, fixest"): generated_fe(NeweyWest(3, "fixest")),
    ("generated300", _GEN, "Newey-West lag 3, pyfixest"): generated_fe(NeweyWest(3, "fixest_full")),
    (
        "grunfeld",
        _FIRM,
        "two-way cluster firm and year, V_firm+V_year-V_white, no factor",
    ): grunfeld_fe("city", Clustered(_BOTH, "none")),
    ("grunfeld", _FIRM, "Beck-Katz PCSE"): grunfeld_fe("city", BeckKatz("city")),
    ("generated300", _GEN, "estimate"): generated_fe(Iid()),
    ("generated300", _GEN, "CRV1 city, fixest default G/(G-1)*(N-1)/(N-28)"): generated_fe(
        Clustered("city", "fixest")
    ),
    ("generated300", _GEN, "CRV1 city, no factor"): generated_fe(Clustered("city", "none")),
    ("generated300", _GEN, "CRV1 city, N/(N-k)=6000/5992"): generated_fe(
        Clustered("city", "linearmodels_slopes")
    ),
    ("generated300", _GEN, "CRV1 city, G/(G-1)*(N-1)/(N-k)"): generated_fe(
        Clustered("city", "fixest_none")
    ),
    ("generated300", _GEN, "CRV1 city, N/(N-K_full)=6000/5673"): generated_fe(
        Clustered("city", "linearmodels")
    ),
    ("generated300", _GEN, "CRV1 city, N/(N-319)=6000/5681"): generated_fe(
        Clustered("city", "linearmodels_effects")
    ),
    # the table's label says N; its number is (N-1), which group_debias contains
    ("generated300", _GEN, "CRV1 city, G/(G-1)*N/(N-319)"): generated_fe(
        Clustered("city", "linearmodels_effects_group")
    ),
    ("generated300", _GEN, "CRV1 city, G/(G-1)*(N-1)/(N-327)"): generated_fe(
        Clustered("city", "fixest_full")
    ),
    ("generated300", _GEN, "iid"): generated_fe(Iid()),
    ("generated300", _GEN, "HC1"): generated_fe(Heteroskedastic("HC1")),
    ("generated300", _GEN, "two-way cluster city and year, G_df min"): generated_fe(
        Clustered(_BOTH, "fixest")
    ),
    ("generated300", _GEN, "two-way cluster city and year, conventional"): generated_fe(
        Clustered(_BOTH, "fixest_conventional")
    ),
    ("generated300", _GEN, "two-way cluster city and year, PanelOLS"): generated_fe(
        Clustered(_BOTH, "linearmodels")
    ),
    ("generated300", "within (city and year), x1 only", ""): generated_fe(Clustered(), "x1"),
    ("generated300", "within (city and province-year), x1 only", ""): generated_fe(
        Clustered(), "x1", "city + province^year"
    ),
}


def rows() -> tuple[dict[str, str], ...]:
    """The table of references, a dict a row."""
    return tuple(csv.DictReader((FOLDER / "panel.csv").read_text("utf-8").splitlines()))


def key_of(row: Mapping[str, str]) -> tuple[str, str, str]:
    """The entry of `MODELS` that a row belongs to; an error if there is not exactly one."""
    found = []
    for dataset, model, convention in MODELS:
        prefix = convention.removesuffix("…")
        exact = convention in {"", row["convention"]}
        prefixed = prefix != convention and row["convention"].startswith(prefix)
        if (row["dataset"], row["model"]) == (dataset, model) and (exact or prefixed):
            found.append((dataset, model, convention))
    assert len(found) == 1, f"{len(found)} functions for {row}"
    return found[0]


@cache
def _numbers(key: tuple[str, str, str]) -> Numbers:
    return MODELS[key]()


def ours(row: Mapping[str, str]) -> float:
    """Our number for a row."""
    return float(_numbers(key_of(row))[row["quantity"], row["term"]])


def tolerance(row: Mapping[str, str]) -> tuple[float, float]:
    """Relative and absolute tolerance that a row states."""
    text = row["tolerance_note"]
    if text.startswith("atol"):
        return 0.0, float(text.split()[1].rstrip(";"))
    if text.startswith("depends on dummy parametrisation"):
        return 1e-8, 0.0  # ours is that of plm
    if text.startswith("rtol"):
        return float(text.split()[1].rstrip(";")), 0.0
    raise AssertionError(f"no tolerance in {text!r}")
