"""Find signs of a formula outside brackets and quotes."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping

from econshrink.core.errors import Fault, SpecError

_OPEN, _CLOSE = "([{", ")]}"
_QUOTED = re.compile(r"`([^`]+)`")
_NAMES = re.compile(r"`([^`]+)`|(\"[^\"]*\"|'[^']*')|(?<![\w.])([^\W\d]\w*)|(\^)")
# words of Python that no expression of columns needs, and that columns are called: import, yield
_WORDS = frozenset(keyword.kwlist) - {
    *("True", "False", "None", "and", "or", "not", "in", "is", "if", "else", "for", "lambda")
}


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
    """Text that Python reads as the user means it, and which names its placeholders stand for.

    Names in backticks are replaced, words of Python such as ``import``, and names that Python
    would take for others: it reads full-width ``ＧＤＰ`` as ``GDP``. ``^`` is a power, as in R.

    Examples
    --------
    >>> placeholders("np.log(`GDP per head`) + import^2")
    ('np.log(quoted_0) + quoted_1**2', {'quoted_0': 'GDP per head', 'quoted_1': 'import'})
    """
    names: dict[str, str] = {}

    def stand_in(name: str) -> str:
        names[f"quoted_{len(names)}"] = name
        return f"quoted_{len(names) - 1}"

    return _read_as_meant(text, stand_in), names


def renamed(text: str, names: Mapping[str, str]) -> str:
    """Text for formulaic: names that Python reads otherwise as `names` calls them.

    Examples
    --------
    >>> renamed("C(g):log(ＧＤＰ^2) + `a b`", {"ＧＤＰ": "gdp_"})
    'C(g):log(gdp_**2) + `a b`'
    """
    return _read_as_meant(text, lambda name: names.get(name, f"`{name}`"))


def _read_as_meant(text: str, stand_in: Callable[[str], str]) -> str:
    def take(found: re.Match[str]) -> str:
        quoted, literal, plain, power = found.groups()
        if power:
            return "**"
        return found[0] if literal or (plain and as_read(plain)) else stand_in(quoted or plain)

    return _NAMES.sub(take, text)


def plain_signs(text: str) -> str:
    """Full-width brackets and signs, ``−``, ``×`` and ``÷`` as a keyboard has them.

    Examples
    --------
    >>> plain_signs("log（births） − 2×x")
    'log(births) - 2*x'
    """
    typed = "".join(
        sign if sign.isalnum() else unicodedata.normalize("NFKC", sign) for sign in text
    )
    return typed.translate(str.maketrans("−–×÷", "--*/"))


def as_read(name: str) -> bool:
    """Whether Python reads a name as it is written."""
    return name not in _WORDS and unicodedata.normalize("NFKC", name) == name


def is_name(text: str) -> bool:
    """A plain name, or one in backticks."""
    return text.isidentifier() or bool(_QUOTED.fullmatch(text))
