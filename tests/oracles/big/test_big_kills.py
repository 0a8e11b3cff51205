"""Runs on disk that are killed twenty times go on to the same bytes."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """
import hashlib, os, random, signal, sys, time
from pathlib import Path
import duckdb, ibis, pyarrow.parquet  # loaded before the first kill
from econshrink import Jackknife, Resampling, big
from econshrink.big import fixed_effects, identification, resampling, sorting
from econshrink.shrinkage import ConsecutiveDecline

sorting.RANGE_SHARE = 1e-4  # several ranges of this little table
home, kills = Path(sys.argv[1]), int(sys.argv[2])


def job(folder):
    sys.stderr = open(os.devnull, "w")
    space = big.Workspace(folder, memory_mb=100, part_rows=400)
    table = big.scan(home / "mixed.parquet", unit="cell", time="year", workspace=space)
    fit = big.fit_fe(table, "y ~ x | cell + year", Jackknife())
    draws = big.bootstrap_fe(table, "y ~ x | cell + year", Resampling(300, rng=1)).draws
    found = big.identify(table, ConsecutiveDecline(2), (2001, 2008))
    hasher = hashlib.sha256(fit.covariance.tobytes() + draws.values.tobytes())
    hasher.update(found.frame.to_csv().encode())
    return hasher.hexdigest()


def start(folder):
    folder.mkdir(exist_ok=True)
    child = os.fork()
    if child:
        return child
    try:
        text = job(folder)
    except BaseException as problem:
        text = repr(problem)
    (folder / "answer").write_text(text)
    os._exit(0)


began = time.monotonic()
os.waitpid(start(home / "whole"), 0)
whole = time.monotonic() - began
answer = (home / "whole" / "answer").read_text()
assert len(answer) == 64, answer
rng, done, finished = random.Random(20201101), 0, 0
while done < kills or not finished:
    folder = home / f"run{finished}"
    child = start(folder)
    if done < kills:
        time.sleep(rng.uniform(0.02, 0.6) * whole)
        if not os.waitpid(child, os.WNOHANG)[0]:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            done += 1
            continue
    else:
        os.waitpid(child, 0)
    assert (folder / "answer").read_text() == answer, (folder / "answer").read_text()
    finished += 1
print(f"{done} kills, {finished} runs to the end")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_twenty_kills_lose_nothing_and_change_no_byte(tmp_path):
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"cell": np.repeat(np.arange(200), 8), "year": [*range(2001, 2009)] * 200})
    frame["x"] = rng.normal(size=1600)
    frame["y"] = frame["x"] + rng.normal(size=1600)
    frame["population"] = np.exp(9 + rng.normal(0, 0.02, (200, 8)).cumsum(axis=1)).ravel()
    frame.sample(frac=1.0, random_state=0).to_parquet(tmp_path / "mixed.parquet")
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT, str(tmp_path), "20"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    assert run.stdout.startswith("20 kills")
