"""Times of builds: what is said of them."""

from __future__ import annotations

import json
from pathlib import Path

from tools import times


def test_medians_are_said_and_nothing_before_the_first_measurement(tmp_path: Path) -> None:
    assert times.said(tmp_path) == ""
    held = {"full": [101.2, 99.0, 120.0], "nothing": [0.41, 0.39, 0.52], "paper": [1.5, 1.6, 1.4]}
    held |= {"supplement": [3.2, 3.1, 3.3], "cores": 2, "machine": "x86_64", "python": "3.11.7"}
    path = tmp_path / times.TIMES
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(held))
    text = times.said(tmp_path)
    assert "101 s of everything" in text
    assert "0.41 s with nothing to do" in text
    assert "1.5 s after a sentence was added to the paper" in text
    assert "3.2 s after one was added to the supplement" in text


def test_a_sentence_is_added_to_files_that_are_there() -> None:
    named = [edited for _, edited in times.BUILDS.values() if edited]
    assert named
    assert all((times.ROOT / name).is_file() for name in named)
