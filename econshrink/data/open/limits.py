"""How large a file may be before it is refused, checked before anything is unpacked."""

from __future__ import annotations

from econshrink.core.options import option


@option
class Limits:
    """Largest input that is read.

    Parameters
    ----------
    file_bytes : int
        Size of the file on disk.
    unpacked_bytes : int
        Size of everything inside an xlsx container, as declared and as verified.
    rows, columns : int
        Rows and columns of one sheet.
    cells : int
        Rows times columns of one sheet: a single far-off cell makes a sheet that large.
    """

    file_bytes: int = 200_000_000
    unpacked_bytes: int = 400_000_000
    rows: int = 500_000
    columns: int = 4_096
    cells: int = 10_000_000


DEFAULT_LIMITS = Limits()
