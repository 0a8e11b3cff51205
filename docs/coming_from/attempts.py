"""First attempts by users of pyfixest, linearmodels, lifelines, statsmodels and R: run this file.

Each call is what a user of that package types first. It works, or it ends in one sentence that says
what to write; what the sentence says is then typed too, and works. Needs nothing but econshrink::

    python attempts.py
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd

import econshrink
from econshrink import forecast, interop, panel, shrinkage, survival

WIDTH = 96


def firms() -> pd.DataFrame:
    """Wages of 60 firms over 8 years (synthetic), in an order of rows nobody chose."""
    rng = np.random.default_rng(7)
    rows = pd.MultiIndex.from_product([range(1000, 1060), range(2000, 2008)])
    table = rows.to_frame(index=False, name=["firm", "year"])
    for name in ("educ", "exper", "z"):
        table[name] = rng.normal(size=len(table))
    table["hours"] = table["z"] + rng.normal(size=len(table))
    table["wage"] = table["educ"] + 0.5 * table["hours"] + rng.normal(size=len(table))
    table["patents"] = rng.poisson(np.exp(0.3 * table["educ"]))
    table["staff"] = 1000.0 * np.exp(0.02 * rng.normal(size=(60, 8)).cumsum(axis=1)).ravel()
    table["state"] = "S" + (table["firm"] % 12).astype(str)
    return table.sample(frac=1, random_state=1, ignore_index=True)


def patients() -> pd.DataFrame:
    """Times and events of 200 patients (synthetic), with columns called as lifelines' users do."""
    rng = np.random.default_rng(8)
    table = pd.DataFrame({"age": rng.normal(size=200), "arm": rng.choice(["a", "b"], 200)})
    life = rng.exponential(np.exp(-0.5 * table["age"])) + 0.1
    lost = rng.exponential(2, 200) + 0.1
    return table.assign(T=np.minimum(life, lost).round(3), E=(life <= lost).astype(int))


@dataclass(frozen=True)
class Attempt:
    """A call as it is typed; if it ends in a sentence, what the sentence says to write.

    Parameters
    ----------
    user : str
        Of which package.
    typed : str
        The call.
    then : str
        Empty if the call works; otherwise the call that follows from the sentence.
    says : str
        A part of the sentence.
    """

    user: str
    typed: str
    then: str = ""
    says: str = ""


