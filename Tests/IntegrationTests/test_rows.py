"""The rows of "When things fail" (Services/README.md) that test_failures.py has not: each made to happen to real
processes.

one source late or down          test_failures: frozen and killed candidates; here: a source with an endpoint of its own
candidate generation             test_failures: killed, frozen, filters hold
the Feature service              test_failures: killed, frozen; here: its disk takes no writes
ranking late or down             test_failures: killed, frozen
explanation late or down         test_failures: killed, frozen
a bad bundle                     here
overload                         test_overload
SIGTERM                          test_failures
SIGKILL of the Feature service   test_failures: twenty times
one of two replicas              test_replicas: killed, frozen
the caller has gone              here
Redis                            test_redis
"""

import json
import os
import re
import resource
import shutil
import signal

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from load import Load
from support import eventually
from test_client import for_user, ids


def metric(page, name, **labels):
    """The sum of a metric's series that have the labels."""
    total = 0.0
    for line in page.splitlines():
        match = re.fullmatch(rf"{name}(?:\{{(.*)\}})? (\S+)", line)
        if match and all(f'{key}="{value}"' in (match[1] or "") for key, value in labels.items()):
            total += float(match[2])
    return total


def is_serving(suite, name):
    with grpc.insecure_channel(suite.address(name)) as channel:
        answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=5)
    return answer.status == health_pb2.HealthCheckResponse.SERVING


def versions(response):
    return {v.component: v.version for v in response.versions}


def test_a_disk_that_takes_no_writes_is_said_and_got_over(suite):
    """RLIMIT_FSIZE stands for a full disk: every write of a file beyond it fails."""
    process = suite.processes["features"]
    acknowledged, refused = [], []

    def record(number):
        """Records an event; whether it was acknowledged."""
        event = suite.event("disk", suite.some_item, "EVENT_TYPE_CLICK", event_id=f"disk-{number}")
        try:
            answer = suite.gateway.RecordEvents(suite.api.RecordEventsRequest(events=[event]), timeout=5)
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.UNAVAILABLE
            refused.append(event)
            return False
        assert answer.results[0].status == suite.api.EventResult.STATUS_ACCEPTED
        acknowledged.append(event)
        return True

    assert record(0)
    hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)[1]
    for outage in (1, 2):
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (16, hard))
        try:
            assert not any([record(outage * 100 + number) for number in range(5)])
            eventually(lambda: not is_serving(suite, "features"), seconds=5)
            # What is known is still served.
            response = for_user(suite, suite.heavy_user, count=10)
            assert len(response.items) == 10
            assert not response.degraded
            assert process.poll() is None
        finally:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        eventually(lambda: is_serving(suite, "features"), seconds=10)
        assert record(outage)
        assert not for_user(suite, suite.heavy_user, count=10).degraded
        page = suite.side("features", "/metrics")
        assert metric(page, "recsys_features_store_recoveries_total") == outage
    suite.kill("features")
    suite.start("features")
    eventually(lambda: not for_user(suite, suite.heavy_user, count=5).degraded, seconds=5)
    # Nothing that was acknowledged is lost, and what was refused can be sent again.
    again = suite.gateway.RecordEvents(
        suite.api.RecordEventsRequest(events=acknowledged + refused), timeout=5)
    status = suite.api.EventResult
    assert [r.status for r in again.results] == (
        [status.STATUS_DUPLICATE] * len(acknowledged) + [status.STATUS_ACCEPTED] * len(refused))


