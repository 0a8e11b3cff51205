"""Nouns to JSON or npz and back: numbers, text and tables only, never code.

JSON holds everything inline; npz keeps arrays binary beside one JSON header. Both are read with a
fixed list of classes and without pickle, so a file from a stranger can at worst be refused.
"""

from __future__ import annotations

import dataclasses
import importlib
import io
import json
import math
import os
import pkgutil
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault
from econshrink.core.files import write_file

_T = TypeVar("_T")
_NOUNS: dict[str, type] = {}
_OLD_FIELDS = {"conf_level": "level"}  # of files written by version 0.1
SAMPLE = 65_536  # bytes by which it is judged whether an array shrinks

Put = Callable[[np.ndarray], Any]
Get = Callable[[Any], np.ndarray]


def register(cls: type[_T]) -> type[_T]:
    """Class decorator: let `cls` (a dataclass) be written and read by this module."""
    _NOUNS[cls.__name__] = cls
    return cls


def to_json(noun: Any) -> str:
    """Write a noun as JSON text with sorted keys; NaN becomes null.

    Parameters
    ----------
    noun : a registered noun
        Such as an `Estimate`, a `Forecast` or a `CityPanel`.

    Returns
    -------
    str
        Text that `from_json` turns back into an equal noun.
    """
    return json.dumps(_encode(noun, _inline), ensure_ascii=False, sort_keys=True, allow_nan=False)


def from_json(text: str) -> Any:
    """Read a noun written by `to_json`; raise `DataError` if the text holds anything else."""
    try:
        tree = json.loads(text)
    except json.JSONDecodeError as problem:
        raise _unreadable(str(problem)) from problem
    return _decode(tree, _outline)


def save(noun: Any, path: str | os.PathLike[str]) -> Path:
    """Write a noun to a ``.json`` or ``.npz`` file; a killed process leaves no half file."""
    target = Path(path)
    if target.suffix == ".json":
        return write_file(target, (to_json(noun) + "\n").encode())
    if target.suffix != ".npz":
        raise DataError(
            Fault(f"file name {target.name}", "the ending .json or .npz", "Rename the file.")
        )
    arrays: dict[str, np.ndarray] = {}

    def put(array: np.ndarray) -> str:
        key = f"a{len(arrays)}"
        arrays[key] = array
        return key

    header = json.dumps(_encode(noun, put), ensure_ascii=False, sort_keys=True, allow_nan=False)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for key, array in {"header": np.array(header), **arrays}.items():
            part = io.BytesIO()
            np.lib.format.write_array(part, array, allow_pickle=False)
            member = zipfile.ZipInfo(f"{key}.npy")  # of 1980, so that the bytes repeat
            kind = zipfile.ZIP_DEFLATED if _shrinks(part.getbuffer()) else zipfile.ZIP_STORED
            archive.writestr(member, part.getbuffer(), kind, compresslevel=1)
    return write_file(target, buffer.getvalue())


def _shrinks(data: memoryview) -> bool:
    """Whether the first bytes shrink by a fifth: those of draws do not, and only take time."""
    first = data[:SAMPLE]
    return len(zlib.compress(first, 1)) < 0.8 * len(first)


def load(path: str | os.PathLike[str]) -> Any:
    """Read a noun from a ``.json`` or ``.npz`` file written by `save`."""
    source = Path(path)
    if source.suffix == ".json":
        return from_json(source.read_text(encoding="utf-8"))
    try:
        with np.load(source, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in archive.files}
        header = json.loads(str(arrays["header"]))
    except (ValueError, KeyError, OSError, zipfile.BadZipFile) as problem:
        raise _unreadable(str(problem), source.name) from problem
    return _decode(header, lambda key: arrays[key])


def _inline(array: np.ndarray) -> dict[str, Any]:
    kind = array.dtype.kind
    values = array.ravel().tolist()
    if kind == "f":
        values = [None if math.isnan(v) else repr(v) if math.isinf(v) else v for v in values]
    return {
        "dtype": array.dtype.str if kind != "U" else "U",
        "shape": list(array.shape),
        "v": values,
    }


def _outline(tree: Any) -> np.ndarray:
    try:
        dtype = str(tree["dtype"])
        values = tree["v"]
        if dtype.lstrip("<>=|").startswith("f"):
            values = [math.nan if v is None else float(v) for v in values]
        return np.array(values, dtype=dtype).reshape(tree["shape"])
    except (KeyError, TypeError, ValueError) as problem:
        raise _unreadable(f"a damaged array ({problem})") from problem


