"""What operators ask of a running suite: why, why not, replay; and batch work beside requests that somebody waits for."""

import signal
import threading
import time

import grpc
import pytest

from conftest import OPERATOR_TOKEN
from support import eventually

TOKEN = [("authorization", f"Bearer {OPERATOR_TOKEN}")]


@pytest.fixture
def operators(suite, stubs):
    return stubs["gateway"][1].OperatorServiceStub(suite.channel)


def ask(suite, user, count=10, **options):
    request = suite.api.RecommendRequest(subject=suite.api.Subject(user_id=user), count=count, **options)
    return suite.gateway.Recommend(request, timeout=5)


def why(suite, item, user=None, request_id="", count=10, counterfactual=False):
    question = suite.api.WhyItemRequest(item_id=item, request_id=request_id, counterfactual=counterfactual)
    if user is not None:
        question.request.subject.user_id = user
        question.request.count = count
    return suite.gateway.WhyItem(question, timeout=10, metadata=TOKEN)


def test_without_the_token_operators_calls_are_refused(suite, operators):
    calls = [(suite.gateway.WhyItem, suite.api.WhyItemRequest()), (operators.Replay, suite.api.ReplayRequest()),
             (operators.GetRules, suite.api.GetRulesRequest()), (operators.SetRules, suite.api.SetRulesRequest())]
    for call, message in calls:
        for metadata in ([], [("authorization", "Bearer wrong")], [("authorization", OPERATOR_TOKEN)]):
            with pytest.raises(grpc.RpcError) as caught:
                call(message, timeout=5, metadata=metadata)
            assert caught.value.code() == grpc.StatusCode.UNAUTHENTICATED


def test_why_follows_an_item_to_its_place(suite):
    slate = ask(suite, suite.heavy_user)
    answer = why(suite, slate.items[0].item_id, request_id=slate.request_id)
    assert answer.in_slate and answer.text == "1st in the slate"
    assert [(hit.source, hit.rank) for hit in answer.sources] == \
        [(hit.source, hit.rank) for hit in slate.items[0].sources]
    assert answer.score == slate.items[0].score
    assert answer.reason.text == slate.items[0].reason.text
    assert all(verdict.kept for verdict in answer.path)


def test_why_not_says_where_and_what_would_help(suite):
    wide = ask(suite, suite.heavy_user, count=100)
    below = wide.items[60].item_id
    answer = why(suite, below, user=suite.heavy_user)
    assert not answer.in_slate and answer.stage == "rerank"
    assert answer.rank > 10 and answer.ranked_count >= 100
    assert "score were" in answer.would_enter_if
    seen = sorted(suite.history[suite.heavy_user])[0]
    answer = why(suite, seen, user=suite.heavy_user)
    assert not answer.in_slate and answer.stage == "retrieval" and "has seen it" in answer.text
    answer = why(suite, "an-item-that-nobody-knows", user=suite.heavy_user)
    assert not answer.path[0].kept and "catalogue does not have it" in answer.path[0].text


def test_counterfactuals_are_tried(suite):
    slate = ask(suite, suite.light_user)
    answer = why(suite, slate.items[0].item_id, user=suite.light_user, counterfactual=True)
    assert answer.in_slate
    assert 1 <= answer.counterfactual_tried <= 20
    assert {piece.item_id for piece in answer.counterfactual} <= suite.history[suite.light_user]


def test_replay_gives_what_was_sent_after_the_world_has_moved_on(suite, operators):
    sent = ask(suite, suite.third_user, return_attributes=["*"])
    second = suite.gateway.Recommend(
        suite.api.RecommendRequest(subject=suite.api.Subject(user_id=suite.third_user), count=10,
                                   return_attributes=["*"], cursor=sent.next_cursor), timeout=5)
    for item in sent.items[:3]:
        suite.record(suite.third_user, item.item_id, "EVENT_TYPE_LIKE")
    now = ask(suite, suite.third_user, return_attributes=["*"])
    assert [item.item_id for item in now.items] != [item.item_id for item in sent.items]
    for response in (sent, second):
        again = operators.Replay(suite.api.ReplayRequest(request_id=response.request_id), timeout=5, metadata=TOKEN)
        assert again.identical, again.difference
        assert [item.SerializeToString(deterministic=True) for item in again.response.items] == \
            [item.SerializeToString(deterministic=True) for item in response.items]
    with pytest.raises(grpc.RpcError) as caught:
        operators.Replay(suite.api.ReplayRequest(request_id="nothing"), timeout=5, metadata=TOKEN)
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND


