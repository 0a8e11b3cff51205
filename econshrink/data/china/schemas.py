"""What stands in each embedded table: columns, kinds, ranges, keys."""

from __future__ import annotations

from econshrink.data.china.compiled.schemas import COMPILED
from econshrink.data.open.checked import Code, Integer, Kind, Number, TableSchema, Text
from econshrink.nouns.panel import STATUSES

REGIONS = ("central", "east", "northeast", "west")
KINDS = (
    "autonomous_prefecture",
    "direct_county",
    "league",
    "municipality",
    "prefecture",
    "prefecture_city",
    "sar",
)
STAGES = ("declining", "growing", "mature", "none", "regenerating")
AGES = (0, 1, *range(5, 90, 5))  # lower bounds of the census age groups; the last is open
AGE_COLUMNS = tuple(f"age_{age}" for age in AGES)

ANNUAL_VARIABLES = (
    "built_up_km2",
    "gdp_first_release",
    "gdp_index",
    "gdp_nominal",
    "gdp_primary",
    "gdp_secondary",
    "gdp_tertiary",
    "population",
)
CENSUS_VARIABLES = (
    "population",
    "urban",
    "rural",
    "household_size",
    "sex_ratio",
    "share_0_14",
    "share_15_59",
    "share_60_plus",
    "share_65_plus",
)

# Columns of the census tabulation that are not counts of persons or households.
PROFILE_NUMBERS: dict[str, Number] = {
    "minority_share": Number(0, 1),
    "nonagricultural_hukou_share": Number(0, 1, optional=True),
    "household_size": Number(1, 10),
    "birth_rate": Number(0, 0.1, optional=True),
    "death_rate": Number(0, 0.1, optional=True),
    "natural_growth_rate": Number(-0.1, 0.1, optional=True),
    "years_schooling": Number(0, 20),
    "children_ever_born": Number(0, 10, optional=True),
    "children_surviving": Number(0, 10, optional=True),
    "rooms_per_household": Number(0, 20),
    "floor_area_per_capita": Number(0, 200),
}
_SAMPLE = {
    "employed": (
        "agriculture mining manufacturing utilities construction transport_storage_post "
        "information wholesale_retail hotels_catering finance real_estate leasing_business "
        "science_technology water_environment_public_facilities resident_services education "
        "health_social_work culture_sports_entertainment public_administration "
        "international_organisations"
    ),
    "occupation": (
        "managers professionals clerks commerce_services farming production_transport other"
    ),
    "tenure": "rented self_built purchased inherited_gift other",
}


def _sample(prefix: str) -> tuple[str, ...]:
    return tuple(f"{prefix}_{part}_sample" for part in _SAMPLE[prefix].split())


INDUSTRIES = _sample("employed")
OCCUPATIONS = _sample("occupation")
TENURES = _sample("tenure")
_PERSONS_AND_HOUSEHOLDS = (
    "population male female hukou_population minority_share nonagricultural_hukou_share "
    "urban_population rural_population city_proper_population households household_population "
    "household_size one_person_households one_generation_households two_generation_households "
    "three_generation_households four_plus_generation_households households_with_65_plus "
    "birth_rate death_rate natural_growth_rate migrants_same_county migrants_same_province "
    "migrants_other_province years_schooling education_none education_primary "
    "education_junior_secondary education_senior_secondary education_college "
    "education_preschool education_bachelor_plus tertiary_educated illiterate_15_plus "
    "population_16_plus_sample employed_sample"
)
_NOT_WORKING_AND_HOUSING = (
    "not_working_sample student_sample unable_to_work_sample never_worked_sample "
    "lost_job_employer_sample lost_job_own_sample land_taken_sample retired_sample "
    "housework_sample not_working_other_sample population_15_plus_sample never_married_sample "
    "married_sample divorced_sample widowed_sample children_ever_born children_surviving "
    "rooms_per_household floor_area_per_capita households_sample piped_water_sample "
    "kitchen_sample toilet_sample bathing_sample lift_sample car_sample"
)
PROFILE_COLUMNS = (
    *_PERSONS_AND_HOUSEHOLDS.split(),
    *INDUSTRIES,
    *OCCUPATIONS,
    *_NOT_WORKING_AND_HOUSING.split(),
    *TENURES,
)

_PERSONS = Integer(0, 2_000_000_000)
_SOME_PERSONS = Integer(0, 2_000_000_000, optional=True)
_FLAG = Integer(0, 1)
_YUAN = Number(0, 1e15, optional=True)
_CENSUS_YEAR = Integer(2010, 2020)


