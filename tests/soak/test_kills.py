"""A build that is killed leaves no half-written file, and going on gives the same bytes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from econshrink.core.files import PART, sweep, write_file
from tools.soak.kills import ROOT, kill_builds

pytestmark = pytest.mark.slow

STUDY = """
import sys
from pathlib import Path
from analyses.studies.panel_static import PLANS
from econshrink.lab import replicate
plan = PLANS[0]
rows = replicate(plan.study, plan.grid, replicates=12, path=Path(sys.argv[1]), chunk=3)
rows.to_csv(sys.argv[2], index=False)
"""


def test_a_build_killed_at_two_seeded_moments_goes_on_to_the_same_bytes():
    found = kill_builds(("census", "long_difference", "concentration"), kills=2, seed=20201101)
    assert found.faults == []
    assert found.kills == 2
    assert found.files > 30


def test_a_study_killed_between_two_pieces_goes_on_to_the_same_rows(tmp_path):
    def start(pieces, target):
        command = [sys.executable, "-c", STUDY, str(pieces), str(target)]
        return subprocess.Popen(command, cwd=ROOT, start_new_session=True)

    assert start(tmp_path / "whole", tmp_path / "whole.csv").wait() == 0
    process = start(tmp_path / "killed", tmp_path / "killed.csv")
    while process.poll() is None and len(list((tmp_path / "killed").glob("*.json"))) < 3:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    whole = {path.name: path.read_bytes() for path in (tmp_path / "whole").iterdir()}
    left = [path for path in (tmp_path / "killed").iterdir() if not path.name.endswith(PART)]
    assert 3 <= len(left) < len(whole)
    assert all(path.read_bytes() == whole[path.name] for path in left)
    assert start(tmp_path / "killed", tmp_path / "killed.csv").wait() == 0
    pd.testing.assert_frame_equal(
        pd.read_csv(tmp_path / "whole.csv"), pd.read_csv(tmp_path / "killed.csv")
    )


def test_what_a_kill_left_behind_is_swept_and_nothing_else_is(tmp_path):
    kept = write_file(tmp_path / "a" / "table.csv", "x\n")
    mine = tmp_path / "a" / ".hidden"
    mine.write_text("mine")
    (tmp_path / "a" / f".table.csv.x1{PART}").write_text("half")
    sweep(tmp_path)
    assert sorted(p for p in tmp_path.rglob("*") if p.is_file()) == sorted([kept, mine])
    sweep(Path(tmp_path / "absent"))
