"""Words of the paper's atlas: verdicts of the paper, and every assumption in both languages."""

import pytest

from analyses.atlas import claims, what_if
from analyses.evidence import claims_verdicts
from analyses.shared.forecast_parts import ASSUMPTIONS


def test_every_verdict_of_the_paper_is_shown_and_none_is_typed():
    wanted = {key: number for key, (number, _, _) in claims_verdicts.CLAIMS.items()}
    kinds = list(claims.VERDICTS)
    held = {
        f"claims.verdict.{key}.verdict": kinds[place % len(kinds)]
        for place, key in enumerate(wanted)
    }
    held["article.claims.policy.verdict"] = "not identified"
    shown = claims.claims(held)
    stated = [one for one in shown if not one.verdict.en.startswith("not judged")]
    assert [one.number for one in stated if one.claim.en != "Smart shrinkage and support help"] == [
        wanted[key] for key in wanted
    ]
    told = sorted(one.verdict.en for one in stated)
    assert told == sorted(held.values())
    assert all(one.verdict.zh == claims.VERDICTS[one.verdict.en] for one in stated)


def test_a_verdict_that_is_not_built_is_said_to_be_missing():
    assert {one.verdict.en for one in claims.claims({})} == {
        "(not in this build)", "not judged: a definition", "not judged: a recommendation",
    }  # fmt: skip


def test_words_of_verdicts_are_those_of_the_rules():
    rules = claims_verdicts
    assert set(claims.VERDICTS) == {
        rules.SUPPORTED, rules.PARTLY, rules.AGAINST, rules.OPEN, rules.UNTESTED,
    }  # fmt: skip


def test_every_assumption_has_words_and_its_numbers():
    held = {}
    for what in ASSUMPTIONS:
        for year in what_if.YEARS:
            stem = f"forecast.headline.{what_if.slug(what.label)}.y{year}"
            held |= {f"{stem}.{key}": 1.0 for key in ("median", "low", "high", "people", "sure")}
    (sheet,) = what_if.sheets(held)
    assert len(sheet.rows) == 2 * len(ASSUMPTIONS)
    assert sheet.page == "scenarios"
    for what in ASSUMPTIONS:
        assert any(note.en.startswith(f"{what.label}: ") and note.zh for note in sheet.notes)


def test_a_response_of_a_scenario_is_told_with_its_error():
    name = "Employment rate 5 points higher in losing units"
    held = {"scenario.response.jobs": 0.00094, "scenario.response.jobs_se": 0.00162}
    title, words = what_if.scenario_words(name, held)
    assert title.zh == "收缩单位就业率高5个百分点"
    assert "0.0009 for one unit (standard error 0.0016)" in words.en
    assert "0.0009" in words.zh
    with pytest.raises(KeyError):
        what_if.scenario_words("Nobody is born", {})
