"""Plan: what a study replicates, in which settings, how often."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from econshrink.lab import Settings, Study


@dataclass(frozen=True)
class Setting:
    """Base of the settings of light data generators: frozen fields and a digest of them.

    Examples
    --------
    >>> @dataclass(frozen=True)
    ... class Normal(Setting):
    ...     mean: float = 0.0
    >>> Normal(1.0).digest() == Normal(1.0).digest() != Normal(2.0).digest()
    True
    """

    def digest(self) -> str:
        """SHA-256 of the class and its fields."""
        text = json.dumps([type(self).__qualname__, dataclasses.asdict(self)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Plan:
    """One study of the paper.

    A module of `analyses.studies` holds ``PLANS``, a tuple of these, and is named in
    `analyses.machinery.studies.registry`. Running a plan writes ``paper/studies/<name>.json``
    (summary, seed, versions, digests) and ``<name>.csv.gz`` (every replicate); the paper reads
    the first, ``make verify STUDIES=1`` repeats a tenth of the second.

    Parameters
    ----------
    study : Study
        Its name is the name of the plan: lower case with underscores.
    grid : mapping of str to settings
        `LabSettings`, or a `Setting` of the study's own generator.
    replicates : int
        Replicates a setting.
    title : str
        What is studied, in words.
    module : str
        Module that holds the plan; its code and all it imports are digested.
    chunk : int
        Replicates a saved piece; a stopped study goes on after the last one.
    """

    study: Study
    grid: Mapping[str, Settings]
    replicates: int
    title: str
    module: str
    chunk: int = 20

    @property
    def name(self) -> str:
        """Name of the study."""
        return self.study.name
