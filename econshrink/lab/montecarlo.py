"""Monte Carlo runner: bias, error, standard-error ratio and coverage of any estimator."""

from __future__ import annotations

import functools
import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, EconshrinkError, Fault, SpecError, raise_all
from econshrink.core.files import write_file
from econshrink.core.parallel import parallel_map
from econshrink.core.seeds import MASTER_SEED, generator
from econshrink.lab.performance import Answer, summarise
from econshrink.lab.simulation import simulate

FORMAT = 1


class Settings(Protocol):
    """What a grid holds: settings with a digest, such as `LabSettings`."""

    def digest(self) -> str:
        """Text that is the same for the same settings and no others."""
        ...


Estimator = Callable[[Any, np.random.Generator], Mapping[str, Answer]]
Truth = Mapping[str, float] | Callable[[Any], Mapping[str, float]]
Draw = Callable[[Any, int], Any]


@dataclass(frozen=True)
class Study:
    """What is replicated.

    Parameters
    ----------
    name : str
        Stable name; with the settings and the seed it identifies saved results, so change it
        when the estimator changes.
    estimator : callable
        Takes a drawn data set and a random generator, returns an `Answer` for each term. An
        `EconshrinkError` counts as a failed replicate; any other exception stops the study.
    truth : mapping of str to float, or callable
        True value of each term, or a function of the drawn data set that returns them.
    draw : callable
        Takes settings and a seed, returns a data set; `simulate` by default.
    """

    name: str
    estimator: Estimator
    truth: Truth
    draw: Draw = simulate


@dataclass(frozen=True)
class _Chunk:
    setting: str
    settings: Settings
    numbers: tuple[int, ...]
    key: str

    @property
    def span(self) -> tuple[int, int]:
        """First replicate, and one past the last."""
        return self.numbers[0], self.numbers[-1] + 1


def monte_carlo(
    study: Study,
    grid: Mapping[str, Settings],
    *,
    replicates: int,
    seed: int = MASTER_SEED,
    jobs: int | None = None,
    path: Path | None = None,
    chunk: int = 10,
    progress: bool = True,
) -> pd.DataFrame:
    """Bias, RMSE, standard-error ratio and 95 % coverage with their Monte Carlo errors.

    Parameters
    ----------
    study : Study
        Estimator, truth and data generator.
    grid : mapping of str to settings
        Settings by name.
    replicates : int
        Replicates per setting, at least two. Replicate r has the same seed in every setting.
    seed : int
        Master seed.
    jobs : int, optional
        Processes, as for `parallel_map`; the numbers do not depend on it.
    path : Path, optional
        Folder for finished chunks. A study that was killed and started again reads them and
        gives the same numbers.
    chunk : int
        Replicates per chunk.
    progress : bool
        Write progress to the standard error.

    Returns
    -------
    DataFrame
        One row a setting and term: ``setting, term, truth, replicates, failed, mean, bias,
        bias_mc, rmse, rmse_mc, sd, mean_se, se_ratio, se_ratio_mc, judged, coverage, coverage_mc``.

    Raises
    ------
    SpecError
        A request without settings, replicates or jobs; an estimator that names terms without
        truth or returns something else than `Answer`.
    DataError
        A saved chunk that cannot be read.

    Notes
    -----
    Monte Carlo errors follow Morris, White and Crowther (2019, *Statistics in Medicine* 38):
    bias sd/√R, coverage √(p(1-p)/R), RMSE and ratio by the delta method.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> study = Study("mean", lambda data, rng: {"mu": Answer(data.mean(), data.std() / 10)},
    ...               {"mu": 0.0},
    ...               draw=lambda settings, seed: np.random.default_rng(seed).normal(size=100))
    >>> table = monte_carlo(study, {"plain": SimpleNamespace(digest=lambda: "plain")},
    ...                     replicates=40, seed=1, progress=False)
    >>> bool(abs(table.bias[0]) < 4 * table.bias_mc[0])
    True
    """
    return summarise(
        replicate(
            study,
            grid,
            replicates=replicates,
            seed=seed,
            jobs=jobs,
            path=path,
            chunk=chunk,
            progress=progress,
        )
    )


