"""Likelihood of a binary model: links, and identical rows as one cell with counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from econshrink.core.arrays import Floats, Ints, group_sums
from econshrink.core.field_types import typed_fields
from econshrink.survival.discrete.design import PeriodDesign
from econshrink.survival.kernel.newton import Point


@dataclass(frozen=True)
@typed_fields
class Cloglog:
    """log(-log(1 - p)): proportional hazards in continuous time, seen in periods; the default."""

    name: str = "cloglog"


@dataclass(frozen=True)
@typed_fields
class Logit:
    """log(p / (1 - p)): proportional odds of the event within a period."""

    name: str = "logit"


Link = Cloglog | Logit


class Terms(NamedTuple):
    """At each predictor: p, and slopes and bends (minus the second derivative) of log p, log 1-p.

    ``expected`` is the Fisher information in the predictor.
    """

    mean: Floats
    log_survival: Floats
    slope_event: Floats
    slope_survival: Floats
    bend_event: Floats
    bend_survival: Floats
    expected: Floats


def terms(eta: Floats, link: Link) -> Terms:
    """Evaluate a link; every bend is positive, so both likelihoods are concave."""
    if isinstance(link, Logit):
        mean, other = special.expit(eta), special.expit(-eta)
        weight = mean * other
        return Terms(mean, -np.logaddexp(0.0, eta), other, -mean, weight, weight, weight)
    hazard = np.exp(np.clip(eta, -700.0, 300.0))
    mean = -np.expm1(-hazard)
    # a = hazard e^-hazard / mean: slope of log(mean); 1 - hazard - a is -hazard/2 near zero.
    slope = hazard / mean * (1.0 - mean)
    bend = np.where(hazard < 1e-6, hazard / 2, slope + hazard - 1.0) * slope
    return Terms(mean, -hazard, slope, -hazard, bend, hazard, slope * hazard)


_SAMPLE = 4096
_BLOCK = 16384  # rows whose temporary arrays stay in a processor's cache
_WORTH = 0.5  # collapse only if a sample of rows has at most this share of distinct ones


@dataclass(frozen=True, eq=False)
class Cells:
    """Rows of a design with the number of events and of survivors in each.

    Parameters
    ----------
    design : PeriodDesign
        One row a cell.
    offset, events, survivors : ndarray, shape (m,)
    cell : ndarray of int, shape (n,), optional
        Cell of each original row; absent where every row is its own cell.
    """

    design: PeriodDesign
    offset: Floats
    events: Floats
    survivors: Floats
    cell: Ints | None = None

    def point(self, beta: Floats, link: Link) -> Point:
        """Log-likelihood with its score and observed information, which is positive."""
        k = len(self.design.terms)
        loglik, score, information = 0.0, np.zeros(k), np.zeros((k, k))
        for part in self._blocks():
            at = terms(part.design.predictor(beta) + part.offset, link)
            died = part.events > 0
            loglik += float(part.events[died] @ np.log(at.mean[died]))
            loglik += float(part.survivors @ at.log_survival)
            slope = part.events * at.slope_event + part.survivors * at.slope_survival
            bend = part.events * at.bend_event + part.survivors * at.bend_survival
            score += part.design.project(slope)
            information += part.design.gram(bend)
        return Point(beta, loglik, score, information)

    def expected_information(self, beta: Floats, link: Link) -> Floats:
        """Fisher information, shape (k, k)."""
        k = len(self.design.terms)
        total = np.zeros((k, k))
        for part in self._blocks():
            at = terms(part.design.predictor(beta) + part.offset, link)
            total += part.design.gram((part.events + part.survivors) * at.expected)
        return total

    def _blocks(self) -> Iterator[Cells]:
        for first in range(0, len(self.events), _BLOCK):
            rows = slice(first, first + _BLOCK)
            yield Cells(
                self.design.block(rows), self.offset[rows], self.events[rows], self.survivors[rows]
            )

    def row_slopes(self, beta: Floats, link: Link, event: Floats) -> Floats:
        """Slope of every original row."""
        at = terms(self.design.predictor(beta) + self.offset, link)
        cell = slice(None) if self.cell is None else self.cell
        slopes: Floats = np.where(event > 0, at.slope_event[cell], at.slope_survival[cell])
        return slopes


def collapse(design: PeriodDesign, event: Floats, offset: Floats) -> Cells:
    """Join identical rows, if a sample says that there are many."""
    n = len(event)
    some = np.linspace(0, n - 1, min(n, _SAMPLE)).astype(int)
    sampled = _numbers(design, offset, some)
    if int(sampled.max(initial=0)) + 1 > _WORTH * len(some):
        return Cells(design, offset, event, 1.0 - event)
    cell = _numbers(design, offset, slice(None))
    count = int(cell.max()) + 1
    first = np.empty(count, dtype=np.intp)
    first[cell[::-1]] = np.arange(n)[::-1]
    events = group_sums(event, cell, count)
    survivors = group_sums(1.0 - event, cell, count)
    group = design.group[first] if design.groups else design.group
    smaller = replace(design, x=design.x[first], group=group)
    return Cells(smaller, offset[first], events, survivors, cell)


def _numbers(design: PeriodDesign, offset: Floats, rows: Ints | slice) -> Ints:
    """Number the distinct rows in order of appearance, one column after the other."""
    columns: list[Floats | Ints] = [design.x[rows, j] for j in range(design.x.shape[1])]
    columns += [design.group[rows]] if design.groups else []
    columns += [offset[rows]] if offset.any() else []
    number = np.zeros(len(offset[rows]), dtype=np.int64)
    for column in columns:
        own, levels = pd.factorize(column)
        number = pd.factorize(number * max(len(levels), 1) + own)[0]
    return number.astype(np.intp)
