"""Typesetting with Typst: fixed fonts, fixed date, and no missing glyph."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from econshrink.core.errors import DataError, Fault
from econshrink.core.files import write_file
from econshrink.report.extras import typesetter

DEFAULT_TIMESTAMP = 1767225600  # 2026-01-01
# PDF/A refuses a glyph that no font has, where plain PDF prints a box and says nothing; level a and
# PDF/UA ask for tags, and for a text beside every figure and formula.
STANDARDS = ("a-2a", "ua-1")


def timestamp() -> int:
    """Seconds since 1970 that documents carry: ``SOURCE_DATE_EPOCH`` or a fixed date."""
    return int(os.environ.get("SOURCE_DATE_EPOCH", DEFAULT_TIMESTAMP))


def typeset(
    source: Path,
    output: Path,
    *,
    root: Path,
    inputs: Mapping[str, str] | None = None,
    created: int | None = None,
    pages: float = 0,
) -> tuple[Path, ...]:
    """Compile a Typst document to tagged PDF (A-2a and UA-1), the same bytes every time.

    Parameters
    ----------
    source : Path
        The ``.typ`` file, under `root`.
    output : Path
        The PDF.
    root : Path
        Folder that absolute paths inside the document start from.
    inputs : mapping, optional
        Read in the document as ``sys.inputs``.
    created : int, optional
        Creation date in seconds since 1970; default `timestamp`.
    pages : float
        Pixels per inch of a PNG of each page, beside the PDF; 0 for none.

    Returns
    -------
    tuple of Path
        The PDF, then the pages.

    Raises
    ------
    MissingExtra
        Typst or the font wheel is not installed.
    DataError
        Typst's error or warning, such as a glyph that no font has or an unknown number.
    """
    compiler, fonts = typesetter()
    options = {
        "root": root,
        "font_paths": [fonts],
        "ignore_system_fonts": True,
        "sys_inputs": dict(inputs or {}),
        "timestamp": timestamp() if created is None else created,
    }
    try:
        pdf, warnings = compiler.compile_with_warnings(
            source, format="pdf", pdf_standards=list(STANDARDS), **options
        )
        images: list[bytes] | bytes = []
        if pages:
            images, _ = compiler.compile_with_warnings(source, format="png", ppi=pages, **options)
    except compiler.TypstError as problem:
        raise _rejected(source, problem.message, problem.diagnostic) from problem
    if warnings:
        first = warnings[0]
        raise _rejected(source, f"warning: {first.message}", first.diagnostic)
    written = [write_file(output, pdf)]
    sheets = [images] if isinstance(images, bytes) else images
    for number, image in enumerate(sheets, start=1):
        written.append(write_file(output.with_name(f"{output.stem}-{number:02d}.png"), image))
    return tuple(written)


def _rejected(source: Path, message: str, diagnostic: str) -> DataError:
    return DataError(
        Fault(
            f"{message}\n{diagnostic}".rstrip(),
            "a document that Typst accepts without warnings",
            "Mend the place named above.",
            source.name,
        )
    )
