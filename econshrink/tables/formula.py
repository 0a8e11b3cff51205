"""The one reader of formulas: a text to specifications that say the same.

``y ~ x + z | firm + year`` has an outcome, covariates and absorbed effects. The outcome is
arithmetic and always computed. The right side is Wilkinson algebra. What stands in brackets, or in
a part of its own, is instrumented: ``y ~ x + [endog ~ z] | firm`` or ``y ~ x | firm | endog ~ z``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from econshrink.core.errors import Fault, SpecError
from econshrink.nouns.spec import Spec
from econshrink.tables.right_side import right_terms
from econshrink.tables.scanning import is_name, plain_signs, split, unquoted

_STEPWISE = re.compile(r"(sw|sw0|csw|csw0)\s*\((.*)\)", re.DOTALL)
_CALL = "'y ~ x1 + x2 | firm + year'"


@dataclass(frozen=True)
class Model:
    """What one formula asks for.

    Parameters
    ----------
    spec : Spec
        Outcome, all covariates (endogenous ones too, last), effects, weights.
    endogenous, instruments : tuple of str
        Empty without instruments.
    """

    spec: Spec
    endogenous: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()


def read_formula(
    formula: Any,
    weights: str | None = None,
    *,
    categorical: Callable[[str], bool] = lambda _: False,
) -> tuple[Model, ...]:
    """Read a formula, into several models if it has several outcomes or stepwise covariates.

    Parameters
    ----------
    formula : str
    weights : str, optional
        Column or arithmetic of analytic weights.
    categorical : callable
        Tells whether a name is text or categories, which ``a/b`` needs to know.

    Returns
    -------
    tuple of Model
        In fixest's order: outcomes, then effects, then covariates vary fastest.

    Raises
    ------
    SpecError
        No ``~`` or several; brackets without partner; algebra with two readings, both named.

    Notes
    -----
    ``y1 + y2 ~ x`` of plain names is two outcomes, as in pyfixest; so is ``sw(y1, y2) ~ x``. The
    sum is ``I(y1 + y2)``, and everything else, such as ``births - deaths``, is computed.
    ``sw(a, b)`` takes a, then b; ``csw(a, b)`` a, then both; ``sw0`` and ``csw0`` begin with
    neither. Plain names, ``a:b`` and function calls do not import formulaic.

    Examples
    --------
    >>> read_formula("births - deaths ~ x | firm^year")[0].spec
    Spec(depvar='births - deaths', covariates=('x',), absorb=('firm^year',), weights=None)
    >>> [model.spec.formula for model in read_formula("y ~ csw(a, b) | firm")]
    ['y ~ a | firm', 'y ~ a + b | firm']
    >>> read_formula("y ~ x + [p ~ z] | firm")[0].instruments
    ('z',)
    """
    if not isinstance(formula, str):
        seen = f"a formula of type {type(formula).__name__}"
        raise SpecError(Fault(seen, "text", f"Write {_CALL}."))
    left, right, effects, instrumented = _sides(formula)
    models = []
    choices = product(_outcomes(left), _alternatives(effects), _alternatives(right))
    for outcome, absorbed, covariates in choices:
        terms, intercept = right_terms(covariates, categorical)
        endogenous, instruments = instrumented
        absorb = _effects(absorbed)
        # absorbed effects hold the constant, so that a formula without one changes nothing
        spec = Spec(
            outcome,
            (*(term for term in terms if term not in endogenous), *endogenous),
            absorb,
            weights,
            intercept or bool(absorb),
        )
        models.append(Model(spec, endogenous, instruments))
    return tuple(models)


def _sides(
    formula: str,
) -> tuple[str, str, str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Outcome, covariates, effects, and what is instrumented by what."""
    parts = split(formula, "|")
    both = split(parts[0], "~")
    if len(both) != 2 or not all(both):
        seen, typed = f"formula '{formula}'", plain_signs(formula)
        remedy = f"Write {_CALL}." if typed == formula else f"Write '{typed}', with plain signs."
        raise SpecError(Fault(seen, "an outcome, one '~' and covariates", remedy))
    left, right = both
    right, inner = _brackets(right, formula)
    effects, behind = "", []
    for part in parts[1:]:
        if "~" in part:
            behind.append(part)
        elif effects or behind:
            seen = f"formula '{formula}' with {len(parts) - 1} parts behind '|'"
            remedy = "Join effects with '+': y ~ x | firm + year | endog ~ z."
            raise SpecError(Fault(seen, "effects, then instruments", remedy))
        else:
            effects = part
            if not part:
                seen = f"formula '{formula}' with nothing behind '|'"
                raise SpecError(Fault(seen, "effects", "Name them or remove the '|'."))
    inner += behind
    if len(inner) > 1:
        seen = f"{len(inner)} instrumented parts in '{formula}'"
        remedy = "Join them: [e1 + e2 ~ z1 + z2 + z3]."
        raise SpecError(Fault(seen, "one", remedy))
    return left, right, effects, _instrumented(inner[0]) if inner else ((), ())


