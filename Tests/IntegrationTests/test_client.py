"""The public API as a client sees it: grpcio with stubs made from Protos/."""

import grpc
import pytest
from google.protobuf.json_format import MessageToDict
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from google.protobuf.descriptor_pool import DescriptorPool

from support import bad_fields, eventually


def recommend(suite, **fields):
    return suite.gateway.Recommend(suite.api.RecommendRequest(**fields), timeout=5)


def for_user(suite, user, **fields):
    return recommend(suite, subject=suite.api.Subject(user_id=user), **fields)


def ids(response):
    return [item.item_id for item in response.items]


class TestSlates:
    def test_a_known_user_gets_a_full_slate_with_sources_and_reasons(self, suite):
        response = for_user(suite, suite.heavy_user, count=20, return_attributes=["*"])
        assert len(response.items) == 20
        assert len(set(ids(response))) == 20
        assert [item.rank for item in response.items] == list(range(1, 21))
        assert not response.degraded
        assert all(item.title for item in response.items)
        assert all(item.sources and item.sources[0].rank >= 1 for item in response.items)
        assert {hit.source for item in response.items for hit in item.sources} >= {"als"}
        assert sum(1 for item in response.items if item.reason.text) >= 10
        assert response.request_id and response.attribution_token
        components = {v.component for v in response.versions}
        assert components >= {"als", "ranker"}, components
        stages = [t.stage for t in response.stage_timings]
        assert len(stages) >= 5 and len(stages) == len(set(stages))

    def test_reasons_name_past_items_whose_parts_add_up(self, suite):
        response = for_user(suite, suite.heavy_user, count=20,
                            explain=suite.api.EXPLAIN_LEVEL_FULL)
        past = [(item, [e for e in item.reason.evidence if e.kind == "past_item"])
                for item in response.items]
        past = [(item, evidence) for item, evidence in past if evidence]
        assert past, "no reason rests on past items"
        for item, evidence in past:
            values = [e.value for e in evidence]
            assert values == sorted(values, reverse=True)
            assert len({round(e.total, 6) for e in evidence}) == 1
            if "because you" in item.reason.text.lower():
                assert evidence[0].item_title in item.reason.text
                assert evidence[0].value > 0

    def test_what_the_user_has_seen_does_not_come(self, suite):
        response = for_user(suite, suite.heavy_user, count=100)
        assert not set(ids(response)) & suite.history[suite.heavy_user]

    def test_seen_items_may_come_when_asked_for(self, suite):
        response = for_user(suite, suite.heavy_user, count=200, exclude_seen=False)
        assert set(ids(response)) & suite.history[suite.heavy_user]

    def test_a_new_user_gets_a_slate(self, suite):
        response = for_user(suite, "nobody-has-this-id", count=10)
        assert len(response.items) == 10
        sources = {hit.source for item in response.items for hit in item.sources}
        assert sources <= {"trending", "recent-release", "category-popular"} and "trending" in sources

    def test_an_anonymous_session_is_answered_from_its_recent_items(self, suite):
        recent = sorted(suite.history[suite.heavy_user])[:3]
        session = suite.api.AnonymousSession(session_id="s-1", recent_item_ids=recent)
        response = recommend(suite, subject=suite.api.Subject(session=session), count=10)
        assert len(response.items) == 10
        assert "als" in {hit.source for item in response.items for hit in item.sources}
        assert not set(ids(response)) & set(recent)

    def test_the_same_request_gets_the_same_slate(self, suite):
        context = suite.common.RequestContext()
        context.time.GetCurrentTime()
        first = for_user(suite, suite.light_user, count=20, context=context)
        second = for_user(suite, suite.light_user, count=20, context=context)
        assert not first.degraded and not second.degraded, (first.degraded, second.degraded)
        assert ids(first) == ids(second)

    def test_count_is_obeyed(self, suite):
        for count in (1, 7, 100):
            assert len(for_user(suite, suite.heavy_user, count=count).items) == count

    def test_explain_none_means_no_reasons(self, suite):
        response = for_user(suite, suite.heavy_user, count=5,
                            explain=suite.api.EXPLAIN_LEVEL_NONE)
        assert not any(item.HasField("reason") and item.reason.text for item in response.items)

    def test_three_pages_do_not_repeat(self, suite):
        seen, cursor = [], ""
        for page in range(3):
            response = for_user(suite, suite.heavy_user, count=15, cursor=cursor)
            assert len(response.items) == 15
            assert [item.rank for item in response.items] == [page * 15 + n for n in range(1, 16)]
            seen += ids(response)
            cursor = response.next_cursor
            assert cursor
        assert len(set(seen)) == 45

    def test_pages_do_not_repeat_while_events_arrive(self, suite):
        first = for_user(suite, suite.third_user, count=10)
        suite.record(user=suite.third_user, item=ids(first)[0], kind="EVENT_TYPE_CLICK")
        second = for_user(suite, suite.third_user, count=10, cursor=first.next_cursor)
        assert not set(ids(first)) & set(ids(second))


