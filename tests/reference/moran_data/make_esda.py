"""Write esda.csv: Moran's I of values.csv with the borders of pairs.csv, by esda and libpysal.

Run from this folder with esda 2.9.0, libpysal 4.14.1, numpy 2.4.6: ``python make_esda.py``.
values.csv holds the log growth of census residents 2010-2020 of the 333 prefecture-level units
that border another one; pairs.csv their borders, each once.
"""

import csv
from pathlib import Path

FOLDER = Path(__file__).parent


def main():
    # imported here: these packages are no dependency of the tests, only of this script
    from esda.moran import Moran, Moran_Local  # noqa: PLC0415
    from libpysal.weights import W  # noqa: PLC0415

    with (FOLDER / "values.csv").open(encoding="utf-8") as file:
        values = {row["city"]: float(row["value"]) for row in csv.DictReader(file)}
    neighbours = {city: [] for city in values}
    with (FOLDER / "pairs.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            neighbours[row["city_a"]].append(row["city_b"])
            neighbours[row["city_b"]].append(row["city_a"])
    rows = []
    for kind, transform in (("row_standardised", "r"), ("binary", "b")):
        weights = W(neighbours, id_order=sorted(values), silence_warnings=True)
        figures = [values[city] for city in weights.id_order]
        found = Moran(figures, weights, transformation=transform, permutations=0)
        rows += [(kind, "I", "", found.I), (kind, "expectation", "", found.EI)]
        rows += [(kind, "std_error", "", found.seI_rand)]
        local = Moran_Local(figures, weights, transformation=transform, permutations=0)
        rows += [
            (kind, "local", city, one) for city, one in zip(weights.id_order, local.Is, strict=True)
        ]
    with (FOLDER / "esda.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["weights", "measure", "city", "value"])
        writer.writerows((a, b, c, repr(float(d))) for a, b, c, d in rows)


if __name__ == "__main__":
    main()
