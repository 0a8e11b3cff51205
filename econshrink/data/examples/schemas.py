"""What stands in the tables of the two examples: columns, kinds, ranges, keys."""

from __future__ import annotations

from econshrink.data.open.checked import Integer, Number, TableSchema, Text

AGES = (*(f"age_{low}_{low + 4}" for low in range(0, 85, 5)), "age_85_plus")
KOREAN_COUNTS = (
    "population",
    "population_foreign",
    "household_population",
    "household_population_male",
    "household_population_female",
    "households",
    "dwellings",
    "dwellings_apartments",
    "dwellings_detached",
    "dwellings_row_house",
    "dwellings_multiplex",
    "dwellings_non_residential_building",
    "vacant_dwellings",
    "establishments",
)
KOREAN_BIRTHS = tuple(f"births_per_woman_{low}_{low + 4}" for low in range(20, 50, 5))
KOREAN_RATES = ("total_fertility_rate", *KOREAN_BIRTHS)

_PERSONS = Integer(0, 10_000_000)
_SOME = Integer(0, 10_000_000, optional=True)

SCHEMAS: dict[str, TableSchema] = {
    "europe_regions": TableSchema(
        {"region": Text(), "country": Text(), "name": Text()}, ("region",)
    ),
    "europe": TableSchema(
        {
            "region": Text(),
            "year": Integer(2014, 2019),
            "sex": Text(("female", "male")),
            **dict.fromkeys(AGES, _PERSONS),
        },
        ("region", "year", "sex"),
    ),
    "korea": TableSchema(
        {
            "unit": Text(),
            "year": Integer(2010, 2020),
            "name": Text(),
            "province": Text(),
            **dict.fromkeys(KOREAN_COUNTS, _SOME),
            "grdp": Number(0, 1e15, optional=True),
            **dict.fromkeys(KOREAN_RATES, Number(0, 5, optional=True)),
            "reason": Text(optional=True),
        },
        ("unit", "year"),
    ),
}