WHO = 'unit="firm", time="year"'
FE = "wage ~ educ + exper | firm + year"
ATTEMPTS = (
    # pyfixest, and R's fixest
    Attempt("pyfixest", f'fit_fe(df, "{FE}", {WHO})'),
    Attempt("pyfixest", f'fit_fe(df, "wage ~ educ | firm | hours ~ z", {WHO})',
            f'fit_iv(df, "wage ~ educ | firm | hours ~ z", {WHO})', "Use fit_iv"),
    Attempt("pyfixest", f'fit_fe(df, "wage ~ csw(educ, exper) | firm", {WHO})'),
    Attempt("pyfixest", f'fit_fe(df, "wage ~ i(year, educ, ref=2000) | firm + year", {WHO})'),
    Attempt("pyfixest", f'fit_fe(df, "wage ~ educ | firm + state^year", {WHO})'),
    Attempt("pyfixest", f'fit_poisson(df, "patents ~ educ | firm", {WHO})'),
    Attempt("pyfixest", f'fit_fe(fml="{FE}", data=df, {WHO})',
            f'fit_fe(df, "{FE}", {WHO})', f'fit_fe(df, "{FE}", ...)'),
    Attempt("pyfixest", f'fit_fe(df, "{FE}", vcov={{"CRV1": "firm"}}, {WHO})',
            f'fit_fe(df, "{FE}", vcov=Clustered("firm"), {WHO})', 'vcov=Clustered("firm")'),
    Attempt("pyfixest", f'fit_fe(df, "{FE}", "hetero", {WHO})',
            f'fit_fe(df, "{FE}", vcov=Heteroskedastic("HC1"), {WHO})', "vcov=Heteroskedastic"),
    Attempt("pyfixest", f'fit_fe(df, "{FE}")', f'fit_fe(df, "{FE}", {WHO})', 'unit="firm"'),
    Attempt("pyfixest", "fit.tidy()"),
    Attempt("pyfixest", "fit.coef()", "fit.coefficients", "Write estimate.coefficients"),
    Attempt("pyfixest", "fit.summary()", "print(fit)", "Write print(estimate)"),
    Attempt("pyfixest", "compare(fit, cox)"),
    Attempt("R fixest", f'fit_fe(df, "wage ~ l(educ, 1) | firm", {WHO})',
            f'fit_fe(df, "wage ~ lag(educ, 1) | firm", {WHO})', "Write lag(educ, 1)"),
    # linearmodels
    Attempt("linearmodels", f'fit_fe(df.set_index(["firm", "year"]), "{FE}")'),
    Attempt("linearmodels", 'fit_re(df.set_index(["firm", "year"]), "wage ~ educ + exper")'),
    Attempt("linearmodels", f'fit_iv(df, "wage ~ 1 + educ + [hours ~ z]", {WHO})'),
    Attempt("linearmodels", f'fit_fe(df, "wage ~ educ + EntityEffects", {WHO})',
            f'fit_fe(df, "wage ~ educ | firm", {WHO})', "effects behind a bar"),
    Attempt("linearmodels", f'fit_fe(df, "{FE}", cov_type="clustered", cluster_entity=True, {WHO})',
            f'fit_fe(df, "{FE}", vcov=Clustered("firm"), {WHO})', 'vcov=Clustered("firm")'),
    Attempt("linearmodels", f'fit_fe(df["wage"], df[["educ"]], {WHO})',
            f'fit_fe(df, "wage ~ educ | firm", {WHO})', 'Write "y ~ x1 + x2 | firm'),
    Attempt("linearmodels", "fit.pvalues", 'fit.tidy()["p_value"]', 'estimate.tidy()["p_value"]'),
    Attempt("linearmodels", "reconcile(fit, df)"),
    # statsmodels
    Attempt("statsmodels", f'fit_pooled(df, "wage ~ C(state)", Heteroskedastic("HC3"), {WHO})'),
    Attempt("statsmodels", f'fit_pooled("wage ~ educ", data=df, {WHO})',
            f'fit_pooled(df, "wage ~ educ", {WHO})', "data comes first"),
    Attempt("statsmodels", f'fit_fe(df, "wage ~ educ", {WHO})',
            f'fit_pooled(df, "wage ~ educ", {WHO})', "fit_pooled"),
    Attempt("statsmodels", f'fit_fe(df, "wage ~ edcu | firm", {WHO})',
            f'fit_fe(df, "wage ~ educ | firm", {WHO})', "Did you mean 'educ'"),
    Attempt("statsmodels", "fit.params", "fit.coefficients", "estimate.coefficients"),
    Attempt("statsmodels", "fit.conf_int()", "fit.confint(level=0.95)", "estimate.confint"),
    Attempt("statsmodels", "fit.predict(df)", "predict(fit, df, df)", "predict(estimate, newdata"),
    # lifelines
    Attempt("lifelines", 'fit_cox(lf[["T", "E", "age"]], duration="T", event="E")'),
    Attempt("lifelines", 'fit_cox(lf, duration_col="T", event_col="E", formula="age")',
            'fit_cox(lf, "~ age", duration="T", event="E")', 'duration="T", event="E"'),
    Attempt("lifelines", 'kaplan_meier(lf["T"], lf["E"])',
            'kaplan_meier(lf, duration="T", event="E")', 'duration="T", event="E"'),
    Attempt("lifelines", 'log_rank(lf, "arm", duration="T", event="E")'),
    Attempt("lifelines", "cox.print_summary()", "print(cox)", "Write print(estimate)"),
    Attempt("lifelines", "cox.check_assumptions(lf)", "proportional_hazards_test(lf, cox)",
            "proportional_hazards_test(data, estimate)"),
    Attempt("lifelines", "curve.plot()"),
    Attempt("lifelines", "curve.survival_function_", "curve.frame", "curve.frame"),
    # R survival
    Attempt("R survival", 'fit_cox(lf, "Surv(T, E) ~ age + strata(arm)")'),
    Attempt("R survival", 'kaplan_meier(lf, "Surv(T, E) ~ arm")'),
    Attempt("R survival", 'fit_cox(lf, "Surv(T, E == 1) ~ age")',
            'fit_cox(lf.assign(event=lf["E"] == 1), "Surv(T, event) ~ age")', "Compute it first"),
    Attempt("R survival", 'fit_cox(lf, "Surv(T, E) ~ age + factor(arm)")',
            'fit_cox(lf, "Surv(T, E) ~ age + C(arm)")', "Write C(arm)"),
    Attempt("R survival", 'fit_cox(lf, "Surv(T, E) ~ age + frailty(arm)")',
            'fit_frailty(lf, "Surv(T, E) ~ age", group="arm")', "Use fit_frailty"),
    # what only this package has, on anybody's table
    Attempt("anybody", f'identify(df, NetLoss("staff"), (2000, 2007), {WHO})'),
    Attempt("anybody", f'identify(df, "census_loss", (2000, 2007), {WHO})',
            f'identify(df, NetLoss("staff"), (2000, 2007), {WHO})', "Rule"),
)  # fmt: skip


