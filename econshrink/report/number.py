"""Numbers of the manuscript: each result in every printed form, for Typst and for LaTeX.

Rounding happens here and nowhere else, by the same rules as in the cells of tables, so that text
and table cannot disagree in the last digit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from econshrink.core.errors import DataError, Fault
from econshrink.core.files import write_file
from econshrink.report.escape import escape_latex

MINUS = "−"
# style -> factor, most digits, text behind
STYLES: dict[str, tuple[float, int, str]] = {
    "fixed": (1.0, 6, ""),
    "percent": (100.0, 3, "%"),
    "points": (100.0, 3, ""),
    "thousand": (1e-3, 2, ""),
    "million": (1e-6, 3, ""),
}
_DIGITS = {"estimate": 3, "se": 3, "iterative": 3, "mc": 3, "p": 3}


def printed(value: float | str, style: str = "fixed", digits: int = 0) -> str:
    """Print one number.

    Parameters
    ----------
    value : float, int or str
        Text is returned as it is.
    style : str
        ``fixed``; ``percent`` (a share as 44.3%); ``points`` (a share times 100, no sign);
        ``thousand``, ``million`` (divided by that).
    digits : int
        Decimals.

    Returns
    -------
    str
        With a comma every three digits, a proper minus sign and no negative zero.

    Raises
    ------
    DataError
        An unknown style, or more digits than the style has.

    Examples
    --------
    >>> printed(-11011774), printed(0.44345, "percent", 1), printed(-11011774, "million", 1)
    ('−11,011,774', '44.3%', '−11.0')
    """
    if isinstance(value, str):
        return value
    if style not in STYLES or not 0 <= digits <= STYLES[style][1]:
        allowed = ", ".join(f"{name} (0 to {most} digits)" for name, (_, most, _) in STYLES.items())
        raise DataError(Fault(f"style '{style}' with {digits} digits", allowed, "Choose another."))
    factor, _, sign = STYLES[style]
    if style == "percent":  # as table cells do it: the format itself multiplies by 100
        text = format(value, f",.{digits}%")
    else:
        text = format(value * factor if factor != 1 else value, f",.{digits}f") + sign
    if text.startswith("-") and not text.strip("-0.,%"):
        text = text[1:]
    return text.replace("-", MINUS)


def default_text(entry: Mapping[str, Any]) -> str:
    """Print a result as its kind and unit ask.

    Labels as they are; years without a comma; shares as percent with one decimal; whole numbers
    with commas; p-values with three decimals or ``<0.001``; other numbers with three decimals.

    Examples
    --------
    >>> default_text({"value": 2020, "kind": "count", "unit": "year"})
    '2020'
    >>> default_text({"value": 0.0000012, "kind": "p", "unit": ""})
    '<0.001'
    """
    value, kind, unit = entry["value"], entry["kind"], entry["unit"]
    if isinstance(value, str):
        return value
    if unit == "year":
        return f"{value:.0f}"
    if kind == "p" and value < 0.001:
        return "<0.001"
    if unit == "share":
        return printed(value, "percent", 1)
    return printed(value, "fixed", 0 if isinstance(value, int) else _DIGITS.get(kind, 3))


def numbers_json(entries: Mapping[str, Mapping[str, Any]]) -> str:
    """Every result in every style and number of digits, as JSON for the Typst template.

    Parameters
    ----------
    entries : mapping
        id -> ``{value, kind, unit, ...}``.

    Returns
    -------
    str
        ``{id: {"text": ..., "synthetic": ..., "styles": {style: [0 digits, 1 digit, ...]}}}``.
    """
    tree: dict[str, Any] = {}
    for key in sorted(entries):
        entry = entries[key]
        value = entry["value"]
        tree[key] = {"text": default_text(entry), "synthetic": bool(entry.get("synthetic"))}
        if not isinstance(value, str):
            tree[key]["styles"] = {
                style: [printed(value, style, digits) for digits in range(most + 1)]
                for style, (_, most, _) in STYLES.items()
            }
    return json.dumps(tree, ensure_ascii=False, sort_keys=True, indent=0) + "\n"


def numbers_tex(entries: Mapping[str, Mapping[str, Any]]) -> str:
    r"""LaTeX macros: ``\econ{id}`` prints a result, an unknown id stops the run.

    ``\econas{id}{style}{digits}`` prints another form, such as ``\econas{...}{million}{1}``.
    """
    lines = [
        "% Made by econshrink; every number of the text by its id.",
        r"\makeatletter",
        r"\newcommand{\econ}[1]{\ifcsname econ@#1\endcsname\csname econ@#1\endcsname"
        r"\else\PackageError{econshrink}{No number '#1'}{See results.json.}\fi}",
        r"\newcommand{\econas}[3]{\econ{#1/#2/#3}}",
    ]
    for key in sorted(entries):
        entry = entries[key]
        forms = {key: default_text(entry)}
        if not isinstance(entry["value"], str):
            forms |= {
                f"{key}/{style}/{digits}": printed(entry["value"], style, digits)
                for style, (_, most, _) in STYLES.items()
                for digits in range(most + 1)
            }
        lines += [
            rf"\expandafter\def\csname econ@{name}\endcsname{{{escape_latex(text)}}}"
            for name, text in forms.items()
        ]
    return "\n".join([*lines, r"\makeatother", ""])


def write_numbers(entries: Mapping[str, Mapping[str, Any]], directory: Path) -> tuple[Path, Path]:
    """Write ``numbers.json`` (read by the Typst template) and ``numbers.tex``."""
    return (
        write_file(directory / "numbers.json", numbers_json(entries)),
        write_file(directory / "numbers.tex", numbers_tex(entries)),
    )
