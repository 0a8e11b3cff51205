"""What users write instead of the resampling engine: numpy loops, linearmodels, pyfixest."""

from __future__ import annotations

import warnings
from functools import cached_property
from importlib.util import find_spec

import numpy as np
import pandas as pd
from linearmodels.panel import PanelOLS

from econshrink import CityPanel, Spec
from econshrink.core.seeds import MASTER_SEED
from econshrink.inference import PairsCluster, block_weights

YEARS, K = 20, 8
NAMES = tuple(f"x{i + 1}" for i in range(K + 1))
SPEC = Spec("y", NAMES[:K], ("city", "year"))
PYFIXEST = find_spec("pyfixest") is not None
WILDBOOTTEST = find_spec("wildboottest") is not None


class Loops:
    """What a user would write instead, for the same numbers."""

    def __init__(self, panel: CityPanel) -> None:
        self.panel = panel
        table = panel.frame[["y", *NAMES]].to_numpy()
        self.cities = len(panel.cities)
        self.raw = table.reshape(self.cities, YEARS, -1)
        self.within_city = self.raw - self.raw.mean(axis=1, keepdims=True)
        self.swept = self.within_city - self.within_city.mean(axis=0)
        self.counts = block_weights(
            PairsCluster(), "bootstrap_fe.PairsCluster.city", MASTER_SEED, self.cities, 0
        )

    def rows(self, draw: int) -> np.ndarray:
        """Cities of a draw."""
        return np.repeat(np.arange(self.cities), self.counts[draw].astype(int))

    def numpy_refit(self, draw: int) -> np.ndarray:
        """Gather the cities, demean by city and year, least squares."""
        return self._fit(self.raw[self.rows(draw)])

    def numpy_without(self, city: int) -> np.ndarray:
        """The same without one city."""
        return self._fit(np.delete(self.raw, city, axis=0))

    def _fit(self, block: np.ndarray) -> np.ndarray:
        block = block - block.mean(axis=1, keepdims=True)
        flat = (block - block.mean(axis=0)).reshape(-1, self.raw.shape[2])
        return np.linalg.lstsq(flat[:, 1 : K + 1], flat[:, 0], rcond=None)[0]

    def numpy_tight(self, draw: int) -> np.ndarray:
        """City means removed once for all draws; normal equations instead of least squares."""
        block = self.within_city[self.rows(draw)][:, :, : K + 1]
        flat = (block - block.mean(axis=0)).reshape(-1, K + 1)
        gram = flat.T @ flat
        return np.linalg.solve(gram[1:, 1:], gram[1:, 0])

    def numpy_unbalanced(self, draw: int, table: np.ndarray, start: np.ndarray) -> np.ndarray:
        """Gather the rows, demean by city copy, year dummies demeaned likewise as regressors."""
        cities = self.rows(draw)
        length = np.diff(start)[cities]
        first = np.repeat(start[cities] - np.concatenate([[0], length.cumsum()[:-1]]), length)
        block = table[first + np.arange(length.sum())]
        edges = np.concatenate([[0], length.cumsum()[:-1]])
        means = np.add.reduceat(block, edges) / length[:, None]
        block = block - np.repeat(means, length, axis=0)
        return np.linalg.lstsq(block[:, 1:], block[:, 0], rcond=None)[0][:K]

    def panel_ols(self, draw: int) -> np.ndarray:
        """Linearmodels on the resampled frame."""
        block = self.raw[self.rows(draw)].reshape(-1, self.raw.shape[2])
        index = pd.MultiIndex.from_product([range(self.cities), range(YEARS)])
        frame = pd.DataFrame(block, index=index, columns=["y", *NAMES])
        model = PanelOLS(
            frame["y"], frame[list(SPEC.covariates)], entity_effects=True, time_effects=True
        )
        return model.fit().params.to_numpy()

    def scores_fit(self, flat: np.ndarray, used: list[int]) -> tuple[float, float]:
        """Coefficient and clustered standard error of the first regressor, on swept rows."""
        x, y = flat[:, used], flat[:, 0]
        bread = np.linalg.inv(x.T @ x)
        b = bread @ (x.T @ y)
        scores = (x * (y - x @ b)[:, None]).reshape(self.cities, YEARS, -1).sum(axis=1)
        return float(b[0]), float(np.sqrt(((scores @ bread[0]) ** 2).sum()))

    def sub_blocks(self, draw: int, demeaned: np.ndarray, picks: list[np.ndarray]) -> list[float]:
        """All specifications of one draw from one Gram, city means removed beforehand."""
        block = demeaned[self.rows(draw)]
        flat = (block - block.mean(axis=0)).reshape(-1, demeaned.shape[2])
        gram = flat.T @ flat
        return [np.linalg.solve(gram[np.ix_(at, at)], gram[at, 0])[0] for at in picks]

    def wild(self, draw: int) -> float:
        """One restricted wild bootstrap t: build y*, demean by year, fit, cluster."""
        flat = self.swept.reshape(-1, self.swept.shape[2])
        others = flat[:, 2 : K + 1]
        u = flat[:, 0] - others @ np.linalg.lstsq(others, flat[:, 0], rcond=None)[0]
        rng = np.random.default_rng(draw)
        moved = u.reshape(self.cities, YEARS) * rng.choice([-1.0, 1.0], self.cities)[:, None]
        moved = (moved - moved.mean(axis=0)).ravel()
        table = np.column_stack([moved, flat[:, 1:]])
        b, error = self.scores_fit(table, list(range(1, K + 1)))
        return b / error

    def placebo(self, draw: int) -> float:
        """Permute the first regressor's paths and fit."""
        order = np.random.default_rng(draw).permutation(self.cities)
        flat = self.swept.reshape(-1, self.swept.shape[2])
        x = np.column_stack([self.swept[order][:, :, 1].ravel(), flat[:, 2 : K + 1]])
        return float(np.linalg.solve(x.T @ x, x.T @ flat[:, 0])[0])


