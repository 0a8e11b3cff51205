"""Terms of a specification as columns of a panel: names, arithmetic, interactions, categories."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from econshrink.core.arrays import Floats
from econshrink.core.errors import Fault
from econshrink.tables.arithmetic import (
    SHIFTS,
    NotArithmetic,
    compute,
    function_name,
    is_arithmetic,
    names_in,
    parsed,
)
from econshrink.tables.indicators import indicator_columns, is_indicator
from econshrink.tables.meaning import (
    Columns,
    known_names,
    shifter,
    undefined,
    unknown,
    unreadable,
    variable,
)
from econshrink.tables.rows import Rows
from econshrink.tables.scanning import signs, split, unquoted

_ALGEBRA = {"+", "-", "*", "/", "**", "^", "%"}


def evaluate(
    panel: Rows, term: str, role: str, *, computed: bool = False
) -> tuple[Columns, list[Fault]]:
    """Columns of one term, and what is wrong with it.

    Parameters
    ----------
    panel : CityPanel
    term : str
        A variable, or an expression such as ``"np.log(gdp)"``, ``"gdp:share65"``, ``"C(year)"``,
        ``"i(year, treated, ref=2010)"``. ``lag(x)``, ``lag(x, 2)`` and ``diff(x)`` look up calendar
        years within a city.
    role : str
        ``"outcome"``, ``"covariate"`` …, for the messages.
    computed : bool
        Arithmetic, as outcomes, weights and instruments are: ``"births - deaths"`` is computed.
        Otherwise the term is one of several, and a sum or product of terms is refused.

    Returns
    -------
    tuple
        Column name to values of shape (rows of the panel,), NaN where missing; faults.

    Examples
    --------
    >>> import pandas as pd
    >>> from econshrink.nouns.panel import CityPanel
    >>> panel = CityPanel.from_long(pd.DataFrame({
    ...     "city": ["110000", "110000", "120000", "120000"], "year": [2010, 2011] * 2,
    ...     "y": [1.0, 2.0, 4.0, 3.0], "x": [0.0, 1.0, 1.0, 3.0]}))
    >>> evaluate(panel, "y - x", "outcome", computed=True)
    ({'y - x': array([1., 1., 3., 0.])}, [])
    >>> evaluate(panel, "xx", "covariate")[1][0].remedy
    "Did you mean 'x'?"
    """
    return evaluate_all(panel, (term,), role, computed=(term,) if computed else ())


def evaluate_all(
    panel: Rows,
    terms: Sequence[str],
    role: str = "covariate",
    *,
    intercept: bool = True,
    computed: Sequence[str] = (),
) -> tuple[Columns, list[Fault]]:
    """Columns of several terms, categories coded against each other and the intercept.

    Parameters
    ----------
    panel : CityPanel
    terms : sequence of str
        Each one term: a top-level ``+ - * / **`` is refused.
    role : str
    intercept : bool
        Whether the model holds a constant, or effects that do.
    computed : sequence of str
        Terms that are arithmetic instead, such as instruments.

    Returns
    -------
    tuple
        Column name to values; faults.
    """
    columns: Columns = {}
    faults: list[Fault] = [f for term in terms for f in _name_or_sum(panel, term, role)]
    coded = [term for term in terms if _needs_coding(panel, term)]
    made: dict[str, Columns] = {}
    if coded:
        # formulaic costs half a second to import, which arithmetic need not pay
        from econshrink.tables.categories import coded_columns  # noqa: PLC0415

        together = [term for term in terms if not is_indicator(term)]
        made, wrong = coded_columns(panel, together, role, intercept)
        faults += wrong
    for term in terms:
        if term in coded:
            found, wrong = made.get(term, {}), []
        elif is_indicator(term):
            found, wrong = indicator_columns(panel, term, role, partial(_one, panel, role=role))
        elif term not in computed and (wrong := _one_term(panel, term, role)):
            found = {}
        else:
            found, wrong = _one(panel, term, role)
        columns |= found
        faults += wrong
    return columns, list(dict.fromkeys(faults))


def _needs_coding(panel: Rows, term: str) -> bool:
    """Tell whether a term holds a category, a spline or another factor of formulaic's."""
    if term in panel.frame.columns or is_indicator(term):
        return False
    try:
        trees = [parsed(part)[0] for part in split(term, ":")]
    except NotArithmetic:
        return False
    return not all(map(is_arithmetic, trees)) and any(
        function_name(node.func) not in {"", *SHIFTS}
        for tree in trees
        for node in [tree]
        if hasattr(node, "func")
    )


