"""How much each cluster moves a curve without a model: the infinitesimal jackknife."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from econshrink.core.arrays import Floats, Ints, group_sums

_CELLS = 4_000_000  # clusters times event times held in memory at once


@dataclass(frozen=True, eq=False)
class RiskCounts:
    """Rows and the event times they are at risk at; n rows, d times.

    Parameters
    ----------
    time : ndarray, shape (d,)
        Event times.
    first, last : ndarray of int, shape (n,)
        A row is at risk at the times ``first, ..., last - 1``.
    event : ndarray of bool, shape (n,)
        The row ends in an event, at the time ``last - 1``.
    weight : ndarray, shape (n,)
    """

    time: Floats
    first: Ints
    last: Ints
    event: NDArray[np.bool_]
    weight: Floats

    @property
    def at_risk(self) -> Floats:
        """Weight at risk at each event time."""
        whole: Floats = self.spread(np.zeros(len(self.first), dtype=np.intp), 1)[0]
        return whole

    @property
    def events(self) -> Floats:
        """Weight of the events at each event time."""
        died = self.event
        return group_sums(self.weight[died], self.last[died] - 1, len(self.time))

    def spread(self, cluster: Ints, clusters: int) -> Floats:
        """Weight at risk of each cluster at each event time, shape (clusters, d)."""
        width = len(self.time) + 1
        size = clusters * width
        flow = group_sums(self.weight, cluster * width + self.first, size)
        flow -= group_sums(self.weight, cluster * width + self.last, size)
        return np.asarray(np.cumsum(flow.reshape(clusters, width), axis=1)[:, :-1])

    def died(self, cluster: Ints, clusters: int) -> Floats:
        """Weight of the events of each cluster at each event time, shape (clusters, d)."""
        own, width = self.event, len(self.time)
        cell = cluster[own] * width + self.last[own] - 1
        return group_sums(self.weight[own], cell, clusters * width).reshape(clusters, width)

    def rows(self, chosen: NDArray[np.bool_]) -> RiskCounts:
        """The chosen rows on the same event times."""
        first, last = self.first[chosen], self.last[chosen]
        return RiskCounts(self.time, first, last, self.event[chosen], self.weight[chosen])


def risk_counts(
    start: Floats, stop: Floats, event: NDArray[np.bool_], weight: Floats
) -> RiskCounts:
    """Event times and the ranges of them that rows on ``(start, stop]`` cover."""
    time = np.unique(stop[event & (weight > 0)])
    first = np.searchsorted(time, start, side="right").astype(np.intp)
    last = np.searchsorted(time, stop, side="right").astype(np.intp)
    return RiskCounts(time, first, last, event & (weight > 0), weight)


def running_influence(
    rows: RiskCounts, cluster: Ints, clusters: int, factor: Floats
) -> Iterator[Floats]:
    r"""Sums :math:`\sum_{s \le t} f(s) (dN_c - Y_c\, dN / n)`, some clusters at a time; (m, d).

    With f = 1/n it is the derivative of the Nelson-Aalen estimate in the weight of each cluster,
    with f = -1/(n - dN) that of the log of the Kaplan-Meier estimate.
    """
    for drift in cluster_drift(rows, cluster, clusters):
        yield np.cumsum(drift * factor, axis=1)


def hazard_factor(rows: RiskCounts) -> Floats:
    """Factor of `running_influence` for the Nelson-Aalen estimate."""
    return np.asarray(1 / rows.at_risk)


def log_survival_factor(rows: RiskCounts) -> Floats:
    """Factor for log S; 0 where everybody at risk had the event, whatever the weights."""
    at_risk, events = rows.at_risk, rows.events
    left = events < at_risk * (1 - 1e-12)
    return np.where(left, -1 / np.where(left, at_risk - events, 1.0), 0.0)


def clustered_error(rows: RiskCounts, cluster: Ints, clusters: int, factor: Floats) -> Floats:
    """Root of the summed squares of `running_influence`: a standard error a time, shape (d,)."""
    total = np.zeros(len(rows.time))
    for pull in running_influence(rows, cluster, clusters, factor):
        total += (pull**2).sum(axis=0)
    return np.asarray(np.sqrt(total))


def cluster_drift(
    rows: RiskCounts, cluster: Ints, clusters: int, hazard: Floats | None = None
) -> Iterator[Floats]:
    """Events of each cluster less those expected of it, dN_c - Y_c h, at each event time.

    The hazard h is that of the rows, dN / n, unless another is given.
    """
    if hazard is None:
        hazard = rows.events / rows.at_risk
    step = max(1, _CELLS // max(len(rows.time), 1))
    for low in range(0, clusters, step):
        count = min(step, clusters - low)
        mine = (cluster >= low) & (cluster < low + count)
        some, own = rows.rows(mine), cluster[mine] - low
        yield some.died(own, count) - some.spread(own, count) * hazard