def _encode(value: Any, put: Put) -> Any:
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, np.bool_ | np.integer):
        return value.item()
    if isinstance(value, float | np.floating):
        number = float(value)
        return number if math.isfinite(number) else {"!float": repr(number)}
    if isinstance(value, np.ndarray):
        return {"!array": put(value)}
    if isinstance(value, tuple | list):
        return {"!tuple": [_encode(item, put) for item in value]}
    if isinstance(value, dict):
        return {"!dict": [[_encode(k, put), _encode(v, put)] for k, v in value.items()]}
    if isinstance(value, pd.DataFrame):
        return {"!frame": _encode_frame(value, put)}
    if dataclasses.is_dataclass(value) and type(value).__name__ in _NOUNS:
        fields = {f.name: _encode(getattr(value, f.name), put) for f in dataclasses.fields(value)}
        return {"!noun": type(value).__name__, "fields": fields}
    raise DataError(
        Fault(
            f"a {type(value).__name__} inside a noun",
            "numbers, text, tuples, dicts, arrays, tables or registered nouns",
            "Keep other objects out of nouns.",
        )
    )


def _decode(tree: Any, get: Get) -> Any:
    if not isinstance(tree, dict):
        return tree
    if "!float" in tree:
        return float(tree["!float"])
    if "!array" in tree:
        return get(tree["!array"])
    if "!tuple" in tree:
        return tuple(_decode(item, get) for item in tree["!tuple"])
    if "!dict" in tree:
        return {_decode(k, get): _decode(v, get) for k, v in tree["!dict"]}
    if "!frame" in tree:
        return _decode_frame(tree["!frame"], get)
    name = tree.get("!noun")
    if name not in _NOUNS:
        _know_all()
    if name not in _NOUNS:
        raise _unreadable(f"an object of type {name!r}")
    fields = {_OLD_FIELDS.get(key, key): _decode(v, get) for key, v in tree["fields"].items()}
    return _NOUNS[name](**fields)


def _know_all() -> None:
    """Import every noun, so that a file can be read before its noun was ever used."""
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        importlib.import_module(f"econshrink.nouns.{module.name}")


def _encode_frame(frame: pd.DataFrame, put: Put) -> dict[str, Any]:
    index = frame.index.to_frame(index=False)
    return {
        "index": [
            [name, _encode_column(index.iloc[:, i], put)]
            for i, name in enumerate(frame.index.names)
        ],
        "columns": [[str(name), _encode_column(frame[name], put)] for name in frame.columns],
    }


def _encode_column(series: pd.Series, put: Put) -> Any:
    if pd.api.types.is_bool_dtype(series.dtype) and series.isna().any():
        return {"!nullable_bool": [None if pd.isna(v) else bool(v) for v in series]}
    if pd.api.types.is_extension_array_dtype(series.dtype) and pd.api.types.is_bool_dtype(
        series.dtype
    ):
        return {"!nullable_bool": [bool(v) for v in series]}
    if pd.api.types.is_numeric_dtype(series.dtype):
        return _encode(series.to_numpy(), put)
    known = series.notna().to_list()
    text = series.to_numpy(dtype=object)
    return {"!text": [str(v) if there else None for v, there in zip(text, known, strict=True)]}


def _decode_column(tree: Any, get: Get) -> Any:
    if "!nullable_bool" in tree:
        return pd.array(tree["!nullable_bool"], dtype="boolean")
    if "!text" in tree:
        return pd.array(tree["!text"], dtype="str")
    return get(tree["!array"])


def _decode_frame(tree: Any, get: Get) -> pd.DataFrame:
    columns = {name: _decode_column(column, get) for name, column in tree["columns"]}
    index = [(name, _decode_column(column, get)) for name, column in tree["index"]]
    if len(index) == 1:
        row_index: pd.Index = pd.Index(index[0][1], name=index[0][0])
    else:
        row_index = pd.MultiIndex.from_arrays([v for _, v in index], names=[n for n, _ in index])
    return pd.DataFrame(columns, index=row_index)


def _unreadable(seen: str, where: str = "") -> DataError:
    return DataError(
        Fault(seen, "a noun written by econshrink", "Write the file again with `save`.", where)
    )
