"""Whatever holds a table, as a pandas DataFrame whose columns are untouched."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from econshrink.core.errors import DataError, Fault, raise_all


def open_table(data: Any) -> pd.DataFrame:
    """Open a table: pandas as it is, polars, pyarrow and others through the Arrow interchange.

    Parameters
    ----------
    data : DataFrame, or an object with ``__arrow_c_stream__``, ``to_pandas`` or ``__dataframe__``

    Returns
    -------
    DataFrame
        The caller's columns, neither renamed nor copied.

    Raises
    ------
    DataError
        No table, a table without rows, or two columns of one name.

    Examples
    --------
    >>> open_table(pd.DataFrame({"firm": ["a"], "x": [1.0]})).columns.tolist()
    ['firm', 'x']
    """
    frame = data if isinstance(data, pd.DataFrame) else _foreign(data)
    twice = frame.columns[frame.columns.duplicated()]
    faults = []
    if len(twice):
        seen = f"two columns called {', '.join(map(repr, map(str, twice.unique())))}"
        remedy = "Keep one: df = df.loc[:, ~df.columns.duplicated()]."
        faults.append(Fault(seen, "each name once", remedy))
    if not len(frame):
        seen = f"an empty table with columns {_listed(frame.columns)}"
        faults.append(Fault(seen, "at least one row", "Check the filter or the file."))
    raise_all(DataError, faults)
    return frame


def _listed(names: pd.Index) -> str:
    shown = ", ".join(map(str, names[:12]))
    return f"{shown} …" if len(names) > 12 else shown or "none"


def _foreign(data: Any) -> pd.DataFrame:
    if isinstance(data, pd.Series):
        raise DataError(_no_table(data, "Pass the whole DataFrame, not one column of it."))
    if isinstance(data, Mapping):
        raise DataError(_no_table(data, "Wrap it: pd.DataFrame(data)."))
    if isinstance(data, np.ndarray):
        raise DataError(_no_table(data, "Name the columns: pd.DataFrame(data, columns=[...])."))
    lazy = getattr(data, "collect", None)
    if callable(lazy) and not hasattr(data, "__dataframe__"):
        raise DataError(_no_table(data, "Collect it first: data.collect()."))
    try:
        return _interchanged(data)
    except (ImportError, TypeError, ValueError, AttributeError, NotImplementedError) as problem:
        reason = f"{type(problem).__name__}: {problem}".splitlines()[0]
        raise DataError(_no_table(data, f"Turn it into a pandas DataFrame ({reason}).")) from None


def _interchanged(data: Any) -> pd.DataFrame:
    """Cross over by the plainest bridge there is: own columns, own converter, the protocol."""
    columns = getattr(data, "get_columns", None)
    if callable(columns):  # polars, without pyarrow
        return pd.DataFrame({part.name: _values(part) for part in columns()})
    if callable(getattr(data, "to_pandas", None)):  # pyarrow and most others
        made = data.to_pandas()
        if isinstance(made, pd.DataFrame):
            return made
    arrow: Any = getattr(pd.DataFrame, "from_arrow", None)
    if hasattr(data, "__arrow_c_stream__") and arrow is not None:
        found: pd.DataFrame = arrow(data)
        return found
    if hasattr(data, "__dataframe__"):
        with warnings.catch_warnings():  # the protocol is on its way out, yet all some tables have
            warnings.simplefilter("ignore")
            made = pd.api.interchange.from_dataframe(data)
        assert isinstance(made, pd.DataFrame)
        return made
    raise TypeError("it has no columns")


def _values(part: Any) -> Any:
    """One polars column: numbers as an array, whatever has gaps or is text as objects."""
    if part.null_count() or str(part.dtype) in {"String", "Utf8", "Categorical", "Decimal"}:
        return pd.Series(part.to_list(), dtype=object).infer_objects()
    if str(part.dtype).startswith(("Enum", "Decimal", "Categorical")):
        return pd.Series(part.to_list(), dtype=object).infer_objects()
    return part.to_numpy()


def _no_table(data: Any, remedy: str) -> Fault:
    shown = repr(data) if isinstance(data, str | int | float) else ""
    seen = f"{_kind(data)} {shown}".strip() + " where the data belong"
    return Fault(seen, "a CityPanel or a DataFrame with its unit= and time= named", remedy)


def _kind(data: Any) -> str:
    name = type(data).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
