"""What stands in the compiled tables: columns, kinds, ranges, keys."""

from __future__ import annotations

from econshrink.data.open.checked import Code, Integer, Number, TableSchema, Text
from econshrink.nouns.panel import STATUSES

SECTORS = (
    "agriculture",
    "mining",
    "manufacturing",
    "utilities",
    "construction",
    "transport_storage_post",
    "information",
    "wholesale_retail",
    "hotels_catering",
    "finance",
    "real_estate",
    "leasing_business",
    "science_technology",
    "water_environment_public_facilities",
    "resident_services",
    "education",
    "health_social_work",
    "culture_sports_entertainment",
    "public_administration",
)
SEGMENTS = ("to2012", "from2013")  # reporting of employees in urban units changed in 2013
PRICE_SERIES = ("new", "second_hand", "second_hand_release")
MONTHS = tuple(f"{month:02d}" for month in range(1, 13))
EVERY = "all"  # a flag that speaks of every variable of its row

JOB_VARIABLES = ("employees", "private_self_employed", "registered_unemployed", "mean_wage")
ESTATE_VARIABLES = ("investment", "residential")
MAIN_CITY_VARIABLES = (
    "investment",
    "floor_space_sold",
    "mean_price",
    "floor_space_sold_residential",
    "mean_price_residential",
)
BIRTH_VARIABLES = (
    "births_registered",
    "deaths_registered",
    "primary_pupils",
    "middle_school_pupils",
)
CENSUS_2000_COUNTS = (
    "population",
    "male",
    "female",
    "households",
    "family_households",
    "family_household_population",
    "migrants",
    "migrants_same_county",
    "migrants_same_province",
    "migrants_other_province",
    "hukou_agricultural",
    "hukou_nonagricultural",
)
RD_KINDS = ("basic_research", "applied_research", "experimental_development")
FLAGGED = ("births", "job_sectors", "jobs", "main_cities", "real_estate")

_SOURCE = Text(("yearbook", "panel", "database"), optional=True)
_PERSONS = Number(0, 1e9, optional=True)
_YUAN = Number(0, 1e15, optional=True)
_FACTOR = Number(0.5, 2, optional=True)
_FLAG = Integer(0, 1)
_COUNT = Integer(0, 1_000_000_000)
_INDEX = Number(0, 1000)

COMPILED: dict[str, TableSchema] = {
    "jobs": TableSchema(
        {
            "city": Code(),
            "year": Integer(2000, 2022),
            "segment": Text(SEGMENTS),
            **dict.fromkeys(JOB_VARIABLES[:3], _PERSONS),
            "mean_wage": Number(0, 1e6, optional=True),
            **{f"{name}_source": _SOURCE for name in JOB_VARIABLES},
        },
        ("city", "year"),
    ),
    "job_sectors": TableSchema(
        {
            "city": Code(),
            "year": Integer(2005, 2019),
            "segment": Text(SEGMENTS),
            **dict.fromkeys(SECTORS, _PERSONS),
            "total": _PERSONS,
            "source": _SOURCE,
        },
        ("city", "year"),
    ),
    "real_estate": TableSchema(
        {"city": Code(), "year": Integer(2000, 2019), **dict.fromkeys(ESTATE_VARIABLES, _YUAN)},
        ("city", "year"),
    ),
    "main_cities": TableSchema(
        {
            "city": Code(),
            "year": Integer(2006, 2024),
            **dict.fromkeys(MAIN_CITY_VARIABLES, _YUAN),
        },
        ("city", "year"),
    ),
    "price_months": TableSchema(
        {
            "place": Text(),
            "series": Text(PRICE_SERIES),
            "year": Integer(2006, 2026),
            "city": Code(optional=True),
            **{f"month_{month}": _FACTOR for month in MONTHS},
            **{f"year_{month}": _FACTOR for month in MONTHS},
            "reason": Text(optional=True),
        },
        ("place", "series", "year"),
    ),
    "births": TableSchema(
        {
            "city": Code(),
            "year": Integer(2013, 2022),
            **dict.fromkeys(BIRTH_VARIABLES, _PERSONS),
            "pupils_rounded": Integer(0, 1, optional=True),
        },
        ("city", "year"),
    ),
    "census_2000": TableSchema(
        {
            "city": Code(),
            **dict.fromkeys(CENSUS_2000_COUNTS, _COUNT),
            "share_assigned_by_sibling": Number(0, 1),
            "firm": _FLAG,
            "reason": Text(optional=True),
        },
        ("city",),
    ),
    "population_2023": TableSchema(
        {
            "city": Code(),
            "population_2020": _COUNT,
            "population_2023": _COUNT,
            "status": Text(STATUSES),
            "urban_2023": _PERSONS,
            "urban_status": Text(STATUSES, optional=True),
            "reason": Text(optional=True),
        },
        ("city",),
    ),
    "rd_personnel": TableSchema(
        {
            "province_code": Text(),
            "year": Integer(2010, 2023),
            "province": Text(),
            "personnel": _COUNT,
            "researchers": _COUNT,
            **dict.fromkeys(RD_KINDS, _COUNT),
            "status": Text(STATUSES),
            "reason": Text(optional=True),
        },
        ("province_code", "year"),
    ),
    "flows": TableSchema(
        {"origin": Code(), "destination": Code(), "index": _INDEX}, ("origin", "destination")
    ),
    "flow_totals": TableSchema(
        {
            "city": Code(),
            **{
                f"{way}_{part}": _INDEX
                for part in ("total", "within", "rest")
                for way in ("out", "in")
            },
            "named_destinations": Number(0, 1),
            "named_origins": Number(0, 1),
        },
        ("city",),
    ),
    "policy_dates": TableSchema(
        {
            "policy": Text(("low_carbon", "resource_exhausted")),
            "batch": Integer(1, 3),
            "city": Code(),
            "listed_as": Text(("unit", "province", "unit_and_province")),
            "date": Text(),
            "first_entry": _FLAG,
            "read_in": Text(),
            "source": Text(),
        },
        ("policy", "batch", "city"),
    ),
    "policy_unconfirmed": TableSchema(
        {"policy": Text(("low_carbon", "resource_exhausted")), "city": Code()},
        ("policy", "city"),
    ),
    "published_lists": TableSchema(
        {
            "city": Code(),
            "list": Text(),
            "growth_2010_2020": Number(-1, 2),
            "ever_depopulating": _FLAG,
            "status": Text(STATUSES),
            "reason": Text(optional=True),
        },
        ("city", "list"),
    ),
    "compiled_status": TableSchema(
        {
            "city": Code(),
            "year": Integer(2000, 2024),
            "table": Text(FLAGGED),
            "variable": Text(),
            "status": Text(STATUSES, optional=True),
            "reason": Text(optional=True),
        },
        ("city", "year", "table", "variable"),
    ),
}