def _one_term(panel: Rows, term: str, role: str) -> list[Fault]:
    """Fault of a sum, product or power where one term belongs."""
    if term in panel.frame.columns or unquoted(term) in known_names(panel):
        return []
    found = sorted(signs(term) & _ALGEBRA)
    if not found:
        return []
    inside = term.replace(":", " * ")
    seen = f"'{term}' with a top-level '{found[-1]}' among the {role}s of a Spec"
    remedy = f'Write "I({inside})" to compute it, or list the terms: '
    if set(found) <= {"+", "*"}:
        parts = [f'"{part}"' for plus in split(term, "+") for part in split(plus, "*") if part]
        remedy += ", ".join(parts) + (f', "{term.replace("*", ":")}"' if "*" in found else "") + "."
    else:
        remedy += "a formula, 'y ~ a*b', is algebra."
    return [Fault(seen, "one term in each place", remedy, role)]


def _name_or_sum(panel: Rows, term: str, role: str) -> list[Fault]:
    """Fault of a column called ``a:b`` or ``a - b`` that does not hold what its name computes."""
    if term not in panel.frame.columns or term.isidentifier() or not signs(term):
        return []
    try:
        trees = [parsed(part) for part in split(term, ":")]
        used = {name for tree, quoted in trees for name in names_in(tree, quoted)}
        absent = used - {*map(str, panel.frame)}
        if not used or absent or not all(is_arithmetic(tree) for tree, _ in trees):
            return []
        held = {name: panel.frame[name].to_numpy(dtype=float) for name in used}
        made = [compute(tree, quoted, held.__getitem__, _unshifted)[0] for tree, quoted in trees]
    except NotArithmetic:
        return []
    with np.errstate(all="ignore"):
        product = np.prod(made, axis=0)
    own = panel.frame[term].to_numpy(dtype=float)
    both = np.isfinite(own) & np.isfinite(product)
    if np.allclose(own[both], product[both]):
        return []
    seen = f"'{term}', which is a column and, computed from {', '.join(sorted(used))}, another"
    remedy = f"Rename the column: df = df.rename(columns={{'{term}': 'renamed'}})."
    return [Fault(seen, "one meaning", remedy, role)]


def _one(panel: Rows, term: str, role: str) -> tuple[Columns, list[Fault]]:
    """One arithmetic column; a product ``a:b`` is multiplied from the left."""
    # a name as it stands: " x" beside "x" is another column
    name = term if term in panel.frame.columns else unquoted(term)
    if name in panel.frame.columns:
        return {name: panel.frame[name].to_numpy(dtype=float)}, []
    known = name in known_names(panel)
    parts = [f"`{name}`"] if known else split(term, ":")
    try:
        trees = [parsed(part) for part in parts]
        bad = next(
            (p for p, (t, _) in zip(parts, trees, strict=True) if not is_arithmetic(t)), None
        )
        if bad is not None:
            raise NotArithmetic(f"'{bad}' is no arithmetic of columns")
    except NotArithmetic as problem:
        return {}, [unreadable(term, role, str(problem))]
    used = list(dict.fromkeys(n for tree, quoted in trees for n in names_in(tree, quoted)))
    values: Columns = {}
    faults: list[Fault] = []
    absent = []
    for each in used:
        found, wrong = variable(panel, each, role)
        faults += wrong
        if found is not None:
            values[each] = found
        elif not wrong:
            absent.append(each)
    if absent:
        faults.append(unknown(absent, term, role, panel))
    if faults:
        return {}, faults
    product: Floats | None = None
    complete = np.ones(len(panel.frame), dtype=bool)
    try:
        shift = shifter(panel) if "lag(" in term or "diff(" in term else _unshifted
        for tree, quoted in trees:
            factor, present = compute(tree, quoted, values.__getitem__, shift)
            complete &= present
            with np.errstate(all="ignore"):
                product = factor if product is None else product * factor
    except NotArithmetic as problem:
        return {}, [unreadable(term, role, str(problem))]
    assert product is not None
    key = name if known else term
    return {key: product}, undefined(key, product, complete, panel, role)


def _unshifted(name: str, values: Floats, years: int) -> Floats:
    raise NotArithmetic(f"{name}({years}) of {len(values)} rows")
