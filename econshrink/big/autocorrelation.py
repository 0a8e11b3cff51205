"""Moran's I on a table on disk and given pairs of neighbours: joins and sums by the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scipy.special import ndtr

from econshrink.big.parquet_files import write_parquet
from econshrink.big.source import WHOLE, BigTable, Files, checked_table
from econshrink.big.workspace import at_work
from econshrink.core.errors import DataError, Fault, raise_all
from econshrink.spatial.autocorrelation import MoranI, moran_moments

PAIR = ("city_a", "city_b")
NAMED = 1000  # isolated units that are listed


def moran(
    table: BigTable,
    pairs: BigTable,
    variable: str,
    when: int,
    *,
    row_standardised: bool = True,
) -> MoranI:
    """Global Moran's I of a variable at one time, with its moments under randomisation.

    Parameters
    ----------
    table : BigTable
    pairs : BigTable
        Columns ``city_a`` and ``city_b``, identifiers as in `table`, each pair of neighbours once
        or more, in either order; opened by ``scan(path)``.
    variable : str
    when : int
        The time whose figures are taken. Units without a figure are left out with their pairs,
        units without a neighbour among the others too.
    row_standardised : bool
        As in `spatial.Neighbours.from_pairs`.

    Returns
    -------
    MoranI
        As from ``spatial.moran(…, resampling=None)``: the p-value is that of the normal
        approximation, good for the many units this is for. `left_out` names up to a thousand
        isolated units.

    Raises
    ------
    DataError
        A unit beside itself, no pair left, a variable without variance.
    """
    checked_table(table, "moran")
    checked_table(pairs, "moran", spells=True)
    table.require(figures=[variable])
    pairs.require(labels=PAIR)
    if any((pairs.kind(name) == WHOLE) != (table.kind(table.unit) == WHOLE) for name in PAIR):
        seen = f"pairs of {pairs.kind(PAIR[0])} and units of {table.kind(table.unit)}"
        raise DataError(Fault(seen, "identifiers of one kind", "Write both alike."))
    key = (table.source.fingerprint, pairs.source.fingerprint, variable, when, row_standardised)
    with at_work(table.workspace, "moran", *key) as place:
        task = _Sums(table, pairs, variable, row_standardised, place.folder)
        kept = place.over(task, [when], "moran")[0]
    raise_all(DataError, _faults(kept, variable, when))
    n, s0, s1, s2 = (float(kept[name]) for name in ("n", "s0", "s1", "s2"))
    observed = n / s0 * kept["zwz"] / kept["zz"]
    kurtosis = n * kept["zzzz"] / kept["zz"] ** 2
    expectation, spread = moran_moments(int(n), s0, s1, s2, kurtosis)
    p = float(2 * ndtr(-abs(observed - expectation) / spread))
    return MoranI(
        name="Moran's I",
        null="no spatial autocorrelation",
        statistic=observed,
        df=float("nan"),
        p_value=p,
        note="normal approximation",
        expectation=expectation,
        std_error=spread,
        p_normal=p,
        permutations=0,
        units=int(n),
        left_out=tuple(map(str, kept["isolated"])),
    )


def _faults(kept: dict[str, Any], variable: str, when: int) -> list[Fault]:
    if kept["own"]:
        seen = f"{kept['own']} pairs of a unit with itself"
        return [Fault(seen, "two units", "Remove them.")]
    if not kept["n"]:
        seen = f"no two neighbours with a figure of '{variable}' at {when}"
        return [Fault(seen, "some", "Check identifiers and time.")]
    if not kept["zz"] > 0:
        return [Fault(f"'{variable}' without variance", "values that differ", "Check it.")]
    return []


class _Sums:
    """The sums that Moran's I and its moments are made of, by one engine for table and pairs."""

    def __init__(
        self, table: BigTable, pairs: BigTable, variable: str, standardised: bool, folder: Path
    ) -> None:
        self.table, self.pairs, self.variable = table, pairs, variable
        self.standardised, self.folder = standardised, folder

    def __call__(self, when: int) -> dict[str, Any]:
        """Count, S0, S1, S2, z'Wz, z'z, sum of z⁴, isolated units, pairs of a unit with itself."""
        spill = self.folder / "spill"
        with self.table.expression(spill) as rows, self.pairs.expression(spill) as beside:
            return self._sums(rows, _on(rows.get_backend(), self.pairs, beside), when)

    def _sums(self, rows: Any, beside: Any, when: int) -> dict[str, Any]:
        value = rows[self.variable].cast("float64")
        known = rows.filter((rows[self.table.time] == when) & value.notnull() & ~value.isnan())
        figures = known.select(unit=known[self.table.unit], value=known[self.variable])
        figures = figures.mutate(value=figures.value.cast("float64"))
        pair = beside.select(a=beside[PAIR[0]], b=beside[PAIR[1]])
        own = int(pair.filter(pair.a == pair.b).count().to_pyarrow().as_py())
        both = pair.union(pair.select(a=pair.b, b=pair.a)).distinct()
        left, right = (
            figures.rename(a="unit", left="value"),
            figures.rename(b="unit", right="value"),
        )
        links = both.join(left, "a").join(right, "b").select("a", "b", "left", "right")
        alone = figures.anti_join(links, figures.unit == links.a).order_by("unit").limit(NAMED)
        isolated = alone.to_pyarrow()["unit"].to_pylist()
        target = self.folder / "links.parquet"
        write_parquet(links, target)  # what the engine has joined is summed here
        with BigTable(Files((target,)), workspace=self.table.workspace).expression(
            self.folder / "spill"
        ) as linked:
            degrees = linked.group_by("a").aggregate(
                degree=linked.count().cast("float64"), value=linked.left.max()
            )
            found = self._of_links(linked, degrees)
        target.unlink()
        return found | {"own": own, "isolated": isolated}

    def _of_links(self, linked: Any, counted: Any) -> dict[str, Any]:
        """The sums, of links a → b with both figures and of units with their degrees."""
        head = _row(counted.aggregate(n=counted.count(), mean=counted.value.mean()))
        if not head["n"]:
            return {"n": 0}
        mean = float(head["mean"])
        square = (counted.value - mean) * (counted.value - mean)
        found = _row(counted.aggregate(zz=square.sum(), zzzz=(square * square).sum()))
        own = counted.select(a="a", own="degree")
        other = counted.select(b="a", other="degree")
        joined = linked.join(own, "a").join(other, "b")
        w, back = (
            (1.0 / joined.own, 1.0 / joined.other)
            if self.standardised
            else (joined.own * 0.0 + 1.0, joined.own * 0.0 + 1.0)
        )
        product = (joined.left - mean) * (joined.right - mean)
        weights = joined.select(a=joined.a, w=w, both=w + back, zwz=w * product)
        total = weights.aggregate(
            s0=weights.w.sum(), s1=(weights.both * weights.both).sum() / 2, zwz=weights.zwz.sum()
        )
        margins = weights.group_by("a").aggregate(margin=weights.both.sum())
        squares = margins.aggregate(s2=(margins.margin * margins.margin).sum())
        return head | found | _row(total) | _row(squares)


def _row(table: Any) -> dict[str, Any]:
    """The only row of a table."""
    return {name: values[0] for name, values in table.to_pyarrow().to_pydict().items()}


def _on(engine: Any, pairs: BigTable, beside: Any) -> Any:
    """The pairs on the engine of the table: as they are, read there, or handed over."""
    if beside.get_backend() is engine:
        return beside
    if isinstance(pairs.source, Files):
        return engine.read_parquet([str(path) for path in pairs.source.paths])
    return engine.create_table("econshrink_pairs", beside.to_pyarrow(), temp=True, overwrite=True)
