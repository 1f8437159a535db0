"""The suite with its state in a real Redis: two Feature processes and two gateways that share it, and Redis killed,
frozen and emptied under load."""

import shutil
import signal
import subprocess

import grpc
import pytest

from conftest import Suite
from load import Load
from support import eventually
from test_client import for_user, ids


class RedisSuite(Suite):
    """Two of the gateway and two of the Feature service: `gateway` asks `features`, `gateway-2` asks `features-2`."""

    def __init__(self, state, stubs, folder):
        self.socket = folder / "redis.sock"
        self.start_redis(folder)
        super().__init__(state, stubs, folder)
        self.start("features-2")
        self.start("gateway-2")
        self.other_channel = grpc.insecure_channel(self.address("gateway-2"))
        self.other = stubs["gateway"][1].RecommendationServiceStub(self.other_channel)

    def environment(self, name):
        settings = {**super().environment(name), "RECSYS_STORE_BACKEND": "redis",
                    "RECSYS_REDIS_URL": f"unix://{self.socket}", "RECSYS_CACHE_BYTES": "1000000",
                    "RECSYS_STORE_EVENT_QUEUE_PATH": str(self.folder / f"queue-{name}")}
        if name == "gateway-2":
            settings["RECSYS_BACKENDS_FEATURES"] = self.address("features-2")
        return settings

    def start_redis(self, folder=None):
        folder = folder or self.folder
        self.redis = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.socket, "--dir", folder, "--save", "",
             "--appendonly", "yes", "--appendfsync", "always"],
            stdout=open(folder / "redis.log", "ab"), stderr=subprocess.STDOUT)
        eventually(lambda: self.redis_cli("PING") == "PONG", seconds=20)

    def redis_cli(self, *words):
        return subprocess.run(["redis-cli", "-s", self.socket, *words], capture_output=True, text=True).stdout.strip()

    def kill_redis(self):
        self.redis.kill()
        self.redis.wait()

    def stop(self):
        self.other_channel.close()
        super().stop()
        self.redis.send_signal(signal.SIGCONT)
        self.kill_redis()

    def metric(self, name, text):
        return sum(float(line.rsplit(" ", 1)[1]) for line in self.side(name, "/metrics").splitlines()
                   if line.startswith(text))


