"""The main regressions once more by linearmodels and statsmodels, and why their errors differ."""

from __future__ import annotations

import pandas as pd

from analyses.machinery.exhibit import Column, Exhibit
from analyses.machinery.workspace import Workspace
from analyses.shared.sample_evidence import evidence_panel
from analyses.shared.samples import growth_panel
from analyses.shared.specs_annual import ECONOMY, TWO_WAY, YEARS
from analyses.shared.specs_evidence import BY_PROVINCE, SAMPLES, primary
from econshrink import CityPanel, Clustered, DataError, Estimate, Fault, Spec, fit_fe
from econshrink.interop import Reconciliation, reconcile

PACKAGES = ("linearmodels", "statsmodels")
SAME = 1e-8
RATIOS = {
    "coefficient": "Coefficient",
    "error": "Standard error",
    "rule": "Rules say",
    "left": "Left",
}
OPINION = Exhibit(
    "methods_opinion",
    "The main regressions by other packages: their numbers over ours",
    "methods.opinion.{row}.{column}",
    (
        Column("label", "Package"),
        Column("nobs", "n", "d", "count", "rows"),
        Column("terms", "Terms", "d", "count", "coefficients"),
        *(Column(name, title, ".4f", "estimate") for name, title in RATIOS.items()),
        Column("agree", "Agree", "d", "count", "coefficients"),
    ),
    group="regression",
)


def run(work: Workspace) -> None:
    """Fit each regression, ask the other packages, tabulate ratios."""
    frames = []
    for key, (title, fit, data) in _regressions().items():
        found = reconcile(fit, data)
        missing = [name for name in PACKAGES if name not in found.others]
        if missing:
            seen, expected = f"no answer of {', '.join(missing)}", "a fit of each package"
            raise DataError(Fault(seen, expected, "; ".join(found.reasons), title))
        frames.append(_lines(key, title, found))
    work.exhibit(
        OPINION,
        pd.concat(frames),
        (
            "Each regression on the same rows by linearmodels and statsmodels, errors clustered as "
            "ours. Coefficient and standard error: the mean over terms of theirs over ours. Rules "
            "say: what the two named small-sample factors make of the errors. Left: the error "
            "ratio over what the rules say; one if they explain all of it. Agree: terms whose "
            "coefficient, and whose error once the rules are allowed for, differ by less than "
            f"{SAME:g} of ours.",
            "The packages differ in how they count absorbed effects that are nested in clusters; "
            "our errors follow the convention of fixest.",
        ),
    )
    for name in ("terms", "agree"):
        total = sum(int(frame[name].sum()) for frame in frames)
        work.count(f"methods.opinion.{name}", total, "coefficients", OPINION.name)


def _regressions() -> dict[str, tuple[str, Estimate, CityPanel]]:
    """The joint regression, its placebo and the yearly panel, with what they were fitted on."""
    panel, growth = evidence_panel(), growth_panel().select(years=YEARS)
    found = {}
    for sample, persistence in SAMPLES.items():
        for outcome, title in (
            ("migration", "Net migration 2010–20"),
            ("natural", "Natural change 2010–20"),
            (persistence, "Growth 2000–10, the placebo"),
        ):
            fit = fit_fe(panel, primary(outcome, persistence), BY_PROVINCE)
            name = "placebo" if outcome == persistence else outcome
            found[f"{sample}.{name}"] = (f"{title}, {fit.nobs} units", fit, panel)
    yearly = fit_fe(growth, Spec("growth", ECONOMY, TWO_WAY), Clustered("city"))
    return found | {"yearly": ("Yearly growth 2011–19, unit and year effects", yearly, growth)}


def _lines(key: str, title: str, found: Reconciliation) -> pd.DataFrame:
    names = [f"{name}_ratio" for name in ("coefficient", "error", "rule")]
    rows = []
    for package in PACKAGES:
        table = found.table[found.table["package"] == package]
        means = [float(table[name].mean()) for name in [*names, "left"]]
        near = (table[["coefficient_ratio", "left"]] - 1).abs().lt(SAME).all(axis=1)
        rows.append((package, found.estimate.nobs, len(table), *means, int(near.sum())))
    columns = ["label", "nobs", "terms", *RATIOS, "agree"]
    index = [f"{key}.{package}" for package in PACKAGES]
    return pd.DataFrame(rows, columns=columns, index=index).assign(regression=title)
