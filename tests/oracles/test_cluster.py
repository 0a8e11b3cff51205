"""A Dask cluster gives the same bytes as this process, and names what kills its workers."""

import sys
import time
from functools import partial

import dask
import distributed
import numpy as np
import pytest

from econshrink.core.parallel import Cluster, parallel_map
from econshrink.core.workers import WorkerLost
from tests.unit.core.test_parallel_killed import always_killed, bad, draw, killed_once, scaled

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def test_a_cluster_gives_the_same_bytes_and_names_what_kills_it(tmp_path):
    # A worker that is away when a cluster of one machine looks 15 s after its loss is given up.
    few = dask.config.set(
        {
            "distributed.scheduler.allowed-failures": 1,
            "distributed.deploy.lost-worker-timeout": "1 hour",
        }
    )
    with (
        few,
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster,
    ):
        there = Cluster(cluster.scheduler_address)
        alone = [draw(number).tobytes() for number in range(12)]
        found = parallel_map(partial(killed_once, tmp_path), range(12), backend=there)
        assert [x.tobytes() for x in found] == alone
        shared = {"big": np.arange(10.0)}
        assert parallel_map(scaled, range(4), shared=shared, backend=there) == [0, 1, 4, 9]
        with pytest.raises(ValueError, match="no such sample"):
            parallel_map(bad, range(5), backend=there)
        start = time.process_time()
        # the scheduler blames what waited beside item 3 too: only what kills alone is named
        with pytest.raises(WorkerLost, match="killed 2 times in item 3, 3"):
            parallel_map(always_killed, range(6), backend=there, chunk=2)
        assert time.process_time() - start < 10  # of this process, which waits


def test_a_cluster_that_stays_without_workers_is_an_error(monkeypatch):
    monkeypatch.setattr("econshrink.core.workers.PATIENCE", 1)
    with distributed.LocalCluster(
        n_workers=0, dashboard_address=None, silence_logs=50, processes=False
    ) as cluster:
        there = Cluster(cluster.scheduler_address)
        with pytest.raises(WorkerLost, match="a cluster without a worker for 1 seconds"):
            parallel_map(abs, range(3), backend=there)