def test_a_bad_bundle_is_refused_and_the_old_version_serves_on(suite):
    folder = suite.state / "models" / "ranker"
    labels = folder / "labels.json"
    before = labels.read_text()
    good = json.loads(before)["production"]
    bad = folder / "v999"
    served = versions(for_user(suite, suite.heavy_user, count=5))["ranker"]
    shutil.copytree(folder / good, bad)
    try:
        manifest = json.loads((bad / "manifest.json").read_text())
        manifest["version"] = "v999"
        (bad / "manifest.json").write_text(json.dumps(manifest))
        model = bad / "model.ubj"
        content = bytearray(model.read_bytes())
        content[len(content) // 2] ^= 0xFF
        model.write_bytes(content)
        aside = folder / "labels.json.new"
        aside.write_text(json.dumps({**json.loads(before), "production": "v999"}))
        aside.rename(labels)
        eventually(lambda: metric(suite.side("ranking", "/metrics"),
                                  "recsys_ranking_model_load_failures_total") >= 1, seconds=10)
        assert "v999" in suite.log_tail("ranking")
        response = for_user(suite, suite.heavy_user, count=5)
        assert not response.degraded
        assert versions(response)["ranker"] == served
    finally:
        labels.write_text(before)
        shutil.rmtree(bad)


def test_a_source_with_an_endpoint_of_its_own_may_die(suite):
    """`sources.trending.target`: one source is a deployment of its own, and goes."""
    suite.ports["candidates-trending"] = 0
    gateway = suite.ports["gateway"]
    try:
        suite.start("candidates-trending")
        suite.kill("gateway", signal.SIGTERM)
        suite.extra["gateway"] = {
            "RECSYS_SOURCES_TRENDING_TARGET": suite.address("candidates-trending")}
        suite.start("gateway")
        response = for_user(suite, suite.heavy_user, count=20)
        assert not response.degraded
        suite.kill("candidates-trending")
        response = for_user(suite, suite.heavy_user, count=20)
        assert len(response.items) == 20
        assert [d.component for d in response.degraded] == ["candidates/trending"]
        assert {hit.source for item in response.items for hit in item.sources} >= {"als"}
    finally:
        suite.extra.pop("gateway", None)
        suite.kill("gateway", signal.SIGTERM)
        suite.start("gateway")
        process = suite.processes.pop("candidates-trending", None)
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()
        assert suite.ports["gateway"] == gateway


def test_work_stops_when_the_caller_has_gone(suite):
    gateway = suite.ports["gateway"]

    def calls(service, method, **labels):
        return metric(suite.side(service, "/metrics"), f"recsys_{service}_calls_total", method=method, **labels)

    # A gateway that waits for the ranker as long as the client does, so that the calls are there to be cancelled.
    suite.kill("gateway", signal.SIGTERM)
    suite.extra["gateway"] = {"RECSYS_BUDGETS_RANKING_MS": 5000}
    suite.start("gateway")
    process = suite.processes["ranking"]
    try:
        eventually(lambda: not for_user(suite, suite.heavy_user, count=5).degraded, seconds=5)
        explained, read = calls("explanation", "Explain"), calls("features", "GetItems")
        os.kill(process.pid, signal.SIGSTOP)
        request = suite.api.RecommendRequest(subject=suite.api.Subject(user_id=suite.heavy_user), count=10)
        futures = [suite.gateway.Recommend.future(request, timeout=5) for _ in range(3)]
        # The stage before the ranking is over for all three.
        eventually(lambda: calls("features", "GetItems") >= read + 3, seconds=4)
        for call in futures:
            assert call.cancel()
        eventually(lambda: calls("gateway", "Recommend", code="CANCELLED") == 3, seconds=4)
        assert metric(suite.side("gateway", "/metrics"), "recsys_gateway_in_flight") == 0
        # Nobody explained a slate that nobody waits for.
        assert calls("explanation", "Explain") == explained
    finally:
        os.kill(process.pid, signal.SIGCONT)
        suite.extra.pop("gateway", None)
        suite.kill("gateway", signal.SIGTERM)
        suite.start("gateway")
    assert suite.ports["gateway"] == gateway
    eventually(lambda: not for_user(suite, suite.heavy_user, count=5).degraded, seconds=5)


def test_the_deadlines_split_is_seen_in_the_timings(suite):
    response = suite.gateway.Recommend(suite.api.RecommendRequest(
        subject=suite.api.Subject(user_id=suite.heavy_user), count=10), timeout=2)
    budgets = [t.budget_us for t in response.stage_timings]
    # gRPC rounds a timeout up on its way, by a hundredth at most.
    assert all(0 < budget <= 2_020_000 for budget in budgets), budgets
    ordered = [t for t in response.stage_timings if t.stage in (
        "features/user", "features/items", "ranking", "rerank", "explanation")]
    left = [t.budget_us for t in ordered]
    assert left == sorted(left, reverse=True), "each stage sees what the ones before it have left"
    for one, next_one in zip(ordered, ordered[1:]):
        assert one.budget_us - one.took_us >= next_one.budget_us - 1000