def _brackets(right: str, formula: str) -> tuple[str, list[str]]:
    """Covariates without ``[endog ~ instruments]``, and what stood in it."""
    kept, inner = [], []
    for piece in split(right, "+"):
        if piece.startswith("[") and piece.endswith("]"):
            inner.append(piece[1:-1])
        elif "[" in piece and "~" in piece:
            seen = f"'{piece}' in '{formula}'"
            raise SpecError(Fault(seen, "the bracket as a term", "Write y ~ x + [endog ~ z]."))
        else:
            kept.append(piece)
    return " + ".join(kept) if inner else right, inner


def _instrumented(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    both = split(text, "~")
    if len(both) != 2 or not all(both):
        seen = f"'[{text}]'"
        raise SpecError(Fault(seen, "endogenous ~ instruments", "Write [endog ~ z1 + z2]."))
    endogenous = tuple(unquoted(part) for part in split(both[0], "+"))
    instruments = tuple(unquoted(part) for part in split(both[1], "+"))
    return endogenous, instruments


def _outcomes(left: str) -> list[str]:
    """Several outcomes only where nothing else can be meant: names joined by plus signs."""
    listed = re.fullmatch(r"(?:sw|c)\s*\((.*)\)", left, re.DOTALL)
    if listed:
        return [unquoted(part) for part in split(listed[1], ",")]
    pieces = split(left, "+")
    if len(pieces) > 1 and all(map(is_name, pieces)):
        return [unquoted(piece) for piece in pieces]
    return [unquoted(left)]


def _alternatives(text: str) -> list[str]:
    """Every choice of the stepwise terms, the others kept in place."""
    pieces = split(text, "+")
    choices = [_steps(piece) for piece in pieces]
    if all(len(choice) == 1 for choice in choices):
        return [text]
    return [" + ".join(part for part in chosen if part) for chosen in product(*choices)]


def _steps(piece: str) -> Sequence[str]:
    found = _STEPWISE.fullmatch(piece)
    if not found:
        return [piece]
    parts = split(found[2], ",")
    if not all(parts):
        seen = f"'{piece}'"
        raise SpecError(Fault(seen, "terms separated by commas", "Write sw(x1, x2)."))
    if found[1].startswith("csw"):
        parts = [" + ".join(parts[: i + 1]) for i in range(len(parts))]
    return ["", *parts] if found[1].endswith("0") else parts


def _effects(text: str) -> tuple[str, ...]:
    """Names of effects; ``firm^year`` is one, ``0`` is none."""
    if not text:
        return ()
    faults, names = [], []
    for piece in split(text, "+"):
        if piece in {"0", "1"}:
            continue
        parts = [unquoted(part) for part in split(piece, "^")]
        wrapped = re.fullmatch(r"C\((\w+)\)", piece)
        if wrapped:
            parts = [wrapped[1]]
        if re.search(r"[:*/\-\[\]()~]", "" if wrapped or "`" in piece else piece) or not all(parts):
            remedy = "Join effects with '+'; their product is firm^year."
            faults.append(Fault(f"effect '{piece}'", "a name or a product of names", remedy))
        names.append("^".join(parts))
    if faults:
        raise SpecError(faults)
    return tuple(names)
