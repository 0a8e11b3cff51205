"""Reduced form: outcome and endogenous regressor on the instruments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from econshrink.core.arrays import Floats, symmetric


@dataclass(frozen=True, eq=False)
class ReducedForm:
    """Coefficients of outcome and endogenous regressor on the instruments, with covariances.

    Parameters
    ----------
    outcome, endogenous : ndarray, shape (L,)
    covariance : ndarray, shape (2L, 2L)
        Of the two stacked, outcome first; positive definite. It gives Ω(β).
    first_stage : ndarray, shape (L, 3L), optional
        Covariance of π_x, from first-stage residuals, with π_y, π_x and itself; by default the
        rows of `covariance`. It matters to the conditional test alone.
    clusters : float
        Independent groups behind the covariance; infinite if it is known, or iid.
    df : float
        Denominator degrees of freedom of F, for iid errors.
    """

    outcome: Floats
    endogenous: Floats
    covariance: Floats
    first_stage: Floats | None = None
    clusters: float = np.inf
    df: float = np.inf

    @property
    def instruments(self) -> int:
        """Number of instruments L."""
        return len(self.outcome)

    def gap(self, beta: float) -> Floats:
        """g(β) = π_y − β π_x, shape (L,)."""
        return self.outcome - beta * self.endogenous

    def blocks(self) -> tuple[Floats, Floats, Floats]:
        """Covariances V_yy, V_yx and V_xx, each of shape (L, L)."""
        size = self.instruments
        v = self.covariance
        return v[:size, :size], v[:size, size:], v[size:, size:]

    def gap_covariance(self, beta: float) -> Floats:
        """Ω(β), shape (L, L)."""
        v_yy, v_yx, v_xx = self.blocks()
        return symmetric(v_yy - beta * (v_yx + v_yx.T) + beta**2 * v_xx)

    def strength_blocks(self, beta: float) -> tuple[Floats, Floats]:
        """Covariance of π_x with g(β), and of π_x, each of shape (L, L)."""
        size = self.instruments
        if self.first_stage is None:
            _, v_yx, v_xx = self.blocks()
            return v_yx.T - beta * v_xx, v_xx
        w = self.first_stage
        return w[:, :size] - beta * w[:, size : 2 * size], w[:, 2 * size :]
