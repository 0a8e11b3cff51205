"""The programs that serve the project: documents, the soak's record, unreached verbs."""

import json

import pytest

from tools import documents, unreached
from tools.soak import properties, record, survivors

PAGE = """before
<!-- rooms: written by python -m tools.documents -->
old
<!-- end of rooms -->
after
"""


def test_a_generated_part_is_replaced_and_the_rest_is_kept():
    made = documents.replaced(PAGE, "rooms", "new \\1 text")
    assert documents.between(made, "rooms") == "new \\1 text"
    assert made.startswith("before\n")
    assert made.endswith("-->\nafter\n")
    assert documents.replaced(made, "rooms", "old") == documents.replaced(PAGE, "rooms", "old")


def test_a_page_without_the_part_is_an_error():
    with pytest.raises(ValueError, match="0 places"):
        documents.replaced(PAGE, "law", "text")


def test_a_shorter_soak_does_not_replace_the_record_of_a_longer_one(tmp_path):
    (tmp_path / "benchmarks").mkdir()
    for seconds, name in ((60, record.RECORD), (3600, record.RECORD), (60, record.LAST)):
        made = record.keep("fuzz", {"seconds": seconds}, "seconds", tmp_path)
        assert made == tmp_path / name
    record.keep("kills", {"kills": 20}, "kills", tmp_path)
    held = json.loads((tmp_path / record.RECORD).read_text())
    assert held == {"fuzz": {"seconds": 3600}, "kills": {"kills": 20}}


def test_the_soak_takes_the_property_tests():
    found = properties.files()
    assert "tests/property/test_gram_properties.py" in found
    assert not [name for name in found if "oracles" in name]


def test_a_verb_of_an_exhibit_is_reached_and_a_retired_one_is_not():
    known = unreached.used()
    assert {"fit_fe", "identify", "land_ratios"} <= known
    assert "nonsense" not in known
    assert set(unreached.unreached()) < set(unreached.verbs())


def test_every_survivor_of_the_mutants_is_judged_and_its_test_is_there():
    """Tests named in `judgements.json` stand in their files, classes are those explained."""
    known = survivors.judgements()
    held = json.loads((record.ROOT / record.RECORD).read_text(encoding="utf-8"))["mutants"]
    for mutant in (*held["left"], *held["killed_since"]):
        assert (mutant["file"], mutant["old"], mutant["new"]) in known
    for entry in known.values():
        file, _, name = entry.get("test", "").partition("::")
        code = (record.ROOT / file).read_text(encoding="utf-8") if file else ""
        assert f"def {name.partition('[')[0]}(" in code or not file, entry


def test_a_survivor_killed_or_gone_leaves_the_score_of_its_stratum():
    """Of 10 killed and 4 left one is killed now and one is gone: 11 of 13."""
    file = "econshrink/inference/vcov.py"
    mutants = [{"file": file, "line": i, "operator": "o", "old": "a", "new": "b"} for i in "1234"]
    first = {"killed": 10, "survived": 4, "score": 0.714, "low": 0.4, "high": 0.9}
    none = {"killed": 0, "survived": 0}
    strata = {"inference": first, "kernels": none, "nouns": none}
    whole = {**first, "date": "2026-11-30", "seed": 1, "strata": strata}
    became = ["killed", "survived", "gone", "survived"]
    tried = [{**m, "became": word, "test": "t"} for m, word in zip(mutants, became, strict=True)]
    found = survivors.renewed(whole, tried)
    assert (found["killed"], found["survived"], found["score"]) == (11, 2, round(11 / 13, 3))
    assert found["strata"]["inference"]["gone"] == 1
    assert [m["line"] for m in found["left"]] == ["2", "4"]
    assert found["killed_since"] == [{**mutants[0], "test": "t"}]
    assert found["first"]["score"] == 0.714
    again = survivors.renewed(found, [{**m, "became": "survived"} for m in found["left"]])
    assert (again["killed"], again["strata"], again["first"]) == (
        found["killed"], found["strata"], found["first"],
    )  # fmt: skip