def names() -> dict[str, Any]:
    """What the calls above may use: public names, two tables and three results."""
    known: dict[str, Any] = {}
    for wing in (forecast, interop, shrinkage, survival, panel, econshrink):
        known |= {name: getattr(wing, name) for name in dir(wing) if name[0] != "_"}
    df, lf = firms(), patients()
    known |= {"pd": pd, "df": df, "lf": lf}
    known["fit"] = econshrink.fit_fe(df, FE, unit="firm", time="year")
    known["cox"] = econshrink.fit_cox(lf, "Surv(T, E) ~ age")
    known["curve"] = econshrink.kaplan_meier(lf, duration="T", event="E")
    return known


def outcome(attempt: Attempt, known: dict[str, Any]) -> tuple[bool, str]:
    """Whether the call works, and what came: a kind of result, or the sentence.

    Any other exception, more than one sentence, a sentence that does not say what to write or whose
    advice fails is an error.
    """
    try:
        made = eval(attempt.typed, dict(known))
    except econshrink.EconshrinkError as error:
        sentence = str(error)
        if len(error.faults) != 1 or not attempt.then or attempt.says not in sentence:
            raise AssertionError(f"{attempt.typed}: {sentence}") from error
        eval(attempt.then, {**known, "print": str})
        return False, sentence
    assert not attempt.then, f"{attempt.typed} works"
    return True, type(made).__name__.replace("dict", "one Estimate a model")


def outcomes() -> Iterator[tuple[Attempt, bool, str]]:
    """Every attempt with its outcome."""
    known = names()
    for attempt in ATTEMPTS:
        yield attempt, *outcome(attempt, known)


class Listed:
    """The attempts with their outcomes, as text and as a table of a page."""

    def __init__(self) -> None:
        self.rows = list(outcomes())

    def __repr__(self) -> str:
        lines = []
        for attempt, works, came in self.rows:
            lines.append(f"{'works   ' if works else 'sentence'}  {attempt.user}: {attempt.typed}")
            lines += textwrap.wrap(came, WIDTH, initial_indent="  ", subsequent_indent="  ")
        return "\n".join([*lines, self.count])

    @property
    def count(self) -> str:
        """How many attempts came to what."""
        works = sum(row[1] for row in self.rows)
        told = f"{works} work, {len(self.rows) - works} end in one sentence with the right call"
        return f"{len(self.rows)} attempts: {told}, 0 in another exception"

    def _repr_html_(self) -> str:
        body = "".join(
            f"<tr><td>{escape(attempt.user)}</td><td><code>{escape(attempt.typed)}</code></td>"
            f"<td>{'works: ' if works else ''}{escape(came)}</td></tr>"
            for attempt, works, came in self.rows
        )
        head = "<thead><tr><th>user of</th><th>types</th><th>what comes</th></tr></thead>"
        return f'<table class="table beside attempts">{head}<tbody>{body}</tbody></table>'


if __name__ == "__main__":
    sys.stdout.write(f"{Listed()!r}\n")
