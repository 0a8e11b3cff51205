"""Closure where the truth is known: coverage of the bands, the three-year rule, true vintages."""

import numpy as np
import pandas as pd
import pytest

from econshrink.core.seeds import generator
from econshrink.data.closing.smoother import smooth_decade
from econshrink.data.vintage import pseudo_vintage
from econshrink.lab import (
    LabSettings,
    PlaceSettings,
    detection_experiment,
    simulate,
    true_vintage as lab_vintage,
)
from econshrink.lab.detection import REPAIRS, falls_in_a_row, smoothed_country

REPLICATES = 12


def country(rng, smoothed, cities=297, smoothing=0.7, noise=0.002):
    """True and published log levels of a decade; growth is AR(1) around a city mean."""
    growth = np.zeros((cities, 10))
    shocks = rng.normal(0, 0.004, (cities, 10))
    growth[:, 0] = shocks[:, 0] / np.sqrt(0.75)
    for year in range(1, 10):
        growth[:, year] = 0.5 * growth[:, year - 1] + shocks[:, year]
    growth += rng.normal(-0.002, 0.01, (cities, 1))
    missed = np.where(rng.random((cities, 1)) < smoothed, smoothing, 0.0)
    true = np.hstack([np.zeros((cities, 1)), growth.cumsum(axis=1)])
    seen = np.hstack([np.zeros((cities, 1)), ((1 - missed) * growth).cumsum(axis=1)])
    seen = seen + rng.normal(0, noise, seen.shape)
    seen[:, 0], seen[:, -1] = 0.0, true[:, -1]
    return true, seen


@pytest.mark.slow
@pytest.mark.parametrize("smoothed", [1.0, 0.5])
def test_bands_cover_and_the_three_year_rule_finds_more(smoothed):
    cover, raw, closed = [], [], []
    for replicate in range(REPLICATES):
        rng = generator(f"test.closure.recovery.{smoothed}.{replicate}")
        true, seen = country(rng, smoothed)
        levels, errors = smooth_decade(np.exp(seen), classes=2)
        inside = np.abs(np.log(levels) - true)[:, 1:10] <= 1.959964 * errors[:, 1:10]
        cover.append(inside.mean())
        truth = falls_in_a_row(np.exp(true))
        raw.append(falls_in_a_row(np.exp(seen))[truth].mean())
        closed.append(falls_in_a_row(levels)[truth].mean())
    # Growth of the truth is not the model's law, hence a little more or less than 95 percent.
    assert 0.935 < np.mean(cover) < 0.975
    assert np.mean(closed) - np.mean(raw) > 0.05
    assert np.mean(closed) > 0.93


@pytest.mark.slow
def test_smoother_in_the_laboratory():
    settings = smoothed_country(LabSettings())
    smoother = {"smoother": lambda decade: smooth_decade(decade.raw, classes=2)[0]}
    table = detection_experiment(settings, replicates=3, repairs={**REPAIRS, **smoother})
    table = table.set_index("series")
    assert table.loc["raw", "sensitivity"] < 0.5
    assert table.loc["smoother", "sensitivity"] > 0.93
    assert table.loc["smoother", "specificity"] > 0.85


def test_releases_of_the_laboratory_give_its_true_vintages():
    settings = LabSettings(last_year=2012, places=PlaceSettings(cities=70))
    run = simulate(settings, seed=3)
    lag, years = settings.observation.publication_lag, np.array(settings.years)
    shape = run.releases.first.shape
    cities = np.broadcast_to(np.array(run.true.cities), shape)
    about = np.broadcast_to(years[:, None], shape)

    def table(values, published, status):
        columns = {"city": cities, "year": about, "value": values, "published": published}
        frame = pd.DataFrame({name: np.ravel(column) for name, column in columns.items()})
        return frame.assign(status=np.ravel(status), variable="population", synthetic=True)

    mends = run.releases.first_status == "reported"  # a revision leaves slips of the compiler
    revised = np.where(mends, run.releases.revised, np.nan)
    parts = [
        table(run.releases.first, run.releases.first_known + lag, run.releases.first_status),
        table(revised, run.releases.revised_in + lag, np.full(shape, "revised")),
    ]
    releases = pd.concat(parts).dropna(subset="value").reset_index(drop=True)
    for year in (2006, 2010, 2011, 2013):
        ours = pseudo_vintage(releases, year)
        theirs = lab_vintage(run, year).column("population").dropna()
        assert ours.panel.synthetic
        assert not ours.pseudo
        assert ours.panel.column("population").to_numpy().tolist() == theirs.tolist()
        assert ours.panel.frame.index.equals(theirs.index)
    assert (releases["status"] == "revised").any()
