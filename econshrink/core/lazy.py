"""Namespaces: public names loaded on first use, yet visible to type checkers and editors.

A package lists its public names once, as imports under ``if TYPE_CHECKING:`` in its
``__init__.py``. Type checkers read that block; at run time `namespace` reads the same block from
the source, so there is no second list to keep. Functions are handed out with a look at their
arguments (`econshrink.core.arguments`); inside the package, where modules import from modules, they
are called as they are.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path


@cache
def public_names(path: Path) -> dict[str, str]:
    """Public name -> module that holds it, as the ``TYPE_CHECKING`` block of a file says.

    A submodule that is itself public stands as ``from package import part``.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        alias.asname or alias.name: statement.module or ""
        for block in tree.body
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for statement in block.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }


def namespace(
    package: str, file: str, moved: Callable[[str], str] = lambda _: ""
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of a package whose names are loaded on first use.

    Parameters
    ----------
    package : str
        Its ``__name__``.
    file : str
        Its ``__file__``.
    moved : callable
        A name that is not here -> one line on where it is now, or an empty text.
    """
    path = Path(file)
    # Not attributes of the package, where doctest would take them for its own.
    handed_out: dict[str, object] = {}

    def load(name: str) -> object:
        if name == "__all__":
            return sorted(public_names(path))
        if name in handed_out:
            return handed_out[name]
        home = "" if name.startswith("__") else public_names(path).get(name, "")
        if not home:
            place = "" if name.startswith("_") else moved(name)
            if place:  # not an AttributeError, whose words an import statement swallows
                raise ImportError(place)
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        if home == package:
            return importlib.import_module(f"{package}.{name}")
        value = getattr(importlib.import_module(home), name)
        own = hasattr(value, "__wrapped__") or hasattr(value, "own_words")
        if inspect.isfunction(value) and not own:
            from econshrink.core.arguments import checked  # noqa: PLC0415  (NumPy, when needed)

            handed_out[name] = checked(value, package)
            return handed_out[name]
        setattr(importlib.import_module(package), name, value)
        return value

    return load, lambda: sorted(public_names(path))
