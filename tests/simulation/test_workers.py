"""Many runs on several processors are the runs on one; workers that fail or die do no harm."""

import os
import pickle

import numpy as np
import pytest

import wnproof as wn
from wnproof.simulation import ensemble
from wnproof.simulation.workers import FEWEST, INSIDE, processors, spread

linux = pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="workers are forked on Linux alone")


@linux
def test_an_ensemble_on_two_processors_is_the_one_on_one(monkeypatch):
    net = wn.Network((2, 3, 1), wn.relu)
    flow, data = wn.gradient_flow(net), wn.Dataset([[1, 2], [2, -1], [-1, 1]], [1, -1, 2])
    start, seen, runs = net.initial(0.5, seed=1, members=20), [], []
    for workers in (1, 2):
        monkeypatch.setattr(ensemble, "processors", lambda _, workers=workers: workers)
        runs.append(wn.simulate(flow, data, start, 4.0, at=[1.0], progress=lambda done, of: seen.append((done, of))))
    assert seen == 2 * [(k + 1, 20) for k in range(20)]
    assert np.array_equal(runs[0].theta, runs[1].theta)
    assert (runs[0].events, runs[0].branches, runs[0].stops) == (runs[1].events, runs[1].branches, runs[1].stops)
    assert np.array_equal(runs[0].errors, runs[1].errors)


@linux
def test_an_interrupt_keeps_what_other_processors_have_done(monkeypatch):
    net = wn.Network((2, 3, 1), wn.relu)
    flow, data = wn.gradient_flow(net), wn.Dataset([[1, 2], [2, -1], [-1, 1]], [1, -1, 2])
    monkeypatch.setattr(ensemble, "processors", lambda _: 2)

    def stop(done, _of):
        if done == 5:
            raise KeyboardInterrupt

    runs = wn.simulate(flow, data, net.initial(0.5, seed=1, members=20), 4.0, progress=stop)
    kept = [stop is wn.StopReason.REACHED_END for stop in runs.stops]
    assert sum(kept) == 5
    assert np.isfinite(runs.theta[:, :, kept]).all()
    assert set(runs.failed) == {e for e in range(20) if not kept[e]}


@linux
def test_every_call_is_made_once_and_elsewhere():
    found = dict(spread(lambda k: (k * k, os.getpid()), 50, 3))
    assert {k: square for k, (square, _) in found.items()} == {k: k * k for k in range(50)}
    assert os.getpid() not in {pid for _, pid in found.values()}


@linux
def test_a_worker_that_dies_loses_its_call_alone():
    found = dict(spread(lambda k: os._exit(1) if k == 3 else k, 12, 2))
    assert set(found) == set(range(12)) - {3}


@linux
def test_an_exception_comes_back_and_nothing_is_left_running():
    def refuse(k):
        if k == 4:
            raise wn.WnproofError("E-VALUE", "four", help="take another")
        return os.getpid()

    workers, calls = set(), spread(refuse, 10, 2)
    workers.update(pid for _, pid in (next(calls), next(calls)))
    with pytest.raises(wn.WnproofError, match="four") as caught:
        list(calls)
    assert caught.value.code == "E-VALUE"
    for pid in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_errors_pass_from_process_to_process():
    for error in (wn.WnproofError("E-SHAPE", "3x2", help="2x3", where="a:1"), wn.NotHomogeneous("tanh", help="relu")):
        passed = pickle.loads(pickle.dumps(error))
        assert (type(passed), str(passed), vars(passed)) == (type(error), str(error), vars(error))


def test_workers_start_no_workers(monkeypatch):
    monkeypatch.setenv(INSIDE, "1")
    assert processors(1000) == 1
    monkeypatch.delenv(INSIDE)
    assert processors(FEWEST - 1) == 1
