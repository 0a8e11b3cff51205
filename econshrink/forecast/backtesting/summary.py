"""Tables of scores from the cases of a backtest."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from econshrink.core.errors import ConvergenceError, DataError, Fault
from econshrink.core.seeds import Rng
from econshrink.forecast.backtesting.scoring import loss_name
from econshrink.forecast.scores.calibration import calibration_line
from econshrink.forecast.scores.comparison import diebold_mariano, model_confidence_set
from econshrink.forecast.scores.draws import pit_distance
from econshrink.forecast.scores.events import (
    auc,
    average_precision,
    brier,
    brier_skill,
    log_score,
    murphy,
)
from econshrink.forecast.scores.points import log_rmse, malpe, mape, mase, medape

FINEST = 1e-3  # probabilities for the log score are kept this far from 0 and 1


def accuracy(cases: pd.DataFrame) -> pd.DataFrame:
    """Scores of points and distributions, one row a model, means over origins of city means.

    Returns
    -------
    DataFrame
        Index `model`: `origins, cases, mape, medape, malpe, log_rmse, mase, crps, winkler80,
        inside50, inside80, inside95, pit_distance`; errors as shares, CRPS in log points.
    """
    rows = {}
    for model, part in cases.groupby("model", sort=False):
        scores = pd.DataFrame([_points(own) for _, own in part.groupby("origin")]).mean()
        means = part.groupby("origin")[
            ["crps", "winkler80", "inside50", "inside80", "inside95"]
        ].mean()
        rows[model] = {
            "origins": part["origin"].nunique(),
            "cases": len(part),
            **scores,
            **means.mean(),
            "pit_distance": pit_distance(part["pit"].to_numpy()),
        }
    return pd.DataFrame(rows).T.rename_axis("model")


def _points(part: pd.DataFrame) -> dict[str, float]:
    start = np.exp(part["level"].to_numpy())
    forecast, truth = (start * np.exp(part[c].to_numpy()) for c in ("median", "truth"))
    scale = start * part["scale"].to_numpy()
    moved = scale > 0  # NaN is not
    return {
        "mape": mape(forecast, truth),
        "medape": medape(forecast, truth),
        "malpe": malpe(forecast, truth),
        "log_rmse": log_rmse(forecast, truth),
        "mase": mase(forecast[moved], truth[moved], scale[moved]) if moved.any() else np.nan,
    }


def coverage(cases: pd.DataFrame, by: str, names: Mapping[int, str] | None = None) -> pd.DataFrame:
    """Share of truths inside the 80% interval, models down and classes of `by` across."""
    table = cases.pivot_table(index="model", columns=by, values="inside80", sort=False)
    table = table.reindex(columns=sorted(table.columns))
    return table.rename(columns=dict(names)) if names else table


def event_scores(cases: pd.DataFrame, loss: float) -> pd.DataFrame:
    """Scores of the probability of a loss; see `score_events`."""
    return score_events(cases, loss_name(loss))


def score_events(cases: pd.DataFrame, name: str) -> pd.DataFrame:
    """Scores of the probability of an event, one row a model and the two references.

    Parameters
    ----------
    cases : DataFrame
        Columns `model`, `group`, ``chance_<name>``, ``event_<name>``, ``climatology_<name>`` and
        ``logit_<name>``; every model on the same cases.
    name : str

    Returns
    -------
    DataFrame
        Index `model`: `cases, rate, brier, reliability, resolution, uncertainty, skill_climatology,
        skill_logit, log_score, auc, average_precision, slope, slope_error, intercept,
        intercept_error`; calibration clustered by province. NaN where a score is undefined.
    """
    parts = {str(model): part for model, part in cases.groupby("model", sort=False)}
    first = next(iter(parts.values()))
    chances = {model: part[f"chance_{name}"] for model, part in parts.items()}
    for reference in ("climatology", "logit"):
        parts[reference], chances[reference] = first, first[f"{reference}_{name}"]
    rows = {}
    for model, part in parts.items():
        p, y = chances[model].to_numpy(), part[f"event_{name}"].to_numpy()
        murphys = murphy(p, y)
        rows[model] = {
            "cases": len(y),
            "rate": y.mean(),
            "brier": brier(p, y),
            "reliability": murphys.reliability,
            "resolution": murphys.resolution,
            "uncertainty": murphys.uncertainty,
            "skill_climatology": brier_skill(p, y, part[f"climatology_{name}"].to_numpy()),
            "skill_logit": brier_skill(p, y, part[f"logit_{name}"].to_numpy()),
            "log_score": log_score(np.clip(p, FINEST, 1 - FINEST), y),
            **_ranks(p, y, part["group"].to_numpy()),
        }
    return pd.DataFrame(rows).T.rename_axis("model")


def _ranks(p: np.ndarray, y: np.ndarray, groups: np.ndarray) -> dict[str, float]:
    found = dict.fromkeys(
        ("auc", "average_precision", "slope", "slope_error", "intercept", "intercept_error"), np.nan
    )
    if 0 < y.mean() < 1:
        found |= {"auc": auc(p, y), "average_precision": average_precision(p, y)}
        try:
            line = calibration_line(p, y, groups)
        except (DataError, ConvergenceError):  # one probability for all, or separated outcomes
            return found
        found |= {"slope": line.slope, "slope_error": line.slope_error}
        found |= {"intercept": line.intercept, "intercept_error": line.intercept_error}
    return found


def origin_losses(cases: pd.DataFrame, score: str = "crps") -> pd.DataFrame:
    """Mean of a score over cities, origins down and models across."""
    table = cases.pivot_table(index="origin", columns="model", values=score, sort=False)
    return table.sort_index()


def comparison(cases: pd.DataFrame, against: str, horizon: int, rng: Rng = None) -> pd.DataFrame:
    """Every model against one of them by CRPS: Diebold-Mariano and the model confidence set.

    Parameters
    ----------
    cases : DataFrame
        Of a `Backtest`, at one horizon.
    against : str
        Name of a model.
    horizon : int
        Years: losses of overlapping windows hang together over that many origins.
    rng : int or numpy.random.Generator, optional
        A seed, or a generator, which moves on; default the master seed.

    Returns
    -------
    DataFrame
        Index `model`: `difference` (share of the other's CRPS), `statistic`, `p_value`,
        `origins`, `independent`, `mcs_p` (NaN with fewer than three separate windows).

    Raises
    ------
    DataError
        No such model.
    """
    losses = origin_losses(cases)
    if against not in losses.columns:
        seen = f"no model '{against}'"
        raise DataError(Fault(seen, f"one of {', '.join(losses.columns)}", "Check the name."))
    confidence = (  # with fewer than three separate blocks there is nothing to resample
        model_confidence_set(losses.to_numpy(), rng, block=horizon)
        if len(losses) >= 3 * horizon
        else np.full(losses.shape[1], np.nan)
    )
    rows = {}
    for number, model in enumerate(losses.columns):
        test = diebold_mariano(losses[model].to_numpy(), losses[against].to_numpy(), horizon)
        rows[model] = {
            "difference": test.difference / losses[against].mean(),
            "statistic": test.statistic,
            "p_value": test.p_value,
            "origins": test.origins,
            "independent": test.independent,
            "mcs_p": confidence[number],
        }
    return pd.DataFrame(rows).T.rename_axis("model")


def winner(scores: Mapping[int, pd.DataFrame], reference: str) -> str:
    """Model with the smallest mean over horizons of its CRPS relative to the reference's.

    Parameters
    ----------
    scores : mapping of int to DataFrame
        Horizon to `accuracy`.
    reference : str
        Such as the no-change rule, which may win.
    """
    models = next(iter(scores.values())).index
    ratios = [
        (table["crps"] / float(table["crps"][reference])).reindex(models).to_numpy(dtype=float)
        for table in scores.values()
    ]
    return str(models[int(np.mean(ratios, axis=0).argmin())])
