"""Each service behind the gateway killed in turn, under load, with real processes."""

import os
import signal
import threading

import grpc
import pytest

from load import Load
from support import eventually
from test_client import for_user, ids


def degraded(response):
    return {d.component.split("/")[0] for d in response.degraded}


@pytest.mark.parametrize("name, component", [
    ("candidates", "candidates"),
    ("features", "features"),
    ("ranking", "ranking"),
    ("explanation", "explanation"),
])
def test_a_killed_service_fails_no_request_and_comes_back(suite, name, component):
    with Load(suite) as load:
        load.wait_for(lambda r: not r.degraded and len(r.items) == 10, seconds=5)
        suite.kill(name, signal.SIGKILL)
        load.wait_for(lambda r: component in degraded(r), seconds=5)
        load.wait_for(lambda r: len(r.items) == 10, seconds=5)
        suite.start(name)
        took = load.wait_for(lambda r: not r.degraded and len(r.items) == 10, seconds=10)
    assert not load.failures, [f"{e.code()}: {e.details()}" for e in load.failures[:3]]
    assert took <= 2, f"full quality {took:.1f} s after the restart"


@pytest.mark.parametrize("name, component", [
    ("candidates", "candidates"), ("features", "features"),
    ("ranking", "ranking"), ("explanation", "explanation")])
def test_a_frozen_service_fails_no_request(suite, name, component):
    with Load(suite, rate=10) as load:
        load.wait_for(lambda r: not r.degraded and len(r.items) == 10, seconds=5)
        process = suite.processes[name]
        os.kill(process.pid, signal.SIGSTOP)
        try:
            load.wait_for(lambda r: component in degraded(r) and len(r.items) == 10, seconds=10)
        finally:
            os.kill(process.pid, signal.SIGCONT)
        load.wait_for(lambda r: not r.degraded and len(r.items) == 10, seconds=10)
    assert not load.failures, [f"{e.code()}: {e.details()}" for e in load.failures[:3]]


def test_filters_hold_when_candidates_are_down(suite):
    category = suite.some_category
    item_filter = suite.common.ItemFilter(any_categories=[category])
    for_user(suite, suite.heavy_user, count=5)
    suite.kill("candidates", signal.SIGKILL)
    try:
        response = for_user(suite, suite.heavy_user, count=5, filter=item_filter)
        assert "candidates" in degraded(response)
        assert response.items
        assert all(category in suite.categories[i] for i in ids(response))
    finally:
        suite.start("candidates")
    eventually(lambda: not for_user(suite, suite.heavy_user, count=5).degraded, seconds=5)


@pytest.mark.parametrize("name", ["gateway", "candidates", "features", "ranking", "explanation"])
def test_sigterm_drains_and_ends_with_success(suite, name):
    process = suite.processes[name]
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=15) == 0, suite.log_tail(name)
    suite.start(name)
    eventually(lambda: not for_user(suite, suite.heavy_user, count=5).degraded, seconds=5)


def test_every_acknowledged_event_survives_twenty_kills(suite):
    """kill -9 of the Feature service 20 times during recording: what was acknowledged is there."""
    acknowledged, stop = [], threading.Event()

    def record():
        turn = 0
        while not stop.is_set():
            turn += 1
            event_id = f"durable-{turn}"
            event = suite.event(user=f"durable-{turn % 7}", item=suite.some_item,
                                kind="EVENT_TYPE_CLICK", event_id=event_id)
            try:
                answer = suite.gateway.RecordEvents(
                    suite.api.RecordEventsRequest(events=[event]), timeout=2)
                if answer.results[0].status == suite.api.EventResult.STATUS_ACCEPTED:
                    acknowledged.append(event)
            except grpc.RpcError:
                stop.wait(0.01)

    worker = threading.Thread(target=record)
    worker.start()
    try:
        for _ in range(20):
            before = len(acknowledged)
            eventually(lambda: len(acknowledged) >= before + 20, seconds=20)
            suite.kill("features", signal.SIGKILL)
            suite.start("features")
    finally:
        stop.set()
        worker.join()
    assert len(acknowledged) >= 400
    eventually(lambda: not for_user(suite, suite.heavy_user, count=5).degraded, seconds=5)
    # An event that is there is answered as a duplicate.
    lost = []
    for first in range(0, len(acknowledged), 1000):
        batch = acknowledged[first:first + 1000]
        answer = suite.gateway.RecordEvents(suite.api.RecordEventsRequest(events=batch), timeout=10)
        lost += [event.event_id for event, result in zip(batch, answer.results)
                 if result.status != suite.api.EventResult.STATUS_DUPLICATE]
    assert not lost, f"{len(lost)} of {len(acknowledged)} acknowledged events are gone: {lost[:5]}"