class TestFilters:
    def test_categories(self, suite):
        category = suite.some_category
        response = for_user(suite, suite.heavy_user, count=10, return_attributes=["*"],
                            filter=suite.common.ItemFilter(any_categories=[category]))
        assert len(response.items) == 10
        assert all(category in suite.categories[i] for i in ids(response))
        response = for_user(suite, suite.heavy_user, count=10,
                            filter=suite.common.ItemFilter(none_categories=[category]))
        assert not any(category in suite.categories[i] for i in ids(response))

    def test_ranges(self, suite):
        year = suite.median_year
        range_ = suite.common.NumericRange(attribute="year", min=year)
        response = for_user(suite, suite.heavy_user, count=10,
                            filter=suite.common.ItemFilter(ranges=[range_]))
        assert len(response.items) == 10
        assert all(suite.years[i] >= year for i in ids(response))

    def test_allow_and_deny_lists(self, suite):
        unseen = [i for i in sorted(suite.categories) if i not in suite.history[suite.heavy_user]]
        allow, deny = unseen[:30], unseen[:10]
        response = for_user(suite, suite.heavy_user, count=20, filter=suite.common.ItemFilter(
            allow_item_ids=allow, deny_item_ids=deny))
        assert set(ids(response)) == set(allow) - set(deny)

    def test_a_filter_that_leaves_too_few_says_so(self, suite):
        unseen = [i for i in sorted(suite.categories) if i not in suite.history[suite.heavy_user]]
        response = for_user(suite, suite.heavy_user, count=20,
                            filter=suite.common.ItemFilter(allow_item_ids=unseen[:3]))
        assert len(response.items) == 3
        assert response.underfilled and response.underfilled_reason


class TestFeedback:
    def test_an_acknowledged_event_counts_in_the_next_slate(self, suite):
        user = "feedback-user"
        before = for_user(suite, user, count=10)
        liked = ids(before)[0]
        suite.record(user=user, item=liked, kind="EVENT_TYPE_LIKE")
        after = for_user(suite, user, count=10)
        assert liked not in ids(after)
        assert "als" in {hit.source for item in after.items for hit in item.sources}

    def test_an_event_id_counts_once(self, suite):
        event = suite.event(user="twice", item=suite.some_item, kind="EVENT_TYPE_CLICK",
                            event_id="only-once")
        request = suite.api.RecordEventsRequest(events=[event])
        statuses = [suite.gateway.RecordEvents(request, timeout=5).results[0].status
                    for _ in range(2)]
        result = suite.api.EventResult
        assert statuses == [result.STATUS_ACCEPTED, result.STATUS_DUPLICATE]

    def test_events_stream(self, suite):
        def batches():
            for batch in range(20):
                yield suite.api.StreamEventsRequest(events=[
                    suite.event(user=f"stream-{batch}", item=suite.some_item,
                                kind="EVENT_TYPE_VIEW", event_id=f"stream-{batch}-{n}")
                    for n in range(50)])
        response = suite.gateway.StreamEvents(batches(), timeout=20)
        assert response.accepted_count == 1000
        assert response.rejected_count == 0

    def test_one_bad_event_does_not_lose_the_others(self, suite):
        good = suite.event(user="mixed", item=suite.some_item, kind="EVENT_TYPE_CLICK")
        bad = suite.event(user="mixed", item=suite.some_item, kind="EVENT_TYPE_RATING",
                          value=float("nan"))
        try:
            results = suite.gateway.RecordEvents(
                suite.api.RecordEventsRequest(events=[good, bad]), timeout=5).results
            assert results[0].status == suite.api.EventResult.STATUS_ACCEPTED
            assert results[1].status == suite.api.EventResult.STATUS_REJECTED
            assert "value" in results[1].reason
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
            assert any("value" in field for field in bad_fields(error))


