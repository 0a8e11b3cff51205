"""Numbers inside the text cells of the article's tables."""

from __future__ import annotations

from typing import Any

from analyses.machinery.workspace import Workspace
from econshrink.nouns import Cell

Found = dict[str, Any]


def values(work: Workspace) -> Found:
    """Result id -> value of all needed tasks."""
    return {key: entry["value"] for key, entry in work.results().items()}


def figure(value: float, digits: int = 1) -> str:
    """A number as printed in running text, with a proper minus sign."""
    return Cell(float(value), f".{digits}f").text


def with_error(estimate: float, error: float, digits: int = 1) -> str:
    """An estimate with its standard error in parentheses."""
    return f"{figure(estimate, digits)} ({figure(error, digits)})"


def chance(value: float) -> str:
    """A p-value with three digits, and never a plain zero."""
    return "<0.001" if value < 0.001 else f"{value:.3f}"