def test_an_answer_in_bad_times_is_replayed_as_it_was(suite, operators):
    suite.kill("ranking")
    sent = ask(suite, suite.heavy_user)
    assert any(entry.component == "ranking" for entry in sent.degraded)
    suite.start("ranking")
    again = operators.Replay(suite.api.ReplayRequest(request_id=sent.request_id), timeout=5, metadata=TOKEN)
    assert again.identical, again.difference
    assert [entry.component for entry in again.response.degraded] == [entry.component for entry in sent.degraded]


def test_a_batch_beside_requests_that_somebody_waits_for(suite):
    users = [user for user, history in suite.history.items() if history][:300] + ["", "nobody-knows-me"]
    template = suite.api.RecommendRequest(count=10)
    got, done = [], threading.Event()

    def batch():
        try:
            for response in suite.gateway.RecommendBatch(
                    suite.api.RecommendBatchRequest(user_ids=users, template=template), timeout=120):
                got.append(response)
        finally:
            done.set()

    worker = threading.Thread(target=batch)
    worker.start()
    took = []
    while not done.is_set():
        begun = time.monotonic()
        assert len(ask(suite, suite.heavy_user).items) == 10
        took.append(time.monotonic() - begun)
    worker.join()
    assert sorted(response.user_id for response in got) == sorted(users)
    errors = {response.user_id: response.error for response in got if response.HasField("error")}
    assert list(errors) == [""] and errors[""].code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
    assert all(len(response.response.items) == 10 for response in got if response.user_id != "")
    assert sorted(took)[len(took) // 2] < 0.5


def test_a_batch_ends_when_its_client_goes(suite):
    users = [f"user-{number}" for number in range(50_000)]
    call = suite.gateway.RecommendBatch(
        suite.api.RecommendBatchRequest(user_ids=users, template=suite.api.RecommendRequest(count=5)))
    next(iter(call))
    call.cancel()
    # Batch calls are few at a time: if gone ones were still at work, this would be refused.
    for _ in range(12):
        other = suite.gateway.RecommendBatch(
            suite.api.RecommendBatchRequest(user_ids=users[:3], template=suite.api.RecommendRequest(count=5)),
            timeout=30)
        assert len(list(other)) == 3


def test_requests_from_before_a_restart_are_replayed_and_explained(suite, operators, tmp_path):
    """`traces.path`: the gateway ends, and the next one finds the traces on disk."""
    suite.extra["gateway"] = {"RECSYS_TRACES_PATH": tmp_path / "traces"}
    try:
        suite.kill("gateway", signal.SIGTERM)
        suite.start("gateway")
        eventually(lambda: not ask(suite, suite.heavy_user).degraded, seconds=10)
        first = ask(suite, suite.heavy_user, explain="EXPLAIN_LEVEL_TEXT")
        second = ask(suite, suite.heavy_user, explain="EXPLAIN_LEVEL_TEXT", cursor=first.next_cursor)
        suite.kill("gateway", signal.SIGTERM)
        suite.start("gateway")
        for sent in (first, second):
            answer = operators.Replay(suite.api.ReplayRequest(request_id=sent.request_id), timeout=5,
                                      metadata=TOKEN, wait_for_ready=True)
            assert answer.identical, answer.difference
            assert list(answer.response.items) == list(sent.items)
            told = why(suite, sent.items[3].item_id, request_id=sent.request_id)
            assert told.in_slate and told.score == sent.items[3].score
            assert told.reason.text == sent.items[3].reason.text
        # Killed: what it had written by then is there.
        third = ask(suite, suite.third_user)
        segments = tmp_path / "traces"
        eventually(lambda: any(third.request_id.encode() in path.read_bytes() for path in segments.iterdir()),
                   seconds=5)
        suite.kill("gateway")
        suite.start("gateway")
        answer = operators.Replay(suite.api.ReplayRequest(request_id=third.request_id), timeout=5,
                                  metadata=TOKEN, wait_for_ready=True)
        assert answer.identical, answer.difference
    finally:
        suite.extra.pop("gateway", None)
        suite.kill("gateway", signal.SIGTERM)
        suite.start("gateway")
