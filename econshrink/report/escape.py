"""Escaping of text for Typst, LaTeX, Markdown and HTML."""

from __future__ import annotations

import html
import re

# Quotation marks stay, so that Typst sets them as its own typographic ones.
_TYPST = re.compile(r"([\\#$*_`<>@\[\]~=+/\-]|(?<=\.)\.|(?<=^\d)\.|(?<=^\d\d)\.)")
_LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "−": r"$-$",
    "–": "--",
    "—": "---",
    "×": r"$\times$",
    "≥": r"$\geq$",
    "≤": r"$\leq$",
    "·": r"$\cdot$",
    "…": r"\dots{}",
    "\u2009": r"\,",
    "\u00a0": "~",
}
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~$&])")


def escape_typst(text: str) -> str:
    r"""Escape text for Typst markup."""
    return _TYPST.sub(r"\\\1", text)


def escape_latex(text: str) -> str:
    r"""Escape text for LaTeX."""
    return "".join(_LATEX.get(sign, sign) for sign in text)


def escape_markdown(text: str) -> str:
    r"""Escape text for Markdown, pipes of tables included; line breaks become spaces."""
    return _MARKDOWN.sub(r"\\\1", text.replace("\n", " "))


def escape_html(text: str) -> str:
    """Escape text for HTML, quotes included."""
    return html.escape(text, quote=True)
