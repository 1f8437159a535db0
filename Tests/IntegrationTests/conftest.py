"""Starts the real suite: a small world, trained once a session, and the five processes on free ports."""

import importlib
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

import grpc
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARIES = pathlib.Path(os.environ.get("RECSYS_BINARIES", ROOT / ".build/release"))
OPERATOR_TOKEN = "the-word-of-these-tests"
NAMES = ["features", "ranking", "candidates", "explanation", "gateway"]


@pytest.fixture(scope="session")
def stubs(tmp_path_factory):
    """Python stubs made from Protos/, as any client would make them."""
    out = tmp_path_factory.mktemp("stubs")
    protos = sorted(str(p.relative_to(ROOT / "Protos")) for p in (ROOT / "Protos/recsys").rglob("*.proto"))
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", f"-I{ROOT / 'Protos'}",
                    f"--python_out={out}", f"--grpc_python_out={out}", *protos], check=True)
    sys.path.insert(0, str(out))
    return {
        name: (importlib.import_module(f"recsys.{area}.v1.{file}_pb2"),
               importlib.import_module(f"recsys.{area}.v1.{file}_pb2_grpc") if grpc_too else None)
        for name, area, file, grpc_too in [
            ("common", "common", "common", False),
            ("gateway", "gateway", "recommendation_service", True),
            ("candidates", "candidates", "candidate_service", True),
            ("features", "features", "feature_service", True),
            ("ranking", "ranking", "ranking_service", True),
            ("explanation", "explanation", "explanation_service", True),
        ]
    }


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """The state folder of a small world: dataset, models, feature store. Made once."""
    given = os.environ.get("RECSYS_TEST_STATE")
    if given:
        return pathlib.Path(given)
    state = tmp_path_factory.mktemp("state")
    made = subprocess.run([BINARIES / "recsys", "demo", "--small", "--once", "--state", state, "--any-ports"],
                          capture_output=True, text=True, timeout=600)
    assert made.returncode == 0, made.stdout[-3000:] + made.stderr[-3000:]
    return state


