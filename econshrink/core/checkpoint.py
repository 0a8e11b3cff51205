"""Finished pieces of a long run, kept in a folder so that a later run goes on from there."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from econshrink.core.errors import DataError, Fault, SpecError
from econshrink.core.files import write_file

PLAIN = (str, int, float, bool, type(None))


@dataclass(frozen=True)
class Checkpoint:
    """Folder of finished results, one file an item, each written whole or not at all.

    Results may be numeric arrays, or numbers, texts, lists and dicts of these.

    Parameters
    ----------
    folder : Path or str
        Made if need be. It belongs to one list of items and one function.
    name : str
        What the run depends on beside the items, such as the digest of its data; a folder of
        another name is refused.

    Examples
    --------
    >>> Checkpoint("pieces", name="2026-05").name
    '2026-05'
    """

    folder: Path | str
    name: str = ""

    def opened(self, function: Callable[..., Any], items: Sequence[Any]) -> Pieces:
        """The pieces of this function and these items; refuses a folder of others."""
        return Pieces(self, function, items)


class Pieces:
    """The files of a checkpoint."""

    def __init__(
        self, checkpoint: Checkpoint, function: Callable[..., Any], items: Sequence[Any]
    ) -> None:
        self.folder = Path(checkpoint.folder)
        self.count = len(items)
        inner = getattr(function, "func", function)
        called = getattr(inner, "__qualname__", type(inner).__name__)
        run = {
            "name": checkpoint.name,
            "function": f"{inner.__module__}.{called}",
            "items": len(items),
            "digest": hashlib.sha256("\n".join(map(_key, items)).encode()).hexdigest(),
        }
        text = json.dumps(run, indent=1, sort_keys=True) + "\n"
        path = self.folder / "run.json"
        if not path.exists():
            write_file(path, text)
        elif path.read_text(encoding="utf-8") != text:
            seen = f"the checkpoint {self.folder} of other items, another function or name"
            raise SpecError(Fault(seen, "one folder a run", "Name another folder or remove it."))

    def read(self) -> dict[int, Any]:
        """Results that are there, by number of the item."""
        found: dict[int, Any] = {}
        for number in range(self.count):
            array, plain = self._path(number, "npy"), self._path(number, "json")
            try:
                if array.exists():
                    found[number] = np.load(array, allow_pickle=False)
                elif plain.exists():
                    found[number] = json.loads(plain.read_text(encoding="utf-8"))
            except ValueError as problem:
                path = array if array.exists() else plain
                fault = Fault(f"a damaged file {path}", "a piece of a run", "Remove that file.")
                raise DataError(fault) from problem
        return found

    def write(self, number: int, result: Any) -> Any:
        """Keep a result; gives it back."""
        if isinstance(result, np.ndarray) and result.dtype.kind in "biufc":
            file = io.BytesIO()
            np.save(file, result, allow_pickle=False)
            write_file(self._path(number, "npy"), file.getvalue())
        elif _is_plain(result):
            write_file(self._path(number, "json"), json.dumps(result) + "\n")
        else:
            raise SpecError(
                Fault(
                    f"a result of type {type(result).__name__} for a checkpoint",
                    "a numeric array, or numbers, texts, lists and dicts of these",
                    "Return one of these, or leave the checkpoint out.",
                )
            )
        return result

    def _path(self, number: int, kind: str) -> Path:
        return self.folder / f"{number:07d}.{kind}"


def _is_plain(result: Any) -> bool:
    """Tell whether JSON gives the very same thing back."""
    if type(result) is list:
        return all(map(_is_plain, result))
    if type(result) is dict:
        return all(type(key) is str and _is_plain(value) for key, value in result.items())
    return type(result) in PLAIN


def _key(item: Any) -> str:
    """Text of an item that is the same in every process; only its type where there is none."""
    if type(item) in PLAIN:
        return f"{type(item).__name__}:{item!r}"
    if isinstance(item, np.ndarray) and item.dtype != object:
        return f"{item.dtype}{item.shape}:{hashlib.sha256(item.tobytes()).hexdigest()}"
    if isinstance(item, tuple | list):
        return f"{type(item).__name__}({','.join(map(_key, item))})"
    return type(item).__name__
