"""Tests of invariances and of recovery draw many cases: they are left out of the fast tier."""

from pathlib import Path

import pytest

SLOW_FOLDERS = {"property", "recovery"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test in those folders as slow."""
    for item in items:
        if SLOW_FOLDERS & set(Path(item.path).parts):
            item.add_marker(pytest.mark.slow)
