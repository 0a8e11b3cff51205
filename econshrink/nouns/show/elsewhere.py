"""Names that results of other packages carry, and where ours keep the same."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from econshrink.core.errors import CallError, Fault, NameAbsent

_DATA_FRAME = "head tail columns loc iloc describe df groupby query to_csv index shape"
# what to write -> the words of others, in small letters and without a last "_"
_EVERYWHERE = {
    "print({it})": "summary print_summary tabulate show",
    "{it}.plot()": "coefplot iplot plot_survival_function plot_cumulative_hazard plot_fit",
    'compare({it}, ...).save("table.tex")': "etable to_latex as_latex to_markdown",
}
_WORDS: dict[str, dict[str, str]] = {
    "Estimate": {
        "{it}.coefficients, or {it}.tidy() with names": "params coef coefs beta coeftable beta_hat",
        "{it}.std_errors": "se bse standard_errors std_err stderr",
        '{it}.p_value("{term}"), or {it}.tidy()["p_value"]': "pvalues pvalue p_values p",
        '{it}.tidy()["statistic"]': "tstats tstat tvalues zvalues t_stats t",
        "{it}.confint(level=0.95)": "conf_int confidence_intervals ci",
        '{it}.covariance, or with_vcov({it}, data, Clustered("{by}")) for another one': (
            "vcov cov cov_params variance_matrix cov_type"
        ),
        "residuals({it}, data)": "resid resids residuals wresid u_hat",
        "fitted({it}, data)": "fittedvalues fitted fitted_values y_hat",
        "fitted({it}, data), in which the absorbed effects count": (
            "fixef ranef estimated_effects effects"
        ),
        "predict({it}, newdata, data)": "predict",
        "wald_test({it}, ...)": "wald_test f_test t_test wald f_statistic fvalue test",
        'wild_bootstrap_fe(data, formula, "{term}", Resampling(999))': "wildboottest",
        "{it}.nobs": "n n_obs",
        "{it}.df_t": "df_residual dof",
        "{it}.spec": "formula model fml depvar endog_names exog_names",
        "hazard_ratios({it})": "hazard_ratios exp_coef",
        "concordance(data, {it})": "score concordance_index concordance",
        "predict_survival(data, {it}, paths)": (
            "predict_survival_function predict_partial_hazard predict_median predict_expectation"
        ),
        "baseline_hazard(data, {it})": (
            "baseline_hazard baseline_survival baseline_cumulative_hazard"
        ),
        "proportional_hazards_test(data, {it})": "check_assumptions cox_zph",
    },
    "Curve": {
        '{it}.frame, with "time", "estimate", "conf_low", "conf_high"': (
            "survival_function event_table confidence_interval cumulative_hazard timeline surv "
            "cumulative_density predict survival_function_at_times"
        ),
        "print({it}), which has the median; the steps are in {it}.frame": (
            "median quantile median_survival_time percentile"
        ),
        "restricted_mean({it}, horizon)": "mean restricted_mean rmst",
    },
    "CityPanel": {"{it}.frame, a DataFrame": _DATA_FRAME},
    "SpellTable": {"{it}.frame, a DataFrame": _DATA_FRAME},
}
_CALLED = {"Estimate": "estimate", "CityPanel": "panel", "SpellTable": "spells"}
# where pyfixest keeps what its users read
_PYFIXEST = "N df_t beta_hat se vcov tstat pvalue conf_int u_hat Y_hat r2 rmse"
PRIVATE = frozenset(f"_{name}" for name in _PYFIXEST.split())
# statistics of others -> ours
_STATISTICS = {
    **dict.fromkeys(("rsquared", "r_squared", "r2", "rsquared_overall"), "r2"),
    **dict.fromkeys(("rsquared_within", "r2_within", "within_r2"), "r2_within"),
    **dict.fromkeys(("llf", "log_likelihood", "loglikelihood", "loglik"), "loglik"),
    **dict.fromkeys(("aic", "bic", "aic_partial", "deviance", "rsquared_adj", "rmse"), ""),
}


def absent(made: Any, name: str) -> NameAbsent:
    """What to write for a name that a result of another package has and this one has not."""
    kind = type(made).__name__
    word = name.strip("_").lower()
    public = sorted(part for part in dir(type(made)) if not part.startswith("_"))
    own = sorted({*public, *getattr(made, "__dataclass_fields__", ())})
    stats = getattr(made, "stats", None) if "stats" in own else None
    remedy = ""
    if isinstance(stats, dict) and (word in stats or word in _STATISTICS):
        key = word if word in stats else _STATISTICS[word]
        some = ", ".join(list(stats)[:6])
        remedy = f'Write estimate.stats["{key}"].'
        if key not in stats:
            remedy = f"It has none; estimate.stats has {some} ..." if some else "It has none."
    for text, words in {**_WORDS.get(kind, {}), **_EVERYWHERE}.items():
        if not remedy and word in words.split():
            remedy = f"Write {_filled(text, made, kind)}."
    if not remedy:
        near = get_close_matches(name, own, n=2)
        remedy = f"Did you mean {' or '.join(near)}?" if near else "Choose one of them."
    return NameAbsent(Fault(f"no '{name}' in {_one(kind)}", ", ".join(own), remedy))


def no_item(made: Any, key: object) -> CallError:
    """What to write for a result in brackets."""
    kind = type(made).__name__
    it = _CALLED.get(kind, kind.lower())
    fields = getattr(made, "__dataclass_fields__", ())
    remedy = f"See help({kind})."
    if "coefficients" in fields:
        remedy = f"Write {it}.coefficient({key!r})."
    elif "frame" in fields:
        remedy = f"Write {it}.frame[{key!r}]."
    return CallError(Fault(f"[{key!r}] behind {_one(kind)}", "the name of what it has", remedy))


def _filled(text: str, made: Any, kind: str) -> str:
    """What to write, with a term and a cluster of this result."""
    terms, clusters = (getattr(made, part, ()) or () for part in ("terms", "clusters"))
    by = next(iter(clusters), "firm") if kind == "Estimate" else "firm"
    term = terms[0] if terms and kind == "Estimate" else "x"
    return text.format(it=_CALLED.get(kind, kind.lower()), term=term, by=by)


def _one(kind: str) -> str:
    return f"{'an' if kind[0] in 'AEIOU' else 'a'} {kind}"
