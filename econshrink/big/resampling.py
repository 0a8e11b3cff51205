"""The cluster bootstrap of a regression on disk, from one Gram a unit written to Parquet."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.linalg import solve_triangular

from econshrink.big.extras import extra
from econshrink.big.fixed_effects import (
    Design,
    Fitted,
    big_estimate,
    big_spec,
    clustered_covariance,
    fit_key,
    fitted_on_disk,
    residual_rows,
)
from econshrink.big.kernel.grams import block_table, gram_rows, gram_width
from econshrink.big.ordering import ordered
from econshrink.big.parquet_files import open_parquet
from econshrink.big.source import BigTable, checked_table
from econshrink.big.terms import terms_of
from econshrink.big.workspace import Place, at_work
from econshrink.core.arrays import Floats, Ints
from econshrink.core.errors import Fault, SpecError
from econshrink.core.files import write_file
from econshrink.core.seeds import generator
from econshrink.inference.bootstrap import BLOCK, solve_resamples
from econshrink.inference.gram.grams import ClusterGrams, GramBlock
from econshrink.inference.resampling import PairsCluster, Resampling, Scheme
from econshrink.nouns.draws import Draws
from econshrink.nouns.spec import Spec
from econshrink.panel.resampling.engine import Bootstrap

UNITS = 8192  # whose Grams are summed at a time


@dataclass(frozen=True, eq=False)
class _Columns:
    """How Grams are made: an orthonormal basis of the regressors, dummies of time."""

    fitted: Fitted
    basis: Floats  # (k, k): swept regressors times this are the basis
    scale: float  # norm of the residuals
    times: int
    kept: Ints
    unit_norm: Floats  # (T,)

    @property
    def width(self) -> int:
        """Numbers a unit."""
        return gram_width(len(self.basis) + 1, self.times, len(self.kept))


def bootstrap_fe(
    table: BigTable,
    model: Spec | str,
    resampling: Resampling = Resampling(999),  # noqa: B008 - a frozen option, never changed
    *,
    weights: str | None = None,
) -> Bootstrap:
    """Resample whole units of a table on disk and estimate the regression in every resample.

    One Gram a unit is written to the workspace; a resample is a weighted sum of them, effects of
    time estimated afresh.

    Parameters
    ----------
    table : BigTable
    model, weights
        As for `fit_fe`.
    resampling : Resampling
        Of units. Draws come in blocks of 256, each one pass over the Grams.

    Returns
    -------
    Bootstrap
        The same draws as from `panel.bootstrap_fe`, up to rounding.

    Raises
    ------
    SpecError
        Another cluster than the unit; see `fit_fe`.
    DataError
        No room for the Grams; see `fit_fe`.

    Examples
    --------
    >>> bootstrap_fe(scan("cells", unit="cell", time="year"),
    ...     "y ~ x | cell + year")  # doctest: +SKIP
    """
    checked_table(table, "bootstrap_fe")
    if resampling.unit(table.unit) not in {table.unit, "city"}:
        seen = f"cluster '{resampling.cluster}'"
        raise SpecError(Fault(seen, f"'{table.unit}'", "Leave cluster out.", "resampling"))
    spec = big_spec(table, model, weights)
    terms = terms_of(table, spec)
    rows = ordered(table, terms.columns)
    chosen, scheme = resampling.pinned(), resampling.weighting
    with at_work(table.workspace, "fit-fe", *fit_key(table, spec, False)) as place:
        fitted = fitted_on_disk(table, place, spec, terms, rows, keep_singletons=False)
        estimate = big_estimate(table, fitted, clustered_covariance(table, fitted, "fixest"))
        columns = _columns(fitted)
        item = np.dtype(_kind(scheme)).itemsize
        size = fitted.units * (columns.width * 8 + BLOCK * item)
        place.require_space(size, f"Grams of {fitted.units:,} units")
        write = partial(_write_grams, fitted.design, columns, place.folder)
        sizes = place.over(write, range(rows.parts), "writing grams")
        blocks = list(range(-(-chosen.draws // BLOCK)))
        task = f"bootstrap_fe.{type(scheme).__name__}.{resampling.unit(table.unit)}"
        draw = partial(_draw, columns, sizes, place.folder, scheme, task, chosen.seed())
        label = f"{task} {chosen.seed()}"
        parts = np.concatenate(_alone(place).over(draw, blocks, label))[: chosen.draws]
    lost, fewer = parts[:, -2] > 0, parts[:, -1] > 0
    if chosen.draws - lost.sum() < 2:
        seen = f"{int(lost.sum())} of {chosen.draws} draws short of rank"
        remedy = "Use Resampling(scheme=BayesianBootstrap())."
        raise SpecError(Fault(seen, "resamples that identify the model", remedy))
    changes = parts[:, :-2]
    moved = (changes[:, None, :] * (columns.basis * columns.scale)[None]).sum(axis=2)
    made = chosen.made(f"{scheme.label} by {resampling.unit(table.unit)}")
    draws = Draws(estimate.terms, fitted.coefficients + moved, made)
    return Bootstrap(estimate, draws, int(fewer.sum()), chosen)


def _alone(place: Place) -> Place:
    """The same place, its work done in this process: a block of draws reads every Gram."""
    return replace(place, workspace=replace(place.workspace, jobs=1))


def _columns(fitted: Fitted) -> _Columns:
    gram = fitted.gram[:-1, :-1]
    size = np.sqrt(np.diag(gram))
    lower = np.linalg.cholesky(gram / np.outer(size, size))
    basis = solve_triangular(lower, np.eye(len(lower)), lower=True).T / size[:, None]
    scale = float(np.sqrt(fitted.rss)) or 1.0
    if fitted.effects is None:
        nothing = np.zeros(0, dtype=np.intp)
        return _Columns(fitted, basis, scale, 0, nothing, np.zeros(0))
    weight = fitted.total.times[1]
    there = np.flatnonzero(weight > 0)
    kept = there[1:] if fitted.effects.rank == len(there) - 1 else fitted.effects.kept
    norm = np.where(weight > 0, 1 / np.sqrt(np.where(weight > 0, weight, 1.0)), 0.0)
    return _Columns(fitted, basis, scale, len(weight), kept, norm)


def _write_grams(design: Design, columns: _Columns, folder: Path, part: int) -> int:
    """Write the Grams of the units of a part; how many they are."""
    one, names = design(part)
    fitted = columns.fitted
    arrow = extra("pyarrow")
    table = np.zeros((0, columns.width))
    if len(one.level):
        rows = residual_rows(one, fitted.shift, fitted.coefficients)
        rows = np.concatenate([columns.basis.T @ rows[:-1], rows[-1:] / columns.scale])
        table = gram_rows(rows, one, columns.times, columns.kept, columns.unit_norm)
    cells = arrow.array(table.ravel())
    grams = arrow.FixedSizeListArray.from_arrays(cells, columns.width)
    chosen = arrow.array([names[at] for at in one.chosen.tolist()])
    buffer = io.BytesIO()
    extra("pyarrow.parquet").write_table(
        arrow.table({"unit": chosen, "gram": grams}),
        buffer,
        row_group_size=UNITS,
        compression="none",
    )
    write_file(_path(folder, part), buffer.getvalue())
    return len(table)


def _path(folder: Path, part: int) -> Path:
    return folder / f"grams-{part:05d}.parquet"


def _kind(scheme: Scheme) -> str:
    """Type of a stored weight: counts are small."""
    return "uint16" if isinstance(scheme, PairsCluster) else "float64"


def _draw(
    columns: _Columns,
    sizes: list[int],
    folder: Path,
    scheme: Scheme,
    task: str,
    seed: int,
    block: int,
) -> Floats:
    """One block of draws: changes of the coefficients, then short of rank, fewer effects."""
    count, k = sum(sizes), len(columns.basis)
    target = folder / "weights.npy"
    weights: Any = np.lib.format.open_memmap(
        target, mode="w+", dtype=_kind(scheme), shape=(BLOCK, count)
    )
    rng = generator(f"{task}.block{block}", seed)
    for draw in range(BLOCK):  # one at a time gives the numbers of all together
        weights[draw] = scheme.weights(rng, 1, count)[0]
    sums, place = 0.0, 0
    for part in range(len(sizes)):
        for table in _grams(_path(folder, part), columns):
            here = np.ascontiguousarray(weights[:, place : place + len(table)], dtype=float)
            sums = sums + here @ table
            place += len(table)
    del weights
    target.unlink()
    effects = len(columns.kept)
    shape = GramBlock(np.arange(count), np.empty((0, 0)), effects, k + 1, even=False)
    found = solve_resamples(ClusterGrams((shape,), count, k, 1), [np.asarray(sums)])
    flags = np.stack([found.lost, found.fewer], axis=1).astype(float)
    return np.concatenate([found.coefficients, flags], axis=1)


def _grams(path: Path, columns: _Columns) -> Any:
    """Tables of Grams, a few thousand units at a time."""
    with open_parquet(path) as file:
        for batch in file.iter_batches(batch_size=UNITS, columns=["gram"]):
            flat = batch.column(0).flatten().to_numpy(zero_copy_only=False)
            rows = flat.reshape(-1, columns.width)
            yield block_table(rows, columns.times, columns.kept, columns.unit_norm)