def _status(variables: tuple[str, ...], first: int, last: int) -> TableSchema:
    columns: dict[str, Kind] = {
        "city": Code(),
        "year": Integer(first, last),
        "variable": Text(variables),
        "status": Text(STATUSES, optional=True),
        "reason": Text(optional=True),
    }
    return TableSchema(columns, ("city", "year", "variable"))


SCHEMAS: dict[str, TableSchema] = {
    "units": TableSchema(
        {
            "city": Code(),
            "name_en": Text(),
            "name_zh": Text(),
            "province": Text(),
            "province_zh": Text(),
            "region": Text(REGIONS, optional=True),
            "kind": Text(KINDS),
            "resource_stage": Text(STAGES),
            "in_337": _FLAG,
            "in_bth": _FLAG,
            "valid_2020": _FLAG,
            "lon": Number(73, 136, optional=True),
            "lat": Number(3, 54, optional=True),
            "land_area_km2": Number(1, 700_000, optional=True),
        },
        ("city",),
    ),
    "population": TableSchema(
        {"city": Code(), "year": Integer(1998, 2024), "population": Integer(1, 50_000_000)},
        ("city", "year"),
    ),
    "gdp": TableSchema(
        {
            "city": Code(),
            "year": Integer(2000, 2023),
            "gdp_nominal": _YUAN,
            "gdp_first_release": _YUAN,
            "gdp_index": Number(0.5, 2, optional=True),
            "gdp_primary": _YUAN,
            "gdp_secondary": _YUAN,
            "gdp_tertiary": _YUAN,
        },
        ("city", "year"),
    ),
    "built_up": TableSchema(
        {"city": Code(), "year": Integer(2001, 2020), "built_up_km2": Number(0, 10_000)},
        ("city", "year"),
    ),
    "annual_status": _status(ANNUAL_VARIABLES, 1998, 2024),
    "census": TableSchema(
        {
            "city": Code(),
            "year": _CENSUS_YEAR,
            "population": _SOME_PERSONS,
            "urban": _SOME_PERSONS,
            "rural": _SOME_PERSONS,
            "household_size": Number(1, 10, optional=True),
            "sex_ratio": Number(50, 400, optional=True),
            "share_0_14": Number(0, 1, optional=True),
            "share_15_59": Number(0, 1, optional=True),
            "share_60_plus": Number(0, 1, optional=True),
            "share_65_plus": Number(0, 1, optional=True),
        },
        ("city", "year"),
    ),
    "census_status": _status(CENSUS_VARIABLES, 2010, 2020),
    "census_profile": TableSchema(
        {
            "city": Code(),
            "year": _CENSUS_YEAR,
            **{
                name: PROFILE_NUMBERS.get(
                    name, _PERSONS if name in {"population", "male", "female"} else _SOME_PERSONS
                )
                for name in PROFILE_COLUMNS
            },
        },
        ("city", "year"),
    ),
    "census_age_sex": TableSchema(
        {
            "city": Code(),
            "year": _CENSUS_YEAR,
            "sex": Text(("female", "male")),
            **dict.fromkeys(AGE_COLUMNS, _PERSONS),
        },
        ("city", "year", "sex"),
    ),
    "boundary_changes": TableSchema(
        {
            "city": Code(),
            "population_2010_tabulation": _SOME_PERSONS,
            "population_2010": _SOME_PERSONS,
            "population_2020_tabulation": _SOME_PERSONS,
            "population_2020": _SOME_PERSONS,
            "cause": Text(("boundary", "revision")),
            "step_year": Integer(2001, 2024, optional=True),
            "note": Text(),
        },
        ("city",),
    ),
    "adjacency": TableSchema({"city_a": Code(), "city_b": Code()}, ("city_a", "city_b")),
    "boundaries": TableSchema(
        {"city": Code(), "ring": Integer(0, 999), "hole": _FLAG, "path": Text()},
        ("city", "ring"),
    ),
    "national": TableSchema(
        {
            "series": Text(),
            "year": Integer(2000, 2024),
            "value": Number(-1e15, 1e15),
            "unit": Text(),
            "source": Text(),
        },
        ("series", "year"),
    ),
    "national_ages": TableSchema(
        {
            "series": Text(),
            "sex": Text(("both", "female", "male")),
            "year_from": Integer(2000, 2050),
            "year_to": Integer(2000, 2050),
            "age_from": Integer(0, 100),
            "age_to": Integer(0, 100, optional=True),
            "value": Number(0, 1e9),
            "unit": Text(),
            "projection": _FLAG,
            "source": Text(),
        },
        ("series", "sex", "year_from", "age_from"),
    ),
    **COMPILED,
    "fingerprints": TableSchema(
        {
            "table": Text(),
            "group": Text(),
            "rows": Integer(1, 1_000_000),
            "crc32": Integer(0, 2**32 - 1),
        },
        ("table", "group"),
    ),
}
