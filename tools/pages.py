"""Pages of both documents: counts, the blank share of each page, and a strip of all as pictures.

``python -m tools.pages`` (``make pages``) typesets what the last build holds, measures every page
and writes ``build/pages/<document>.png``. It returns 1 if a page is emptier than it may be, or if
something stands outside the text block.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from analyses.machinery.manuscript import inputs
from analyses.machinery.numbering import DOCUMENTS, FILE
from econshrink.report import typeset
from econshrink.report.typesetting import typesetter

ROOT = Path(__file__).resolve().parents[1]
MOST = 0.25  # share of the text block that may be blank, but where a section ends a page
RESOLUTION = 40  # pixels per inch
INK = 200  # a pixel darker than this is printed
# Of the template, in centimetres.
PAPER = (21.0, 29.7)
TOP, BOTTOM, SIDE, FOOT = 2.7, 2.5, 2.6, 0.8
GAP = 0.9  # distances up to this one part paragraphs and exhibits and are not blank
ACROSS, WIDE = 8, 240  # pages in a row of the strip, pixels a page


@dataclass(frozen=True)
class Page:
    """One page: the blank share of its text block, its largest hole, and ink where none belongs."""

    number: int
    blank: float
    hole: float
    outside: bool


def measured(image: NDArray[np.uint8], number: int) -> Page:
    """Measure one page, a grey picture of shape (height, width).

    Examples
    --------
    >>> page = np.full((1170, 827), 255, dtype=np.uint8)
    >>> page[110:600, 150:600] = 0
    >>> found = measured(page, 1)
    >>> round(found.blank, 1), found.outside
    (0.5, False)
    """
    height, width = image.shape
    dark = image < INK
    rows, columns = height / PAPER[1], width / PAPER[0]
    block = dark[round(TOP * rows) : round((PAPER[1] - BOTTOM) * rows)]
    margin = round((SIDE - 0.3) * columns)
    outside = bool(
        block[:, :margin].any() or block[:, -margin:].any() or dark[-round(FOOT * rows) :].any()
    )
    full = np.flatnonzero(block.any(axis=1))
    ends = np.concatenate([[-1], full, [len(block)]])
    gaps = np.diff(ends) - 1
    holes = gaps[gaps > GAP * rows]
    return Page(
        number,
        float(holes.sum() / len(block)),
        float(holes.max(initial=0) / len(block)),
        outside,
    )


def sheets(document: str, root: Path = ROOT, resolution: int = RESOLUTION) -> list[Image.Image]:
    """Every page of a document as a grey picture, typeset from what the last build holds."""
    build = root / "build"
    with tempfile.TemporaryDirectory(dir=build) as folder:
        _, *paths = typeset(
            root / "paper" / f"{document}.typ",
            Path(folder) / f"{document}.pdf",
            root=root,
            inputs=inputs(document, build, root, "pages"),
            pages=resolution,
        )
        ordered = sorted(paths, key=lambda path: int(path.stem.rpartition("-")[2]))
        return [Image.open(path).convert("L") for path in ordered]


def ends(document: str, root: Path = ROOT) -> set[int]:
    """Pages after which the manuscript begins a new one."""
    compiler, fonts = typesetter()
    build = root / "build"
    told = compiler.query(
        root / "paper" / f"{document}.typ",
        "<begins-a-page>",
        field="value",
        root=root,
        font_paths=[fonts],
        ignore_system_fonts=True,
        sys_inputs=inputs(document, build, root, "pages"),
    )
    return {page - 1 for page in json.loads(told)}


def strip(pictures: Sequence[Image.Image], pages: Sequence[Page]) -> Image.Image:
    """All pages side by side, each under its number and blank share."""
    tall = round(WIDE * PAPER[1] / PAPER[0])
    lines = -(-len(pictures) // ACROSS)
    sheet = Image.new("L", (ACROSS * (WIDE + 8), lines * (tall + 22)), 225)
    pen = ImageDraw.Draw(sheet)
    for place, (picture, page) in enumerate(zip(pictures, pages, strict=True)):
        x, y = (place % ACROSS) * (WIDE + 8) + 4, (place // ACROSS) * (tall + 22)
        pen.text((x, y + 4), f"{page.number}: {page.blank:.0%} blank", fill=0)
        sheet.paste(picture.resize((WIDE, tall)), (x, y + 18))
    return sheet


def counts(document: str, root: Path = ROOT) -> dict[str, int]:
    """Tables, figures and references of a document."""
    numbering = json.loads((root / "build" / FILE).read_text(encoding="utf-8"))[document]
    bibliography = (root / "paper" / "refs.bib").read_text(encoding="utf-8")
    keys = set(re.findall(r"(?m)^@\w+\{([^,\s]+),", bibliography))
    cited = set(re.findall(r"@([\w-]+)", _text(root / "paper" / f"{document}.typ")))
    return {
        "tables": len(numbering["table"]),
        "figures": len(numbering["figure"]),
        "references": len(keys & cited),
    }


def _text(path: Path) -> str:
    """A manuscript with everything it includes."""
    text = path.read_text(encoding="utf-8")
    return text + "".join(_text(path.parent / f) for f in re.findall(r'#include "([^"]+)"', text))


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Print counts and blank shares of both documents, and write their strips."""
    parser = argparse.ArgumentParser(prog="python -m tools.pages", description=__doc__)
    parser.add_argument("documents", nargs="*", default=list(DOCUMENTS), metavar="DOCUMENT")
    parser.add_argument("--all", action="store_true", help="print every page, not the emptiest")
    options = parser.parse_args(arguments)
    status = 0
    for document in options.documents:
        pictures = sheets(document, root)
        pages = [measured(np.asarray(p), k) for k, p in enumerate(pictures, start=1)]
        last = {len(pages)} | ends(document, root)
        listed = ", ".join(f"{number} {what}" for what, number in counts(document, root).items())
        print(f"{document}: {len(pages)} pages, {listed}")
        for page in pages:
            wrong = page.outside or (page.blank > MOST and page.number not in last)
            status |= wrong
            if wrong or options.all:
                outside = ", ink outside the text block" if page.outside else ""
                print(
                    f"  page {page.number}: {page.blank:.0%} blank, "
                    f"largest hole {page.hole:.0%}{outside}"
                )
        target = root / "build" / "pages" / f"{document}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        strip(sheets(document, root, 60), pages).save(target)
        print(f"  all pages: {target.relative_to(root)}")
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