@pytest.fixture(scope="module")
def shared(world, stubs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("redis")
    shutil.copytree(world / "features", folder / "features")
    running = RedisSuite(world, stubs, folder)
    try:
        yield running
    finally:
        running.stop()


def ask(suite, stub, user, **fields):
    return stub.Recommend(suite.api.RecommendRequest(subject=suite.api.Subject(user_id=user), **fields), timeout=5)


def whole(response, count=10):
    return not response.degraded and len(response.items) == count


def record(suite, stub, user, item, event_id=""):
    answer = stub.RecordEvents(suite.api.RecordEventsRequest(events=[suite.event(user, item, "EVENT_TYPE_LIKE", event_id)]),
                               timeout=5)
    return answer.results[0].status


def settle(suite, *, seconds=15):
    """Waits until both gateways give whole slates."""
    for stub in (suite.gateway, suite.other):
        eventually(lambda: whole(ask(suite, stub, suite.heavy_user, count=10, no_cache=True)), seconds)


def test_the_embedded_state_was_taken_over(shared):
    settle(shared)
    seen = shared.history[shared.heavy_user]
    for stub in (shared.gateway, shared.other):
        slate = ask(shared, stub, shared.heavy_user, count=50, no_cache=True)
        assert not set(ids(slate)) & seen
        assert {hit.source for item in slate.items for hit in item.sources} >= {"als"}


def test_an_event_at_one_gateway_ends_the_slate_at_every_other(shared):
    settle(shared)
    user = shared.third_user
    for round in range(5):
        first = ask(shared, shared.gateway, user, count=10)
        assert ask(shared, shared.gateway, user, count=10).from_cache
        other = ask(shared, shared.other, user, count=10)
        gone = first.items[round].item_id
        by, then = [(shared.gateway, shared.other), (shared.other, shared.gateway)][round % 2]
        assert record(shared, by, user, gone) == shared.api.EventResult.STATUS_ACCEPTED
        for stub in (then, by):
            after = ask(shared, stub, user, count=10)
            assert gone not in ids(after), f"round {round}: stale; the other was from cache: {other.from_cache}"


def test_equal_requests_have_ids_of_their_own(shared):
    settle(shared)
    a = ask(shared, shared.gateway, shared.light_user, count=10)
    b = ask(shared, shared.gateway, shared.light_user, count=10)
    assert b.from_cache and ids(a) == ids(b)
    assert a.request_id != b.request_id and a.attribution_token != b.attribution_token
    page = ask(shared, shared.gateway, shared.light_user, count=10, cursor=b.next_cursor)
    assert whole(page) and not set(ids(page)) & set(ids(b)) and page.items[0].rank == 11
    assert shared.metric("gateway", 'recsys_gateway_cache_requests_total{outcome="hit"}') > 0


def test_events_of_both_replicas_count_once(shared):
    settle(shared)
    user, item = shared.light_user, shared.some_item
    wanted = shared.api.EventResult
    assert record(shared, shared.gateway, user, item, "once") == wanted.STATUS_ACCEPTED
    assert record(shared, shared.other, user, item, "once") == wanted.STATUS_DUPLICATE


def test_a_killed_redis_fails_no_request_and_loses_no_event(shared):
    settle(shared)
    user = shared.third_user
    with Load(shared, rate=10, threads=2) as load:
        load.wait_for(whole, seconds=10)
        shared.kill_redis()
        load.wait_for(lambda r: r.degraded and len(r.items) == 10, seconds=10)
        items = [item for item in sorted(shared.categories) if item not in shared.history[user]][:5]
        for item in items:
            assert record(shared, shared.gateway, user, item) == shared.api.EventResult.STATUS_QUEUED
        eventually(lambda: shared.metric("features", "recsys_features_queued_events") == 5, seconds=10)
        shared.start_redis()
        took = load.wait_for(whole, seconds=15)
    assert not load.failures, [f"{e.code()}: {e.details()}" for e in load.failures[:3]]
    assert took < 5, f"whole slates {took:.1f} s after Redis came back"
    eventually(lambda: shared.metric("features", "recsys_features_queued_events") == 0, seconds=10)
    # They are in the state, as the other replica sees it.
    slate = ask(shared, shared.other, user, count=500, no_cache=True)
    assert not set(ids(slate)) & set(items)


def test_a_frozen_redis_fails_no_request(shared):
    settle(shared)
    with Load(shared, rate=10, threads=2) as load:
        load.wait_for(whole, seconds=10)
        shared.redis.send_signal(signal.SIGSTOP)
        try:
            load.wait_for(lambda r: r.degraded and len(r.items) == 10, seconds=10)
            # Beyond every time-out, and into the attempts to connect anew.
            load.wait_for_answers(20)
        finally:
            shared.redis.send_signal(signal.SIGCONT)
        load.wait_for(whole, seconds=15)
    assert not load.failures, [f"{e.code()}: {e.details()}" for e in load.failures[:3]]


def test_an_emptied_redis_is_noticed_and_filled_again(shared):
    settle(shared)
    user = shared.third_user
    with Load(shared, rate=10, threads=2) as load:
        load.wait_for(whole, seconds=10)
        shared.redis_cli("FLUSHALL")
        eventually(lambda: "Redis lost state" in shared.log_tail("features") + shared.log_tail("features-2"), seconds=15)
        load.wait_for(whole, seconds=15)
    assert not load.failures, [f"{e.code()}: {e.details()}" for e in load.failures[:3]]
    settle(shared)
    # Users start anew, and no slate of before comes back for a version that is counted again.
    first = ask(shared, shared.gateway, user, count=10)
    record(shared, shared.gateway, user, first.items[0].item_id)
    for stub in (shared.gateway, shared.other):
        assert first.items[0].item_id not in ids(ask(shared, stub, user, count=10))
