"""What a noun is asked to keep: each once, and all of it there."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from econshrink.core.errors import DataError, Fault


def chosen(
    kind: str, wanted: Iterable[Hashable], present: tuple[Hashable, ...], holder: str
) -> list[Hashable]:
    """What is asked for, in that order.

    Examples
    --------
    >>> chosen("year", [2012, 2010, 2010], (2010, 2011, 2012), "panel")
    [2012, 2010]
    """
    found = list(dict.fromkeys(wanted))
    unknown = sorted(str(x) for x in set(found) - set(present))
    if unknown or not found:
        seen = f"{kind} {', '.join(unknown[:10])}" if unknown else f"no {kind} asked for"
        expected = f"values present in the {holder}"
        expected += f" ({present[0]!r} … {present[-1]!r})" if present else ", which has none"
        raise DataError(Fault(seen, expected, f"Select only what the {holder} holds."))
    return found
