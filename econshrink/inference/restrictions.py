"""Linear hypotheses on coefficients: written with names or as a matrix, tested by Wald's test."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

import numpy as np
from scipy import special

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault, SpecError
from econshrink.inference.hypothesis import wald
from econshrink.nouns.estimate import Estimate
from econshrink.nouns.hypothesis import HypothesisTest

_EXAMPLE = "Write 'x = 0', 'x = z', '2*x + z = 1', or several joined by commas."


def wald_test(
    estimate: Estimate,
    hypothesis: str | Sequence[str] | Floats,
    values: Sequence[float] | None = None,
) -> HypothesisTest:
    """Test linear restrictions Rb = r on the coefficients of any estimate.

    Parameters
    ----------
    estimate : Estimate
    hypothesis : str, sequence of str, or ndarray of shape (q, k)
        ``"x = z"``, ``"x = 0, z = 0"``, ``["x", "z"]`` (each zero), or the matrix R.
    values : sequence of float, optional
        r, for a matrix; default zero.

    Returns
    -------
    HypothesisTest
        W = (Rb − r)' (R V R')⁻¹ (Rb − r), chi-squared with q degrees of freedom. Where the
        estimate counts finite degrees of freedom the note gives W/q with its F distribution,
        which is the one to trust with few clusters.

    Raises
    ------
    SpecError
        A name that is no term, something that is not linear, restrictions that contradict or
        repeat each other, a matrix of the wrong shape.

    Examples
    --------
    >>> fit = Estimate("m", ("x", "np.log(z)"), np.array([1.0, 3.0]), np.eye(2), "iid", "none", 9)
    >>> round(wald_test(fit, "x = np.log(z)").statistic, 9)
    2.0
    >>> wald_test(fit, ["x", "np.log(z)"]).df
    2.0
    """
    matrix, target, text = _restrictions(estimate, hypothesis, values)
    if np.linalg.matrix_rank(matrix) < len(matrix):
        seen = f"restrictions that repeat or contradict each other: {text}"
        raise SpecError(Fault(seen, "restrictions of which none follows from the others", "Mend."))
    gap = matrix @ estimate.coefficients - target
    test = wald("Wald test", text, gap, matrix @ estimate.covariance @ matrix.T)
    if not np.isfinite(estimate.df_t):
        return test
    count = len(matrix)
    f_value = test.statistic / count
    p_value = float(special.fdtrc(count, estimate.df_t, f_value))
    note = f"F({count}, {estimate.df_t:,.6g}) = {f_value:.4g}, p = {p_value:.4g}"
    return HypothesisTest(test.name, test.null, test.statistic, test.df, test.p_value, note)


def _restrictions(
    estimate: Estimate, hypothesis: str | Sequence[str] | Floats, values: Sequence[float] | None
) -> tuple[Floats, Floats, str]:
    k = len(estimate.terms)
    if isinstance(hypothesis, np.ndarray) and hypothesis.dtype.kind in "fiub":
        matrix = np.atleast_2d(hypothesis.astype(np.float64))
        target = np.zeros(len(matrix)) if values is None else np.asarray(values, dtype=np.float64)
        if matrix.shape[1] != k or target.shape != (len(matrix),):
            seen = f"a matrix {matrix.shape} with values {target.shape}"
            expected = f"one column for each of the {k} terms, one value a row"
            raise SpecError(Fault(seen, expected, "Mend the shapes."))
        return matrix, target, f"R b = r with {len(matrix)} rows"
    lines = _split(hypothesis, ",") if isinstance(hypothesis, str) else list(map(str, hypothesis))
    lines = [line.strip() for line in lines if line.strip()]
    if not lines:
        raise SpecError(Fault("no hypothesis", "at least one", _EXAMPLE))
    rows, targets = [], []
    for line in lines:
        sides = _split(line, "=") if line not in estimate.terms else [line]
        if len(sides) > 2:
            raise SpecError(Fault(f"'{line}'", "at most one '='", _EXAMPLE))
        left = _linear(sides[0], estimate.terms)
        right = _linear(sides[1], estimate.terms) if len(sides) == 2 else np.zeros(k + 1)
        gap = left - right
        if not gap[:k].any():
            raise SpecError(Fault(f"'{line}' without a term", "a restriction on terms", _EXAMPLE))
        rows.append(gap[:k])
        targets.append(-gap[k])
    shown = [line if "=" in line else f"{line} = 0" for line in lines]
    return np.array(rows), np.array(targets), ", ".join(shown)


def _split(text: str, sign: str) -> list[str]:
    """Split at a sign outside brackets, such as the commas between hypotheses."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter in "([") - (letter in ")]")
        if letter == sign and depth == 0:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


def _linear(text: str, terms: tuple[str, ...]) -> Floats:
    """Weights of the terms and, last, the constant of a linear expression."""
    places: dict[str, int] = {}
    written = text
    for place in sorted(range(len(terms)), key=lambda i: -len(terms[i])):
        mark = f"_term{place}_"
        pattern = rf"(?<![\w.\]]){re.escape(terms[place])}(?![\w\[(])"
        written = re.sub(pattern, mark, written)
        places[mark] = place
    try:
        tree = ast.parse(written.strip(), mode="eval").body
    except SyntaxError as problem:
        raise SpecError(Fault(f"'{text.strip()}'", "a linear expression", _EXAMPLE)) from problem
    return _weights(tree, places, len(terms), text.strip())


def _weights(node: ast.expr, places: dict[str, int], k: int, text: str) -> Floats:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return np.append(np.zeros(k), float(value))
        case ast.Name(id=name) if name in places:
            return np.asarray(np.eye(k + 1)[places[name]])
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_weights(inner, places, k, text)
        case ast.UnaryOp(op=ast.UAdd(), operand=inner):
            return _weights(inner, places, k, text)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as sign, right=right):
            factor = 1.0 if isinstance(sign, ast.Add) else -1.0
            one, two = (_weights(side, places, k, text) for side in (left, right))
            return np.asarray(one + factor * two)
        case ast.BinOp(left=left, op=ast.Mult() | ast.Div() as sign, right=right):
            one, two = (_weights(side, places, k, text) for side in (left, right))
            if isinstance(sign, ast.Mult) and not one[:k].any():
                return np.asarray(one[k] * two)
            if not two[:k].any() and (isinstance(sign, ast.Mult) or two[k]):
                return np.asarray(one * two[k] if isinstance(sign, ast.Mult) else one / two[k])
    raise SpecError(_not_linear(node, places, text))


def _not_linear(node: ast.expr, places: dict[str, int], text: str) -> Fault:
    unknown = sorted(
        {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} - set(places)
    )
    if unknown:
        seen = f"{', '.join(map(repr, unknown))} in '{text}', not a term"
        return Fault(seen, "names of the estimate's terms (estimate.terms)", "Check the spelling.")
    return Fault(f"'{text}', which is not linear in the terms", "a linear expression", _EXAMPLE)
