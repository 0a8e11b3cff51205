"""The right side of a formula: Wilkinson algebra, with what has two readings refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from econshrink.core.errors import Fault, SpecError
from econshrink.tables.scanning import signs, split, unquoted

if TYPE_CHECKING:
    from formulaic.parser.types import ASTNode

# what the parser raises on text that is no formula
_UNREADABLE = (
    *(SyntaxError, TypeError, ValueError, LookupError, AttributeError, RecursionError),
    *(StopIteration, AssertionError),
)
_GROUP = re.compile(r"\(.*\)", re.DOTALL)


def right_terms(text: str, categorical: Callable[[str], bool]) -> tuple[tuple[str, ...], bool]:
    """Terms of the right side, each once and in order, and whether there is an intercept.

    Parameters
    ----------
    text : str
    categorical : callable
        Tells whether a name is text or categories.

    Raises
    ------
    SpecError
        Algebra with two readings: a term removed that is not there, a unary minus, a power of one
        term, a numeric left side of ``/``.

    Examples
    --------
    >>> right_terms("x + np.log(z) - 1", lambda _: False)
    (('x', 'np.log(z)'), False)
    """
    found = _plain(text)
    return found if found is not None else _algebra(text, categorical)


def _plain(text: str) -> tuple[tuple[str, ...], bool] | None:
    """Read names, calls and products joined by plus signs; None if there is more to it."""
    intercept = True
    for sign in ("- 1", "-1"):  # the one subtraction that needs no algebra
        if text.rstrip().endswith(sign):
            text, intercept = text.rstrip()[: -len(sign)].rstrip(), False
            break
        if text.lstrip().startswith(sign):
            text, intercept = text.lstrip()[len(sign) :].lstrip().removeprefix("+"), False
            break
    pieces = split(text, "+")
    if signs(text) - {"+", ":"} or any(_GROUP.fullmatch(piece) for piece in pieces):
        return None
    if not all(pieces) and text.strip():
        return None
    terms = []
    for piece in pieces:
        if piece in {"0", "1", ""}:
            intercept = intercept and piece != "0"
        elif piece.startswith("{") and piece.endswith("}"):
            terms.append(f"I({piece[1:-1].strip()})")
        elif ":" in signs(piece):
            parts = split(piece, ":")
            if not all(parts) or any(_GROUP.fullmatch(part) for part in parts):
                return None
            terms.append(":".join(parts))
        else:
            terms.append(unquoted(piece))
    return tuple(dict.fromkeys(terms)), intercept


def _algebra(text: str, categorical: Callable[[str], bool]) -> tuple[tuple[str, ...], bool]:
    # formulaic costs half a second to import, which plain names need not pay
    from formulaic.errors import FormulaicError  # noqa: PLC0415
    from formulaic.parser import DefaultFormulaParser  # noqa: PLC0415

    parser = DefaultFormulaParser(include_intercept=False)
    try:
        tree = parser.get_ast(text)
        intercept = _walk(tree, text, categorical)
        terms = list(tree.to_terms()) if hasattr(tree, "to_terms") else list(parser.get_terms(text))
    except (*_UNREADABLE, FormulaicError) as problem:
        reason = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
        fault = Fault(
            f"'{text}', which cannot be read ({reason})",
            "terms joined by + * : /",
            "Mend the formula: y ~ a + b + a:b.",
        )
        raise SpecError(fault) from None
    terms = sorted(terms, key=lambda term: len(term.factors))  # main effects before products
    names = [":".join(map(_factor, term.factors)) for term in terms]
    return tuple(dict.fromkeys(name for name in names if name not in {"0", "1"})), intercept


def _factor(factor: Any) -> str:
    """A factor as a term is written: names that are none in backticks, braces as I()."""
    text = str(factor.expr)
    if text.isidentifier() or text in {"0", "1"}:
        return text
    if str(getattr(factor.eval_method, "value", "")) == "lookup":
        return f"`{text}`"
    return f"I({text})" if signs(text) - {":"} else text


def _walk(node: ASTNode | Any, text: str, categorical: Callable[[str], bool]) -> bool:
    """Refuse what has two readings; tell whether an intercept is left."""
    from formulaic.parser.types import ASTNode  # noqa: PLC0415

    if not isinstance(node, ASTNode):
        return True
    sign = str(node.operator.symbol)
    parts = [_names(part) for part in node.args]
    intercept = min([_walk(part, text, categorical) for part in node.args])
    if sign == "-" and len(parts) == 1:
        if parts[0] != ["1"]:
            raise SpecError(
                _two_readings(
                    f"'-{parts[0][0]}'",
                    text,
                    "the term removed (which was never there)",
                    f"its negative, I(-{parts[0][0]})",
                )
            )
        return False
    if sign == "-":
        gone = [name for name in parts[1] if name not in {*parts[0], "0", "1"}]
        if gone:
            left = " + ".join(parts[0])
            raise SpecError(
                _two_readings(
                    f"'- {gone[0]}'",
                    text,
                    f"the term '{gone[0]}' removed, which is not there",
                    f"a difference, I({left} - {gone[0]})",
                )
            )
        return intercept and "1" not in parts[1]
    if sign in {"**", "^"} and len(parts[0]) == 1:
        name, power = parts[0][0], parts[1][0]
        raise SpecError(
            _two_readings(
                f"'{name}{sign}{power}'",
                text,
                f"interactions of one term, which is '{name}'",
                f"a power, I({name}**{power})",
            )
        )
    if sign == "/":
        numeric = [name for name in parts[0] if not _is_categorical(name, categorical)]
        if numeric:
            over = " + ".join(parts[1])
            raise SpecError(
                _two_readings(
                    f"'{numeric[0]}/{over}'",
                    text,
                    f"'{over}' nested in groups of '{numeric[0]}', C({numeric[0]})/{over}",
                    f"a ratio, I({numeric[0]} / {over})",
                )
            )
    return intercept


def _names(part: ASTNode | Any) -> list[str]:
    terms = part.to_terms() if hasattr(part, "to_terms") else [part]
    names = []
    for term in terms:
        factors = getattr(term, "factors", None)
        names.append(":".join(map(_factor, factors)) if factors else str(term))
    return names or [str(part)]


def _is_categorical(name: str, categorical: Callable[[str], bool]) -> bool:
    return all(
        re.match(r"[CiQ]\(", part) is not None or categorical(unquoted(part))
        for part in split(name, ":")
    )


def _two_readings(sign: str, text: str, algebra: str, arithmetic: str) -> Fault:
    return Fault(
        f"{sign} in '{text}', which has two readings: {algebra}; or {arithmetic}",
        "one meaning",
        "Write the one you mean in the words above.",
    )