class Suite:
    """The five processes, and clients of them."""

    names = NAMES

    def __init__(self, state, stubs, folder):
        self.state, self.stubs, self.folder = state, stubs, folder
        self.common = stubs["common"][0]
        self.api = stubs["gateway"][0]
        self.processes, self.ports, self.side_ports = {}, {}, {}
        # Settings of single processes, beside those that all have.
        self.extra = {}
        for name in NAMES:
            self.start(name)
        self.channel = grpc.insecure_channel(self.address("gateway"))
        self.gateway = stubs["gateway"][1].RecommendationServiceStub(self.channel)
        self._read_world()

    # Processes

    def environment(self, name):
        settings = {
            "RECSYS_SERVER_PORT": self.ports.get(name, 0),
            "RECSYS_SIDE_PORT": 0,
            "RECSYS_REGISTRY_PATH": self.state / "models",
            "RECSYS_STORE_PATH": self.folder / "features",
            # Tests watch what a request does; those of the cache (test_redis.py) turn it on.
            "RECSYS_CACHE_BYTES": 0,
            "RECSYS_OPERATOR_TOKEN": OPERATOR_TOKEN,
            "RECSYS_RULES_PATH": self.folder / "rules.yaml",
            "RECSYS_RULES_POLL_MS": 50,
            "RECSYS_PAGING_KEY_FILE": self.folder / "paging.key",
        }
        for other in NAMES:
            if other in self.ports:
                settings[f"RECSYS_BACKENDS_{other.upper()}"] = self.address(other)
        settings |= self.extra.get(name, {})
        return {**os.environ, **{key: str(value) for key, value in settings.items()}}

    def start(self, name):
        """Starts a service, on its old port if it had one, and waits until it serves."""
        service = name.split("-")[0]
        log = open(self.folder / f"{name}.log", "ab")
        begin = log.tell()
        self.processes[name] = subprocess.Popen(
            [BINARIES / f"recsys-{service}", "--config", ROOT / f"Deploy/config/{service}.yaml"],
            env=self.environment(name), stderr=log, stdout=log)
        end = time.monotonic() + 30
        serving = None
        while serving is None:
            assert time.monotonic() < end and self.processes[name].poll() is None, self.log_tail(name)
            with open(log.name, "rb") as lines:
                lines.seek(begin)
                for line in lines.read().decode().splitlines():
                    if '"message":"listening"' in line:
                        record = json.loads(line)
                        self.ports[name] = int(record["port"])
                        self.side_ports[name] = int(record["side_port"])
                    if '"message":"serving"' in line:
                        serving = line
            if serving is None:
                select.select([], [], [], 0.02)

    def kill(self, name, how=signal.SIGKILL):
        self.processes[name].send_signal(how)
        self.processes[name].wait(timeout=15)

    def stop(self):
        self.channel.close()
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self.processes.values():
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def all_alive(self):
        return all(process.poll() is None for process in self.processes.values())

    def log_tail(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")[-3000:]

    def address(self, name):
        return f"127.0.0.1:{self.ports[name]}"

    def side(self, name, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.side_ports[name]}{path}", timeout=5) as page:
            return page.read().decode()

    def methods(self):
        """Paths of every unary and client-streaming method, by the service process that offers it."""
        paths = {}
        for name in NAMES:
            for service in self.stubs[name][0].DESCRIPTOR.services_by_name.values():
                paths.setdefault(name, []).extend([f"/{service.full_name}/{m.name}" for m in service.methods
                                               if not m.server_streaming])
        return paths

    # The world

    def _read_world(self):
        dataset = json.loads(subprocess.run(
            [BINARIES / "recsys", "dataset", "--json", "--state", self.state],
            capture_output=True, text=True, check=True).stdout)
        items, users = dataset["items"], dataset["users"]
        self.categories = {item["id"]: item.get("categories", []) for item in items}
        self.years = {item["id"]: item["year"] for item in items if item.get("year") is not None}
        self.history = {user["id"]: set(user["history"]) for user in users}
        by_count = sorted((len(history), user) for user, history in self.history.items() if history)
        self.heavy_user, self.third_user = by_count[-1][1], by_count[-3][1]
        self.light_user = by_count[0][1]
        self.some_users = [user for _, user in by_count[-200:]]
        counts = {}
        for history in self.history.values():
            for item in history:
                counts[item] = counts.get(item, 0) + 1
        self.some_item = max(sorted(counts), key=counts.get)
        by_category = {}
        for item, categories in self.categories.items():
            for category in categories:
                by_category.setdefault(category, set()).add(item)
        unseen = {c: len(i - self.history[self.heavy_user]) for c, i in by_category.items()}
        self.some_category = max(sorted(unseen), key=unseen.get)
        years = sorted(self.years.values())
        self.median_year = years[len(years) // 2]

    def event(self, user, item, kind, event_id="", value=0.0):
        return self.common.Event(event_id=event_id, user_id=user, item_id=item, value=value,
                                 type=self.common.EventType.Value(kind))

    def record(self, user, item, kind):
        response = self.gateway.RecordEvents(
            self.api.RecordEventsRequest(events=[self.event(user, item, kind)]), timeout=5)
        assert response.results[0].status == self.api.EventResult.STATUS_ACCEPTED, response


@pytest.fixture(scope="session")
def suite(world, stubs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("suite")
    shutil.copytree(world / "features", folder / "features")
    running = None
    try:
        running = Suite(world, stubs, folder)
        yield running
    finally:
        if running is not None:
            running.stop()


@pytest.fixture(autouse=True)
def whole(request):
    """After each test every process runs, so that one failure does not make the next."""
    yield
    if "suite" in request.fixturenames:
        suite = request.getfixturevalue("suite")
        for name in NAMES:
            if suite.processes[name].poll() is not None:
                suite.start(name)