class PyFixest:
    """The same tasks by pyfixest, one refit after another; spaces in its effects are needed."""

    def __init__(self, panel: CityPanel) -> None:
        self.frame = panel.frame.reset_index()
        self.frame["city"] = self.frame["city"].astype(int)
        self.cities = len(panel.cities)

    def fit(
        self, terms: tuple[str, ...], vcov: object, frame: pd.DataFrame | None = None
    ) -> object:
        """One two-way fit."""
        import pyfixest  # noqa: PLC0415

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return pyfixest.feols(
                f"y ~ {' + '.join(terms)} | city + year",
                data=self.frame if frame is None else frame,
                vcov=vcov,
            )

    def refit(self, rows: np.ndarray) -> object:
        """A pairs-cluster draw: gather the cities, number the copies, fit."""
        block = self._table[rows].reshape(-1, self._table.shape[2])
        frame = pd.DataFrame(block, columns=["city", "year", "y", *NAMES[:K]])
        frame["city"] = np.repeat(np.arange(self.cities), YEARS)
        return self.fit(NAMES[:K], "iid", frame)

    @cached_property
    def _table(self) -> np.ndarray:
        return (
            self.frame[["city", "year", "y", *NAMES[:K]]]
            .to_numpy(float)
            .reshape(self.cities, YEARS, -1)
        )


def wildboottest_p(panel: CityPanel, term: str, draws: int) -> float:
    """p-value of wildboottest, which needs a dummy for every city and year."""
    from statsmodels.regression.linear_model import OLS  # noqa: PLC0415
    from wildboottest.wildboottest import wildboottest  # noqa: PLC0415

    frame = panel.frame.reset_index()
    dummies = pd.get_dummies(frame[["city", "year"]].astype(str), drop_first=True, dtype=float)
    x = pd.concat([frame[list(NAMES[:K])], dummies], axis=1).assign(one=1.0)
    groups = pd.Series(pd.factorize(frame["city"])[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = wildboottest(
            OLS(frame["y"], x), param=term, cluster=groups, B=draws, seed=1, show=False
        )
    return float(found["p-value"].iloc[0])
