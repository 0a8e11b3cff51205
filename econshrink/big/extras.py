"""The packages of the extra ``econshrink[big]``, imported when a verb needs them."""

from __future__ import annotations

import importlib
from types import ModuleType

from econshrink.core.errors import Fault, MissingExtra

_PACKAGES = {"pyarrow": "pyarrow", "ibis": "ibis-framework[duckdb]", "duckdb": "duckdb"}


def extra(name: str) -> ModuleType:
    """A module of pyarrow, ibis or duckdb, such as ``"pyarrow.parquet"``.

    Raises `MissingExtra` if the package is not installed.
    """
    root = name.split(".", maxsplit=1)[0]
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as problem:
        if (problem.name or "").split(".")[0] != root:
            raise
        raise MissingExtra(
            Fault(
                f"no {_PACKAGES[root]}",
                "the packages of the extra econshrink[big]",
                "Install them: pip install 'econshrink[big]'.",
            )
        ) from problem
