"""Two replicas of each service, as `recsys up --replicas 2` starts them: one may die or hang under load."""

import json
import os
import shutil
import signal
import subprocess
import urllib.request
from collections import Counter

import grpc
import pytest

from conftest import BINARIES
from load import Load
from support import eventually
from test_rows import metric

SERVICES = ["candidates", "ranking", "explanation"]
CLIENT = json.dumps({
    "loadBalancingConfig": [{"round_robin": {}}],
    "methodConfig": [{"name": [{}], "retryPolicy": {
        "maxAttempts": 3, "initialBackoff": "0.01s", "maxBackoff": "0.1s", "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"]}}]})


class Doubled:
    """A suite of two processes a service (and one Feature service, whose store is embedded)."""

    def __init__(self, state, stubs, users):
        self.state, self.api, self.some_users = state, stubs["gateway"][0], users
        self.output = open(state / "up.log", "ab")
        self.process = subprocess.Popen(
            [BINARIES / "recsys", "up", "--replicas", "2", "--any-ports", "--state", state],
            stdout=self.output, stderr=self.output,
            # Slates from the cache would ask no replica.
            env={**os.environ, "RECSYS_CACHE_BYTES": "0"})
        eventually(lambda: (state / "suite.json").exists() or self.process.poll() is not None, seconds=60)
        assert self.process.poll() is None, (state / "up.log").read_text()[-3000:]
        target = "ipv4:" + self.listing()["gateway"]
        self.channel = grpc.insecure_channel(target, options=[("grpc.service_config", CLIENT)])
        self.gateway = stubs["gateway"][1].RecommendationServiceStub(self.channel)

    def listing(self):
        return json.loads((self.state / "suite.json").read_text())

    def pid(self, name):
        return self.listing()["processIDs"][name]

    def metrics(self, name):
        port = self.listing()["sidePorts"][name]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as page:
            return page.read().decode()

    def stop(self):
        self.channel.close()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=30) == 0


@pytest.fixture(scope="module")
def doubled(world, stubs, suite, tmp_path_factory):
    state = tmp_path_factory.mktemp("doubled") / "state"
    shutil.copytree(world, state, ignore=shutil.ignore_patterns("suite.json", "logs", "LOCK"))
    running = Doubled(state, stubs, suite.some_users)
    yield running
    running.stop()


def troubles(answers):
    """How often each component was in trouble, by reason."""
    return Counter(f"{d.component}: {d.reason}" for answer in answers for d in answer.degraded)


def whole(response):
    return not response.degraded and len(response.items) == 10


def test_every_service_but_the_store_has_two_processes(doubled):
    names = set(doubled.listing()["processIDs"])
    assert names == {"features"} | {f"{n}{s}" for n in SERVICES + ["gateway"] for s in ("", "-2")}


@pytest.mark.parametrize("name", SERVICES + ["gateway"])
def test_killing_one_of_two_under_load_loses_nothing(doubled, name):
    with Load(doubled, rate=50) as load:
        load.wait_for(whole, seconds=10)
        load.wait_for_answers(50)
        before = len(load.answers)
        pid = doubled.pid(f"{name}-2")
        os.kill(pid, signal.SIGKILL)
        # It is started again by itself.
        eventually(lambda: doubled.pid(f"{name}-2") != pid, seconds=10)
        load.wait_for_answers(100)
    answers = [answer for _, answer in load.answers[before:]]
    assert len(answers) >= 50
    assert not load.failures, [f"{e.code()}: {e.details()}" for e in load.failures[:3]]
    # A busy machine may make some late; but nothing may be missing.
    lost = {what: n for what, n in troubles(answers).items() if not what.endswith(("deadline", "overload"))}
    assert not lost, f"of {len(answers)}: {lost}"


def test_a_frozen_replica_costs_some_second_calls_and_is_left_out(doubled):
    def pages():
        return [doubled.metrics(name) for name in ("gateway", "gateway-2")]

    def total(name, **labels):
        return sum(metric(page, name, **labels) for page in pages())

    with Load(doubled, rate=50) as load:
        load.wait_for(whole, seconds=10)
        # So that the gateways know what is usual.
        load.wait_for_answers(300)
        won = total("recsys_gateway_hedges_total", method="Rank", outcome="won")
        pid = doubled.pid("ranking-2")
        before = len(load.answers)
        os.kill(pid, signal.SIGSTOP)
        try:
            eventually(lambda: total("recsys_gateway_replica_changes_total",
                                     change="left_out_silent") >= 2, seconds=20)
            load.wait_for_answers(100)
        finally:
            os.kill(pid, signal.SIGCONT)
        eventually(lambda: total("recsys_gateway_replica_changes_total", change="restored") >= 2,
                   seconds=30)
    answers = [answer for _, answer in load.answers[before:]]
    assert not load.failures
    assert total("recsys_gateway_hedges_total", method="Rank", outcome="won") > won
    lost = {what: n for what, n in troubles(answers).items()
            if what.startswith("ranking") and "circuit" not in what}
    assert sum(lost.values()) <= len(answers) * 0.1, f"of {len(answers)}: {lost}"
