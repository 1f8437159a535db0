"""An open loop far above what the suite can do: it serves what it can, in time, refuses the rest early, and is itself
again within seconds."""

import json
import subprocess
import threading

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from conftest import BINARIES
from support import eventually
from test_client import for_user


def load(suite, rate, seconds):
    """Recommends at a constant rate; the report of `recsys loadtest`."""
    run = subprocess.run(
        [BINARIES / "recsys", "loadtest", "--gateway", suite.address("gateway"), "--state", suite.state,
         "--rate", str(rate), "--seconds", str(seconds), "--warm-up", "2", "--no-cache", "--timeout-milliseconds", "1000",
         "--json"], capture_output=True, text=True, timeout=120)
    assert run.stdout, run.stderr[-2000:]
    return json.loads(run.stdout)["phases"][0]["steps"][0]["load"]


def saturated_rate(suite):
    """The most that is served in full width: the rate is raised until requests are refused or narrowed."""
    best, rate = 0.0, 40.0
    while rate < 5000:
        report = load(suite, rate, 4)
        best = max(best, report["succeededPerSecond"])
        if report["succeededPerSecond"] < 0.9 * rate:
            return best
        rate *= 1.6
    return best


def retry_delay(error):
    for detail in rpc_status.from_call(error).details:
        info = error_details_pb2.RetryInfo()
        if detail.Unpack(info):
            return info.retry_delay.seconds + info.retry_delay.nanos / 1e9
    return None


def test_three_times_the_saturated_rate(suite):
    saturated = saturated_rate(suite)
    refusals, narrowed, stop = [], [], threading.Event()

    def ask():
        while not stop.wait(0.05):
            try:
                response = suite.gateway.Recommend(suite.api.RecommendRequest(
                    subject=suite.api.Subject(user_id=suite.heavy_user), count=10), timeout=2)
                narrowed.extend(d for d in response.degraded if d.component == "gateway")
            except grpc.RpcError as error:
                refusals.append(error)

    asker = threading.Thread(target=ask)
    asker.start()
    try:
        report = load(suite, 3 * saturated, 8)
    finally:
        stop.set()
        asker.join()
    print(f"saturated {saturated:.0f}/s; at three times that {report['succeededPerSecond']:.0f}/s, "
          f"p99 {report['latency']['p99Microseconds'] / 1000:.0f} ms, errors {report['errors']}")
    assert suite.all_alive()
    # It does not collapse: without shedding next to nothing would be answered in time. (How much is left to it
    # depends on the load generator, which is on the same cores and has three times as much to do as well.)
    assert report["succeededPerSecond"] >= 0.5 * saturated
    assert set(report["errors"]) <= {"RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED"}, report["errors"]
    assert narrowed and narrowed[0].reason == "overload" and "candidates" in narrowed[0].fallback
    shed = [e for e in refusals if e.code() == grpc.StatusCode.RESOURCE_EXHAUSTED]
    assert shed, {e.code() for e in refusals}
    delays = [retry_delay(e) for e in shed]
    assert all(delay is not None and 0 < delay < 5 for delay in delays), delays
    # Itself again.
    eventually(lambda: not for_user(suite, suite.heavy_user, count=10).degraded, seconds=5)
