"""Settings of the laboratory: what is refused, and digests."""

from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest

from econshrink.core.errors import SpecError
from econshrink.lab import (
    DemographySettings,
    HousingSettings,
    Intervention,
    JobSettings,
    LabSettings,
    MigrationSettings,
    ObservationSettings,
    PlaceSettings,
    PolicySettings,
    Region,
    Sector,
    ShockSettings,
    structural,
)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: Region("r", 0, 1.0), "Region.provinces"),
        (lambda: Region("r", 1, 1.0, smoothing=1.5), "Region.smoothing"),
        (lambda: PlaceSettings(cities=30), "at least two cities a province"),
        (lambda: PlaceSettings(cities=99.5), "a whole number"),
        (lambda: PlaceSettings(regions=(Region("a", 1, 1), Region("a", 1, 1))), "distinct names"),
        (lambda: PlaceSettings(regions=()), "0 provinces"),
        (lambda: DemographySettings(fertility_path=()), "at least one pair"),
        (lambda: DemographySettings(fertility_path=((2010, 1.0), (2000, 1.0))), "rising years"),
        (lambda: DemographySettings(birth_history=((2000, -1.0),)), "finite values"),
        (lambda: DemographySettings(infant=(0.1, 0.9)), "DemographySettings.infant"),
        (lambda: MigrationSettings(out_rate=float("nan")), "MigrationSettings.out_rate"),
        (lambda: MigrationSettings(jobs="1"), "MigrationSettings.jobs"),
        (lambda: Sector("mining", 0.0), "Sector.share"),
        (lambda: JobSettings(sectors=()), "distinct names"),
        (lambda: ShockSettings(persistence=1.0), "ShockSettings.persistence"),
        (lambda: HousingSettings(depreciation=True), "HousingSettings.depreciation"),
        (lambda: PolicySettings(list_years=(2011, 2008)), "rising, distinct years"),
        (lambda: ObservationSettings(census_years=(2000, 2010)), "one for each census"),
        (lambda: ObservationSettings(census_years=(), undercount=()), "at least one, rising"),
        (lambda: Intervention(target_share=2.0), "Intervention.target_share"),
        (lambda: LabSettings(last_year=1990), "a last year after the first"),
        (lambda: LabSettings(first_year=2001), "a census in the first year"),
        (lambda: LabSettings(places=None), "Build it: PlaceSettings"),
    ],
)
def test_bad_settings_are_refused_with_their_place(build, words):
    with pytest.raises(SpecError, match=words.replace(".", r"\.")):
        build()


def test_all_mistakes_are_listed_at_once():
    with pytest.raises(SpecError) as caught:
        MigrationSettings(out_rate=2.0, distance=-1.0, inertia=1.0)
    assert len(caught.value.faults) == 3


def test_digest_tells_settings_apart():
    base = LabSettings()
    assert base.digest() == LabSettings().digest()
    other = replace(base, migration=replace(base.migration, wage=0.61))
    assert other.digest() != base.digest()


def test_structural_table_holds_every_number():
    table = structural(LabSettings())

    def count(value):
        if is_dataclass(value):
            return sum(count(getattr(value, f.name)) for f in fields(value) if f.name != "name")
        return sum(map(count, value)) if isinstance(value, tuple) else 1

    assert len(table) == count(LabSettings())
    assert not table.duplicated(["part", "parameter"]).any()
    assert np.isfinite(table["value"]).all()
    row = table.query("part == 'places' and parameter == 'regions[3][northeast].smoothing'")
    assert row["value"].item() == 0.93
