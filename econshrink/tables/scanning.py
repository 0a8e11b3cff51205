"""Find signs of a formula outside brackets and quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from econshrink.core.errors import Fault, SpecError

_OPEN, _CLOSE = "([{", ")]}"
_QUOTED = re.compile(r"`([^`]+)`")


def outside(text: str) -> Iterator[tuple[int, str]]:
    """Positions and signs that stand outside brackets, backticks and quotation marks.

    Examples
    --------
    >>> "".join(sign for _, sign in outside("a + f(b - c):`d e`"))
    'a + f:'
    """
    depth, quote = 0, ""
    for position, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "`'\"":
            quote = sign
        elif sign in _OPEN:
            depth += 1
        elif sign in _CLOSE:
            depth -= 1
            if depth < 0:
                break
        elif not depth:
            yield position, sign
    if depth or quote:
        seen = f"'{text}' with a bracket or quotation mark that has no partner"
        raise SpecError(Fault(seen, "pairs", "Close or remove it."))


def split(text: str, sign: str) -> list[str]:
    """Split at a sign outside brackets; pieces are stripped.

    Examples
    --------
    >>> split("a + f(b + c)", "+")
    ['a', 'f(b + c)']
    """
    pieces, start = [], 0
    for position, found in outside(text):
        if found == sign:
            pieces.append(text[start:position].strip())
            start = position + 1
    return [*pieces, text[start:].strip()]


def signs(text: str) -> set[str]:
    """Operators of the algebra that stand outside brackets; ``**`` counts as one.

    Examples
    --------
    >>> sorted(signs("a*b - c**2 + np.log(x - 1)"))
    ['*', '**', '+', '-']
    """
    found: set[str] = set()
    before = (-2, "")
    for position, sign in outside(text):
        if sign == "*" and before == (position - 1, "*"):
            found.add("**")
            before = (-2, "")
            continue
        if before[1] == "*":
            found.add("*")
        before = (position, sign)
        if sign in "+-/^:%":
            if sign in "+-" and _exponent(text, position):
                continue
            found.add(sign)
    if before[1] == "*":
        found.add("*")
    return found


def _exponent(text: str, position: int) -> bool:
    """Tell whether a sign belongs to a number such as 1e-3."""
    return re.search(r"(?<![\w.])\d+\.?\d*[eE]$", text[:position]) is not None


def unquoted(text: str) -> str:
    """Name in backticks without them, if that is the whole text."""
    whole = _QUOTED.fullmatch(text.strip())
    return whole[1] if whole else text.strip()


def placeholders(text: str) -> tuple[str, dict[str, str]]:
    """Names in backticks replaced by plain ones that Python reads, and what they stand for.

    Examples
    --------
    >>> placeholders("np.log(`GDP per head`)")
    ('np.log(quoted_0)', {'quoted_0': 'GDP per head'})
    """
    names: dict[str, str] = {}

    def take(found: re.Match[str]) -> str:
        name = f"quoted_{len(names)}"
        names[name] = found[1]
        return name

    return _QUOTED.sub(take, text), names


def is_name(text: str) -> bool:
    """A plain name, or one in backticks."""
    return text.isidentifier() or bool(_QUOTED.fullmatch(text))
