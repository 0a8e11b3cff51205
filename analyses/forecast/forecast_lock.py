"""Predictions that are written once, before their figures are out, and scored when they come.

Run once, in the month of landing: python -m analyses.forecast.forecast_lock 2026-11
A correction in the same month is a file of its own: ... forecast_lock 2026-11 "its reason"
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from analyses.shared.forecast_parts import headline, last_figures
from analyses.shared.forecast_setup import BASE, HORIZON_END, LAST_YEAR, LOSS
from econshrink import DataError, Fault
from econshrink.data import read_frame

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "paper" / "forecasts"
LEVELS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
DRAWS = 4000
RULE = (
    "For every unit and target year with a published figure: absolute percentage error of the "
    "median, beside that of the figure of 2024 carried forward; mean quantile loss over the seven "
    "quantiles, in log points; share inside the 80% interval; Brier score of the probability of a "
    "loss of 5% against 2020, with and without rebasing; expected and observed number of such "
    "losses. Means over units. Years: 2025 (may have been out when this was written, and was not "
    "read), 2026 and later, and the census of 2030. A correction is a new file with its reason; "
    "all files are scored."
)


def lock(month: str, reason: str = "") -> Path:
    """Write the prediction of a month and its record, or with a reason its correction beside it.

    Parameters
    ----------
    month : str
        Such as ``2026-11``; corrections are called ``2026-11b`` and so on.
    reason : str
        Why the month's last file needs a correction.

    Raises
    ------
    DataError
        The month already has one and no reason was given, or has none to correct.
    """
    before = sorted(FOLDER.glob(f"{month}*.csv"))
    if before and not reason:
        remedy = "A locked file never changes: a correction is a new file, give its reason."
        seen = f"{before[-1].name} in paper/forecasts"
        raise DataError(Fault(seen, "a month without a prediction", remedy))
    if reason and not before:
        seen = f"a correction of {month}, which has no prediction"
        raise DataError(Fault(seen, "one in paper/forecasts", "Lock it without a reason."))
    target = FOLDER / f"{month}{chr(ord('a') + len(before)) if before else ''}.csv"
    made = headline(DRAWS)
    units, people = made.units, made.of("people").units
    table = units.quantiles(LEVELS).round().astype("int64").reset_index()
    chances = {
        name: np.concatenate([f.loss_probability(LOSS, year).to_numpy() for year in f.years])
        for name, f in (("p_loss05", units), ("p_loss05_people", people))
    }
    order = pd.MultiIndex.from_product([units.years, units.cities], names=["year", "city"])
    table = table.join(pd.DataFrame(chances, index=order), on=["year", "city"])
    start = pd.Series(made.units.base, index=list(units.cities))
    table.insert(2, "base", table["city"].map(start).round().astype("int64"))
    table.insert(3, "last", table["city"].map(last_figures()).round().astype("int64"))
    text = table.to_csv(index=False, lineterminator="\n", float_format="%.4f")
    record = {
        "file": target.name,
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "information": f"figures to {LAST_YEAR}, published by {LAST_YEAR + 1}",
        "columns": f"base: residents of {BASE}; last: residents of {LAST_YEAR}; q: quantiles",
        "years": [units.years[0], HORIZON_END],
        "units": len(units.cities),
        "draws": DRAWS,
        "model": units.model,
        "notes": list(units.notes),
        "data_sha256": _digest(["econshrink/data/china/manifest.json"]),
        "code_sha256": _digest(_sources()),
        "rule": RULE,
    }
    if before:
        record |= {"corrects": before[-1].name, "reason": reason}
    FOLDER.mkdir(parents=True, exist_ok=True)
    target.write_bytes(text.encode())
    words = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    target.with_suffix(".json").write_text(words, encoding="utf-8")
    return target


def score_locked(figures: Path, folder: Path = FOLDER) -> pd.DataFrame:
    """Score every locked prediction against a file of figures.

    Parameters
    ----------
    figures : Path
        CSV with columns ``city, year, population`` (persons).
    folder : Path

    Returns
    -------
    DataFrame
        One row a file and year that has figures; see `RULE`.

    Raises
    ------
    DataError
        A locked file that changed, figures without those columns, not above zero or twice, or
        none that any file foretold.
    """
    came = _figures(figures)
    rows = []
    for path in sorted(folder.glob("*.csv")):
        locked = _read(path)
        both = locked.merge(came, on=["city", "year"])
        for year, part in both.groupby("year"):
            rows.append({"file": path.stem, "year": int(str(year)), **_scores(part)})
    if not rows:
        seen = f"figures of {', '.join(map(str, sorted(came['year'].unique())[:5]))}"
        expected = "units and years of a locked prediction"
        raise DataError(Fault(seen, expected, "Check codes and years.", figures.name))
    return pd.DataFrame(rows).set_index(["file", "year"])


def report(figures: str, say: Callable[[str], None]) -> int:
    """Print the scores of every locked prediction; the exit status."""
    say(score_locked(Path(figures)).round(4).T.to_string())
    return 0


def _scores(part: pd.DataFrame) -> dict[str, float]:
    truth = part["population"].to_numpy(dtype=float)
    log = np.log(truth)
    losses = []
    for level in LEVELS:
        away = log - np.log(part[f"q{100 * level:g}"].to_numpy(dtype=float))
        losses.append(np.where(away > 0, level * away, (level - 1) * away).mean())
    lost = (truth <= (1 - LOSS) * part["base"]).to_numpy(dtype=float)
    inside = (part["q10"] <= truth) & (truth <= part["q90"])
    return {
        "units": len(part),
        "mape": float(np.abs(part["q50"] / truth - 1).mean()),
        "mape_last_value": float(np.abs(part["last"] / truth - 1).mean()),
        "quantile_loss": float(np.mean(losses)),
        "inside80": float(inside.mean()),
        "brier": float(((part["p_loss05"] - lost) ** 2).mean()),
        "brier_people": float(((part["p_loss05_people"] - lost) ** 2).mean()),
        "expected_losses": float(part["p_loss05"].sum()),
        "observed_losses": float(lost.sum()),
    }


def _read(path: Path) -> pd.DataFrame:
    record = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != record["sha256"]:
        expected = f"its digest of {path.stem}, {record['sha256'][:12]}…"
        raise DataError(Fault(f"{path.name} with digest {found[:12]}…", expected, "Restore it."))
    return read_frame(path).astype({"city": "str"})


def _figures(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise DataError(Fault(f"no file {path.name}", "a table of figures", "Check the path."))
    wanted = ["city", "year", "population"]
    table = read_frame(path, wanted)
    table = table.rename(columns={name: str(name).lower() for name in table})[wanted].dropna()
    numeric = all(pd.api.types.is_numeric_dtype(table[name]) for name in wanted[1:])
    if (
        not numeric
        or not (table["year"] % 1 == 0).all()
        or not (table["population"] > 0).all()
        or table.duplicated(["city", "year"]).any()
    ):
        seen = "a year that is not whole, figures not above zero, or a unit and year twice"
        raise DataError(Fault(seen, "one figure of persons each", "Mend the file.", path.name))
    return table.astype({"city": "str", "year": "int64"})


def _sources() -> list[str]:
    folders = ("econshrink", "analyses")
    found = [p for folder in folders for p in (ROOT / folder).rglob("*.py")]
    return sorted(str(path.relative_to(ROOT)) for path in found)


def _digest(names: list[str]) -> str:
    hasher = hashlib.sha256()
    for name in names:
        hasher.update(name.encode() + b"\0" + (ROOT / name).read_bytes())
    return hasher.hexdigest()


if __name__ == "__main__":
    print(lock(*sys.argv[1:]).name)