class TestLiveCatalogue:
    def test_a_deleted_item_is_gone_and_a_new_one_can_come(self, suite):
        response = for_user(suite, suite.heavy_user, count=10)
        victim = ids(response)[0]
        title = response.items[0].title
        original = suite.common.Item(
            id=victim, title=title, categories=suite.categories[victim], year=suite.years.get(victim))
        suite.gateway.DeleteItems(suite.api.DeleteItemsRequest(item_ids=[victim]), timeout=5)
        eventually(lambda: victim not in ids(for_user(suite, suite.heavy_user, count=50)), seconds=2)
        suite.gateway.UpsertItems(suite.api.UpsertItemsRequest(items=[original]), timeout=5)
        eventually(lambda: victim in ids(for_user(suite, suite.heavy_user, count=50)), seconds=2)

    def test_a_retitled_item_shows_its_new_title(self, suite):
        response = for_user(suite, suite.heavy_user, count=5)
        item = response.items[1]
        new = suite.common.Item(id=item.item_id, title="A new title", year=suite.years.get(item.item_id),
                                categories=suite.categories[item.item_id])
        suite.gateway.UpsertItems(suite.api.UpsertItemsRequest(items=[new]), timeout=5)
        def titles():
            return [i.title for i in for_user(suite, suite.heavy_user, count=50).items]
        eventually(lambda: "A new title" in titles(), seconds=2)


class TestSimilarItems:
    def test_neighbours_come_with_falling_scores(self, suite):
        response = suite.gateway.SimilarItems(
            suite.api.SimilarItemsRequest(item_id=suite.some_item, count=10), timeout=5)
        scores = [item.score for item in response.items]
        assert len(scores) == 10 and scores == sorted(scores, reverse=True)
        assert suite.some_item not in ids(response)
        assert all(item.title for item in response.items)

    @pytest.mark.parametrize("kind, models", [(1, {"als"}), (2, {"content"}), (3, {"als", "content"})])
    def test_every_kind_of_likeness_is_offered(self, suite, kind, models):
        response = suite.gateway.SimilarItems(suite.api.SimilarItemsRequest(
            item_id=suite.some_item, count=10, similarity=kind), timeout=5)
        scores = [item.score for item in response.items]
        assert len(scores) == 10 and scores == sorted(scores, reverse=True)
        assert suite.some_item not in ids(response)
        assert {version.component for version in response.versions} >= models

    def test_an_unknown_item_is_not_found(self, suite):
        with pytest.raises(grpc.RpcError) as caught:
            suite.gateway.SimilarItems(suite.api.SimilarItemsRequest(item_id="no-such"), timeout=5)
        assert caught.value.code() == grpc.StatusCode.NOT_FOUND


