"""The programs that serve the project: documents, the soak's record, unreached verbs."""

import json

import pytest

from tools import documents, unreached
from tools.soak import properties, record

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
