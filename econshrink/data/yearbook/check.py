"""The report on a file, for people or for machines."""

from __future__ import annotations

import os

from econshrink.data.yearbook.reader import read_yearbook


def check_data(path: str | os.PathLike[str], as_json: bool = False) -> str:
    r"""Read a yearbook file or folder (both scopes, all detectors) and report on it.

    Parameters
    ----------
    path : path
        As in `read_yearbook`.
    as_json : bool
        JSON for machines instead of text for people.

    Returns
    -------
    str

    Raises
    ------
    DataError
        As in `read_yearbook`.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.csv"
    ...     _ = file.write_text("城市,年份,GDP（亿元）\n鹤岗市,2010,251.0\n", encoding="utf-8")
    ...     print(check_data(file).splitlines()[0])
    2 rows = 1 kept + 1 listed; 1 figures, 0 missing cells, 0 flagged cells
    """
    report = read_yearbook(path, scope="both").report
    return report.to_json() if as_json else report.text()