class TestRefusals:
    @pytest.mark.parametrize("field, change", [
        ("subject", dict()),
        ("subject.user_id", dict(user="")),
        ("subject.user_id", dict(user="x" * 300)),
        ("count", dict(user="1", count=501)),
        ("diversity.strength", dict(user="1", diversity=dict(strength=1.5))),
        ("diversity.strength", dict(user="1", diversity=dict(strength=float("nan")))),
        ("filter.ranges[0]", dict(user="1", filter=dict(ranges=[dict(attribute="year")]))),
        ("filter.ranges[0].min", dict(user="1", filter=dict(
            ranges=[dict(attribute="year", min=float("nan"))]))),
        ("filter.allow_item_ids", dict(user="1", filter=dict(allow_item_ids=["a"] * 10_001))),
        ("filter.deny_item_keys", dict(user="1", filter=dict(deny_item_keys=[1]))),
        ("policy", dict(user="1", policy="no-such")),
        ("sources[0]", dict(user="1", sources=["no-such"])),
        ("cursor", dict(user="1", cursor="not a cursor")),
        ("return_attributes", dict(user="1", return_attributes=[str(n) for n in range(33)])),
    ])
    def test_a_bad_field_is_named(self, suite, field, change):
        change = dict(change)
        user = change.pop("user", None)
        if user is not None:
            change["subject"] = dict(user_id=user)
        with pytest.raises(grpc.RpcError) as caught:
            recommend(suite, **change)
        assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        fields = bad_fields(caught.value)
        assert any(name.startswith(field) for name in fields), fields

    def test_a_deadline_of_hours_is_refused(self, suite):
        with pytest.raises(grpc.RpcError) as caught:
            suite.gateway.Recommend(suite.api.RecommendRequest(
                subject=suite.api.Subject(user_id="1")), timeout=3600)
        assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT

    def test_bytes_that_are_no_message_are_the_callers_fault(self, suite):
        call = suite.channel.unary_unary("/recsys.gateway.v1.RecommendationService/Recommend")
        with pytest.raises(grpc.RpcError) as caught:
            call(b"\xff\xff\xff\xff\x0f garbage", timeout=5)
        assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT

    def test_an_unknown_method_is_unimplemented(self, suite):
        call = suite.channel.unary_unary("/recsys.gateway.v1.RecommendationService/Nothing")
        with pytest.raises(grpc.RpcError) as caught:
            call(b"", timeout=5)
        assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED


class TestConventions:
    def test_reflection_lists_and_describes_every_service(self, suite):
        wanted = {
            "gateway": "recsys.gateway.v1.RecommendationService",
            "candidates": "recsys.candidates.v1.CandidateService",
            "features": "recsys.features.v1.FeatureService",
            "ranking": "recsys.ranking.v1.RankingService",
            "explanation": "recsys.explanation.v1.ExplanationService",
        }
        for name, service in wanted.items():
            with grpc.insecure_channel(suite.address(name)) as channel:
                database = ProtoReflectionDescriptorDatabase(channel)
                assert service in database.get_services()
                pool = DescriptorPool(database)
                methods = pool.FindServiceByName(service).methods
                assert len(methods) >= 1
                assert all(m.input_type.full_name for m in methods)

    def test_health_is_served_for_the_whole_and_by_service(self, suite):
        with grpc.insecure_channel(suite.address("gateway")) as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            for service in ("", "recsys.gateway.v1.RecommendationService"):
                answer = stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=5)
                assert answer.status == health_pb2.HealthCheckResponse.SERVING
            with pytest.raises(grpc.RpcError) as caught:
                stub.Check(health_pb2.HealthCheckRequest(service="nobody"), timeout=5)
            assert caught.value.code() == grpc.StatusCode.NOT_FOUND

    def test_every_service_has_its_side_port(self, suite):
        for name in suite.names:
            assert suite.side(name, "/healthz") == "ok\n"
            assert suite.side(name, "/readyz") == "ready\n"
            page = suite.side(name, "/metrics")
            assert f"recsys_{name}_call" in page, page[:500]

    def test_a_caller_can_build_everything_from_reflection_alone(self, suite):
        from google.protobuf.message_factory import GetMessageClass
        with grpc.insecure_channel(suite.address("gateway")) as channel:
            pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
            service = pool.FindServiceByName("recsys.gateway.v1.RecommendationService")
            method = service.FindMethodByName("Recommend")
            request = GetMessageClass(method.input_type)()
            request.subject.user_id = suite.heavy_user
            call = channel.unary_unary(
                f"/{service.full_name}/Recommend",
                request_serializer=type(request).SerializeToString,
                response_deserializer=GetMessageClass(method.output_type).FromString)
            answer = MessageToDict(call(request, timeout=5))
            assert len(answer["items"]) == 20
