"""Words in formulas of R, Stata and linearmodels, and how the same is written here."""

from __future__ import annotations

import re

_DUMMIES = r"(?:as[._])?factor\((?P<a>[^(),]+)\)|[iI]b?\d*\.(?P<b>\w+)"
_LAG = r"[lL]\((?P<a>\w+)(?P<n>, *\d+)?\)|[lL]\.(?P<b>\w+)|shift\((?P<c>\w+)(?P<m>, *\d+)?\)"
_EFFECTS = r"(?:Entity|Time)Effects|absorb\(.*\)|.*, *absorb\(.*\)|fe\(.*\)|felevels\(.*\)"
# what is written elsewhere -> what to write here, with the name inside
_SAID = (
    (_DUMMIES, "Write C({name})."),
    (_LAG, "Write lag({name}{years})."),
    (r"[dD]\((?P<a>\w+)\)|[dD]\.(?P<b>\w+)|[fF]?diff\((?P<c>\w+)\)", "Write diff({name})."),
    (r"c\.(?P<a>\w+)", "Write {name}."),
    (_EFFECTS, 'Write effects behind a bar, "y ~ x | firm + year".'),
    (r"frailty\w*\((?P<a>\w+).*\)", 'Use fit_frailty(df, "Surv(t, e) ~ x", group="{name}").'),
    (r"tt\((?P<a>\w+)\)", 'Use with_time_effect(df, estimate, "{name}", LogTime()).'),
    (r"[np]s\((?P<a>\w+).*\)|pspline\((?P<b>\w+).*\)", "Write cr({name}, df=4) or bs({name}, 3)."),
    (r"\.", 'Name the covariates, "y ~ x1 + x2".'),
    (r"1", "Name a covariate."),
)


def here(term: str) -> str:
    """How a term of another package's formula is written here; empty if nothing is alike.

    Examples
    --------
    >>> here("as.factor(region)"), here("L.gdp"), here("gdp")
    ('Write C(region).', 'Write lag(gdp).', '')
    """
    for pattern, remedy in _SAID:
        found = re.fullmatch(pattern, term.strip())
        if found:
            inside = found.groupdict()
            name = next((inside[key] for key in "abc" if inside.get(key)), "").strip()
            years = inside.get("n") or inside.get("m") or ""
            return remedy.format(name=name, years=years)
    return ""
