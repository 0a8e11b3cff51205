"""Placebo permutation: paths of a regressor dealt out to other cities, balanced panels."""

from __future__ import annotations

from functools import partial

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.core.parallel import parallel_map
from econshrink.core.seeds import generator
from econshrink.inference.resampling import Resampling

BLOCK = 64  # permutations computed together; fixed, so that digits do not depend on the division
SPANNED = 1e-10  # variation of the path left beside the controls, relative to its own


def permute(
    path: Floats,
    outcome: Floats,
    controls: Floats,
    resampling: Resampling,
) -> Floats:
    """Coefficients of the regressor with its paths permuted over cities, shape (B,).

    Takes `path, outcome` of shape (G, T): regressor and outcome, demeaned by city and year (which
    commutes with permuting cities); `controls` of shape (G, T, k): other regressors, demeaned
    likewise, of full rank; k may be 0.

    Returns NaN where the permuted path is in the span of the controls.

    Raises `DataError`: shapes that do not match.

    With y° the outcome less its projection on the controls and Q an orthonormal basis of these,
    the coefficient of the dealt path d is d'y° / (d'd − |Q'd|²).

    Examples
    --------
    >>> d, y = np.array([[1.0, -1.0], [-1.0, 1.0]]), np.array([[2.0, -2.0], [-2.0, 2.0]])
    >>> sorted(set(permute(d, y, np.empty((2, 2, 0)), Resampling(20)).tolist()))
    [-2.0, 2.0]
    """
    faults = []
    if path.ndim != 2 or outcome.shape != path.shape or controls.shape[:-1] != path.shape:
        seen = f"shapes {path.shape}, {outcome.shape} and {controls.shape}"
        faults.append(Fault(seen, "(G, T), (G, T) and (G, T, k)", "Balance the panel."))
    raise_all(DataError, faults)
    draws, jobs, backend = resampling.draws, resampling.jobs, resampling.backend
    basis, _ = np.linalg.qr(controls.reshape(path.size, -1))
    free = outcome.ravel() - basis @ (basis.T @ outcome.ravel())
    targets = np.column_stack([free, basis])
    one = partial(_block, path, targets, resampling.seed())
    parts = parallel_map(one, range(-(-draws // BLOCK)), jobs=jobs, backend=backend)
    return np.concatenate(parts)[:draws]


def _block(path: Floats, targets: Floats, seed: int, block: int) -> Floats:
    rng = generator(f"permute.block{block}", seed)
    order = rng.permuted(np.tile(np.arange(len(path)), (BLOCK, 1)), axis=1)
    products = path[order].reshape(BLOCK, -1) @ targets
    own = float((path**2).sum())
    left = own - (products[:, 1:] ** 2).sum(axis=1)
    sound = left > SPANNED * own
    return np.where(sound, products[:, 0], np.nan) / np.where(sound, left, 1.0)
