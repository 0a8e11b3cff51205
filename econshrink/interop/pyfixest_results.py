"""Results of pyfixest as estimates; read by their fields, pyfixest itself is not imported."""

from __future__ import annotations

from typing import Any

import numpy as np

from econshrink.interop.reading import demanded, specification
from econshrink.nouns.estimate import Estimate

_FIELDS = ("_coefnames", "_beta_hat", "_vcov", "_vcov_type_detail", "_N", "_depvar", "_ssc_dict")
_LABELS = {"iid": "iid", "hetero": "heteroskedasticity-robust (HC1)"}
# (count of the effects, which G) -> our name of the rule
_RULES = {
    ("nonnested", "min"): "fixest",
    ("nested", "min"): "fixest",
    ("nonnested", "conventional"): "fixest_conventional",
    ("none", "min"): "fixest_none",
    ("full", "min"): "fixest_full",
}


def from_pyfixest(result: Any) -> Estimate:
    """A fitted ``feols`` or ``fepois`` of pyfixest as an `Estimate`.

    Parameters
    ----------
    result : Feols, Fepois, Feiv

    Returns
    -------
    Estimate
        With the clusters, our name of its small-sample rule (``fixest``, ``fixest_full`` …) and
        t with its degrees of freedom; normal for Poisson models.

    Raises
    ------
    DataError
        Not a single fitted model of pyfixest (of several, pass each).
    """
    demanded(result, _FIELDS, "pyfixest", "pyfixest.feols or fepois, one model at a time")
    terms = tuple(map(str, result._coefnames))
    method = str(getattr(result, "_method", "feols"))
    clusters = _clusters(result)
    kind = str(result._vcov_type_detail)
    label = _LABELS.get(kind, kind)
    if kind.startswith("HC"):
        label = f"heteroskedasticity-robust ({kind})"
    elif clusters:
        label = f"clustered by {' and '.join(clusters)}"
        label += "" if kind == "CRV1" else f" ({kind})"
    poisson = method == "fepois"
    rule = result._ssc_dict
    own = _RULES.get((str(rule.get("k_fixef")), str(rule.get("G_df"))), "pyfixest")
    corrected = bool(rule.get("k_adj", True)) or bool(rule.get("G_adj", True))
    fields = {
        "r2": "_r2",
        "r2_within": "_r2_within",
        "loglik": "_loglik",
        "pseudo_r2": "_pseudo_r2",
    }
    stats = {
        key: float(getattr(result, field))
        for key, field in fields.items()
        if _finite(getattr(result, field, None))
    }
    effects = str(getattr(result, "_fixef", None) or "").split("+")
    absorbed = tuple(name.strip() for name in effects if name.strip() not in {"", "0", "None"})
    words = "Poisson pseudo-maximum likelihood" if poisson else "least squares"
    df_t = getattr(result, "_df_t", np.inf)
    return Estimate(
        method=f"{method}, {words} (pyfixest)",
        terms=terms,
        coefficients=np.asarray(result._beta_hat, dtype=float),
        covariance=np.asarray(result._vcov, dtype=float),
        vcov_label=label,
        small_sample=own if corrected else "none",
        nobs=int(result._N),
        df_t=float("inf") if poisson or df_t is None else float(df_t),
        clusters=clusters,
        stats=stats,
        spec=specification(str(result._depvar), terms, absorbed),
        provenance={"package": "pyfixest", "formula": str(getattr(result, "_fml", ""))},
        kind="poisson" if poisson else "",
    )


def _clusters(result: Any) -> dict[str, int]:
    """Clusterings and their sizes; the list of sizes repeats the smallest if rules take that."""
    names = [str(name) for name in getattr(result, "_clustervar", None) or []]
    if not names:
        return {}
    frame = getattr(result, "_cluster_df", None)
    if frame is not None and all(name in getattr(frame, "columns", ()) for name in names):
        return {name: int(frame[name].nunique()) for name in names}
    sizes = list(getattr(result, "_G", []))
    return {name: int(size) for name, size in zip(names, sizes, strict=False)}


def _finite(value: Any) -> bool:
    return value is not None and np.ndim(value) == 0 and bool(np.isfinite(value))