def replicate(
    study: Study,
    grid: Mapping[str, Settings],
    *,
    replicates: int,
    seed: int = MASTER_SEED,
    jobs: int | None = None,
    path: Path | None = None,
    chunk: int = 10,
    progress: bool = True,
    numbers: Sequence[int] | None = None,
) -> pd.DataFrame:
    """The replicates behind `monte_carlo`, one row a setting, replicate and term.

    With `numbers` only those replicates are computed, the same as in the whole run; nothing is
    read from or written to `path` then.

    Returns
    -------
    DataFrame
        ``setting, replicate, term, truth, estimate, std_error, conf_low, conf_high, failure``; a
        failed replicate has one row with its message and no term.
    """
    raise_all(SpecError, _request_faults(grid, replicates, chunk, numbers))
    chosen = range(replicates) if numbers is None else sorted(set(numbers))
    tasks = list(_chunks(study, grid, chosen, seed, chunk))
    work = functools.partial(_run_chunk, study, seed, path if numbers is None else None)
    label = study.name if progress else ""
    rows = [row for rows in parallel_map(work, tasks, jobs=jobs, label=label) for row in rows]
    columns = ["setting", "replicate", "term", "truth", *Answer._fields, "failure"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype(dict.fromkeys(["truth", *Answer._fields], "float64"))


def _chunks(
    study: Study, grid: Mapping[str, Settings], numbers: Sequence[int], seed: int, size: int
) -> Iterator[_Chunk]:
    for name, settings in grid.items():
        for start in range(0, len(numbers), size):
            part = tuple(numbers[start : start + size])
            first, last = part[0], part[-1] + 1
            label = f"{FORMAT}|{study.name}|{name}|{settings.digest()}|{seed}|{first}|{last}"
            key = hashlib.sha256(label.encode()).hexdigest()[:40]
            yield _Chunk(name, settings, part, key)


def _run_chunk(study: Study, seed: int, path: Path | None, task: _Chunk) -> list[dict[str, Any]]:
    """Rows of one chunk, read from its file or computed and saved there."""
    file = None if path is None else Path(path) / f"{task.key}.json"
    if file is not None and file.exists():
        return _read(file, task)
    rows: list[dict[str, Any]] = []
    for number in task.numbers:
        rows += _one(study, task, number, seed)
    if file is not None:
        head = {"format": FORMAT, "study": study.name, "setting": task.setting, "seed": seed}
        first, last = task.span
        text = json.dumps({**head, "first": first, "last": last, "rows": rows})
        write_file(file, text)
    return rows


def _one(study: Study, task: _Chunk, number: int, seed: int) -> list[dict[str, Any]]:
    rng = generator(f"lab.montecarlo.{study.name}.{number}", seed)
    data = study.draw(task.settings, int(rng.integers(2**62)))
    row: dict[str, Any] = {"setting": task.setting, "replicate": number}
    try:
        answers = study.estimator(data, rng)
    except EconshrinkError as problem:
        nothing = dict.fromkeys(("truth", *Answer._fields), math.nan)
        return [row | nothing | {"term": None, "failure": f"{type(problem).__name__}: {problem}"}]
    wrong = sorted(term for term, answer in answers.items() if not isinstance(answer, Answer))
    if wrong:
        raise SpecError(
            Fault(
                f"terms {', '.join(wrong)} that are not an Answer",
                "Answer(estimate, std_error) for each term",
                "Wrap the numbers in Answer.",
                f"estimator of {study.name}",
            )
        )
    truth = study.truth(data) if callable(study.truth) else study.truth
    unknown = sorted(set(answers) - set(truth))
    if unknown:
        raise SpecError(
            Fault(
                f"terms {', '.join(unknown)} without truth",
                f"terms among {', '.join(truth)}",
                "State the true value of every term the estimator returns.",
            )
        )
    return [
        row
        | {"term": term, "truth": float(truth[term]), "failure": None}
        | {name: float(value) for name, value in zip(Answer._fields, answer, strict=True)}
        for term, answer in answers.items()
    ]


def _read(file: Path, task: _Chunk) -> list[dict[str, Any]]:
    try:
        saved = json.loads(file.read_text(encoding="utf-8"))
        span = (saved["first"], saved["last"])
        rows: list[dict[str, Any]] = saved["rows"]
    except (json.JSONDecodeError, KeyError, TypeError) as problem:
        raise DataError(
            Fault(
                f"a damaged file ({problem})",
                "a chunk saved by this study",
                "Delete the file; it will be computed again.",
                str(file),
            )
        ) from problem
    if span != task.span:
        raise DataError(
            Fault(
                f"replicates {span}",
                f"replicates {task.span}",
                "Delete the file; it will be computed again.",
                str(file),
            )
        )
    return rows


def _request_faults(
    grid: Mapping[str, Settings], replicates: int, chunk: int, numbers: Sequence[int] | None
) -> list[Fault]:
    faults = []
    strange = [number for number in numbers or () if not 0 <= number < replicates]
    if strange or (numbers is not None and not len(numbers)):
        faults.append(
            Fault(
                f"replicates {strange}" if strange else "no replicate chosen",
                f"numbers from 0 to {replicates - 1}",
                "Choose among the replicates of the study.",
            )
        )
    if not grid:
        faults.append(Fault("an empty grid", "at least one setting", "Name a setting."))
    if replicates < 2:
        faults.append(
            Fault(f"{replicates} replicates", "two or more", "Monte Carlo errors need replicates.")
        )
    if chunk < 1:
        faults.append(Fault(f"chunks of {chunk}", "one replicate or more", "Choose 10."))
    return faults
