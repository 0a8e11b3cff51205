"""Writing files so that a killed process leaves the old or the whole new content."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

PART = ".part"  # ends the name of a file that is being written


def write_file(path: Path, content: bytes | str) -> Path:
    """Write `content` to `path` atomically; text as UTF-8 with line feeds.

    Parameters
    ----------
    path : Path
        Target; its folder is made if need be.
    content : bytes or str

    Returns
    -------
    Path
        `path`.
    """
    data = content.encode() if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=PART)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path


def inert(text: str) -> str:
    """Text of a CSV cell that no spreadsheet takes for a formula: an apostrophe is put before it.

    Numbers and single signs stay as they are.

    Examples
    --------
    >>> inert("=1+1"), inert("-0.5"), inert("-"), inert("Hegang")
    ("'=1+1", '-0.5', '-', 'Hegang')
    """
    if len(text) < 2 or text[0] not in "=+-@\t\r":
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


def sweep(folder: Path) -> None:
    """Remove what killed processes were writing below `folder`."""
    for place, _, names in os.walk(folder):
        for name in names:
            if name.startswith(".") and name.endswith(PART):
                Path(place, name).unlink(missing_ok=True)
