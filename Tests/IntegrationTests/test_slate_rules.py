"""Business rules, spread, filters and paging against the real processes."""

import re
import signal

import grpc
import pytest

from conftest import OPERATOR_TOKEN
from support import bad_fields, eventually
from test_client import for_user, ids, recommend

METADATA = [("authorization", f"Bearer {OPERATOR_TOKEN}")]


@pytest.fixture
def operators(suite):
    """The operator's door; whatever rules a test leaves are taken away after it."""
    stub = suite.stubs["gateway"][1].OperatorServiceStub(suite.channel)
    yield stub
    stub.SetRules(suite.api.SetRulesRequest(rules=suite.api.BusinessRules()),
                  metadata=METADATA, timeout=10)


def set_rules(suite, operators, *rules, validate_only=False, disabled=False):
    return operators.SetRules(
        suite.api.SetRulesRequest(
            rules=suite.api.BusinessRules(rules=rules, disabled=disabled), validate_only=validate_only),
        metadata=METADATA, timeout=20)


def rule(suite, name, kind, items, **fields):
    return suite.api.BusinessRule(
        id=name, kind=suite.api.BusinessRule.Kind.Value(f"KIND_{kind.upper()}"),
        items=suite.common.ItemFilter(**items), **fields)


class TestRules:
    def test_a_pinned_item_stands_at_its_slot_and_says_why(self, suite, operators):
        far = ids(for_user(suite, suite.heavy_user, count=200))[-1]
        set_rules(suite, operators, rule(suite, "hero", "pin", {"allow_item_ids": [far]}, slot=2))
        slate = for_user(suite, suite.heavy_user, count=10)
        assert ids(slate)[1] == far
        assert list(slate.items[1].rule_ids) == ["hero"]
        assert any(v.component == "rules" for v in slate.versions)
        denied = for_user(suite, suite.heavy_user, count=10,
                          filter=suite.common.ItemFilter(deny_item_ids=[far]))
        assert far not in ids(denied)

    def test_a_blocked_category_is_gone_and_the_slate_is_full(self, suite, operators):
        set_rules(suite, operators,
                  rule(suite, "none-of-it", "block", {"any_categories": [suite.some_category]}))
        slate = for_user(suite, suite.heavy_user, count=20)
        assert len(slate.items) == 20 and not slate.underfilled
        assert not any(suite.some_category in suite.categories[i] for i in ids(slate))
        assert {r.reason: r.count for r in slate.removals}["rule/none-of-it"] > 0

    def test_bury_and_quota(self, suite, operators):
        category = suite.some_category
        def share():
            slate = for_user(suite, suite.heavy_user, count=20)
            return sum(category in suite.categories[i] for i in ids(slate))
        set_rules(suite, operators, rule(suite, "less", "bury", {"any_categories": [category]}, strength=10))
        buried = share()
        set_rules(suite, operators,
                  rule(suite, "less", "bury", {"any_categories": [category]}, strength=10),
                  rule(suite, "some", "quota", {"any_categories": [category]}, minimum=7, maximum=9))
        assert buried < 7 <= share() <= 9
        set_rules(suite, operators, rule(suite, "most", "quota", {"any_categories": [category]}, maximum=2))
        assert share() <= 2

    def test_a_trial_says_what_would_change_and_changes_nothing(self, suite, operators):
        slate = for_user(suite, suite.heavy_user, count=10, request_id="tried-one")
        first = ids(slate)[0]
        block = rule(suite, "gone", "block", {"allow_item_ids": [first]})
        def tried():
            answer = set_rules(suite, operators, block, validate_only=True)
            return [c for c in answer.changes if c.request_id == "tried-one"]
        eventually(tried, seconds=5)
        assert list(tried()[0].leaving_item_ids) == [first]
        assert first in ids(for_user(suite, suite.heavy_user, count=10))
        assert not operators.GetRules(suite.api.GetRulesRequest(), metadata=METADATA, timeout=5).rules.rules

    def test_the_file_is_followed_and_a_bad_one_changes_nothing(self, suite, operators):
        first = ids(for_user(suite, suite.heavy_user, count=10))[0]
        file = suite.folder / "rules.yaml"
        file.write_text(f"rules:\n  - id: by-hand\n    kind: block\n    items: {{allow_item_ids: [\"{first}\"]}}\n")
        gone = lambda: first not in ids(for_user(suite, suite.heavy_user, count=10))
        eventually(gone, seconds=5)
        file.write_text("rules:\n  - id: broken\n    kind: nonsense\n")
        eventually(lambda: re.search(r"recsys_gateway_rules_file_valid 0", suite.side("gateway", "/metrics")),
                   seconds=5)
        assert gone()
        assert "the rules' file is not valid" in suite.log_tail("gateway")

    def test_rules_survive_a_restart(self, suite, operators):
        first = ids(for_user(suite, suite.heavy_user, count=10))[0]
        version = set_rules(
            suite, operators, rule(suite, "kept", "block", {"allow_item_ids": [first]})).version
        suite.kill("gateway", signal.SIGTERM)
        suite.start("gateway")
        def answered():
            try:
                return operators.GetRules(
                    suite.api.GetRulesRequest(), metadata=METADATA, timeout=5).version == version
            except grpc.RpcError:
                return False
        eventually(answered, seconds=10)
        assert first not in ids(for_user(suite, suite.heavy_user, count=10))

    def test_bad_rules_and_callers_without_the_token_are_refused(self, suite, operators):
        with pytest.raises(grpc.RpcError) as bad:
            set_rules(suite, operators, rule(suite, "x", "boost", {"any_categories": ["Drama"]}))
        assert bad.value.code() == grpc.StatusCode.INVALID_ARGUMENT
        assert bad_fields(bad.value) == ["rules[0].strength"]
        with pytest.raises(grpc.RpcError) as stranger:
            operators.GetRules(suite.api.GetRulesRequest(), timeout=5)
        assert stranger.value.code() == grpc.StatusCode.UNAUTHENTICATED


class TestSpread:
    def test_windows_caps_and_dpp_together(self, suite):
        category = lambda i: suite.categories[i]
        slate = for_user(
            suite, suite.heavy_user, count=20,
            diversity=suite.api.DiversityOptions(
                mode=suite.api.DiversityOptions.MODE_DPP, strength=0.5, calibration=0.3,
                windows=[suite.api.WindowRule(attribute="year", window=3, maximum=1)],
                caps=[suite.api.AttributeCap(attribute="year", maximum=3)]))
        years = [suite.years.get(i) for i in ids(slate)]
        for place in range(len(years) - 2):
            run = [year for year in years[place:place + 3] if year is not None]
            assert len(run) == len(set(run)), years
        assert max(years.count(year) for year in years if year is not None) <= 3
        report = slate.diversity
        assert report.intra_list_distance_after > report.intra_list_distance_before
        assert 0 < report.relevance_kept <= 1
        assert all(category(i) for i in ids(slate))

    @pytest.mark.parametrize("option", ["calibration", "freshness", "serendipity", "popularity_penalty"])
    def test_each_option_changes_the_slate_and_tells_its_price(self, suite, option):
        off = suite.api.DiversityOptions.MODE_OFF
        plain = for_user(suite, suite.heavy_user, count=20, diversity=suite.api.DiversityOptions(mode=off))
        spread = for_user(suite, suite.heavy_user, count=20,
                          diversity=suite.api.DiversityOptions(mode=off, **{option: 1.0}))
        assert not spread.degraded
        assert len(spread.items) == 20
        assert ids(plain) != ids(spread)
        assert plain.diversity.relevance_kept == 1
        assert spread.diversity.relevance_kept < 1


class TestFilters:
    def test_a_slate_is_full_wherever_the_catalogue_has_enough(self, suite):
        """Ten thousand denied ids at most: all but 25 unseen items."""
        unseen = [i for i in sorted(suite.categories) if i not in suite.history[suite.heavy_user]]
        deny = unseen[25:][:10_000]
        slate = for_user(suite, suite.heavy_user, count=20,
                         filter=suite.common.ItemFilter(deny_item_ids=deny))
        assert len(slate.items) == 20, slate.underfilled_reason
        assert not set(ids(slate)) & set(deny)

    def test_too_many_ids_are_refused(self, suite):
        with pytest.raises(grpc.RpcError) as error:
            for_user(suite, "u", filter=suite.common.ItemFilter(deny_item_ids=[str(n) for n in range(10_001)]))
        assert bad_fields(error.value) == ["filter.deny_item_ids"]

    def test_an_underfilled_slate_says_what_kept_items_out(self, suite):
        seen = sorted(suite.history[suite.heavy_user])[:5]
        slate = for_user(suite, suite.heavy_user, count=20,
                         filter=suite.common.ItemFilter(allow_item_ids=seen))
        assert not slate.items and slate.underfilled
        assert "nothing else in the catalogue is eligible" in slate.underfilled_reason

    def test_what_was_seen_long_ago_may_come_again(self, suite):
        suite.record(user="again", item=suite.some_item, kind="EVENT_TYPE_LIKE")
        allow = suite.common.ItemFilter(allow_item_ids=[suite.some_item])
        def slate(days_later, **fields):
            context = suite.common.RequestContext()
            context.time.GetCurrentTime()
            context.time.seconds += days_later * 86_400
            return ids(for_user(suite, "again", filter=allow, context=context, **fields))
        assert slate(0, seen_again_after_days=30) == []
        assert slate(40) == []
        assert slate(40, seen_again_after_days=30) == [suite.some_item]

    def test_an_item_comes_only_while_it_is_available(self, suite):
        item = suite.common.Item(id="window-item", title="Now or never", categories=[suite.some_category])
        item.available_from.seconds = 4_000_000_000
        item.available_until.seconds = 4_000_001_000
        suite.gateway.UpsertItems(suite.api.UpsertItemsRequest(items=[item]), timeout=5)
        allow = suite.common.ItemFilter(allow_item_ids=["window-item"])
        def slate(seconds):
            context = suite.common.RequestContext()
            context.time.seconds = seconds
            return ids(for_user(suite, "visitor", filter=allow, context=context))
        eventually(lambda: slate(4_000_000_500) == ["window-item"], seconds=3)
        assert slate(3_999_999_999) == []
        assert slate(4_000_001_000) == []
        suite.gateway.DeleteItems(suite.api.DeleteItemsRequest(item_ids=["window-item"]), timeout=5)


class TestPaging:
    def test_a_cursor_outlives_its_gateway_and_never_repeats(self, suite):
        first = for_user(suite, suite.third_user, count=15)
        suite.kill("gateway")
        suite.start("gateway")
        def second():
            try:
                return for_user(suite, suite.third_user, count=15, cursor=first.next_cursor)
            except grpc.RpcError as error:
                assert error.code() == grpc.StatusCode.UNAVAILABLE
                return None
        pages = []
        eventually(lambda: pages.append(second()) or pages[-1], seconds=10)
        assert len(pages[-1].items) == 15
        assert not set(ids(first)) & set(ids(pages[-1]))
        assert [item.rank for item in pages[-1].items] == list(range(16, 31))

    def test_pages_are_one_long_slate_under_windows(self, suite):
        windows = [suite.api.WindowRule(attribute="year", window=4, maximum=1)]
        shown, cursor = [], ""
        for _ in range(4):
            page = for_user(suite, suite.heavy_user, count=10, cursor=cursor,
                            diversity=suite.api.DiversityOptions(windows=windows))
            shown += ids(page)
            cursor = page.next_cursor
            suite.record(user=suite.light_user, item=shown[-1], kind="EVENT_TYPE_CLICK")
        assert len(shown) == len(set(shown)) == 40
        years = [suite.years.get(i) for i in shown]
        for place in range(len(years) - 3):
            run = [year for year in years[place:place + 4] if year is not None]
            assert len(run) == len(set(run)), (place, years)

    def test_a_changed_cursor_is_refused(self, suite):
        cursor = for_user(suite, suite.heavy_user, count=5).next_cursor
        middle = len(cursor) // 2
        changed = cursor[:middle] + ("A" if cursor[middle] != "A" else "B") + cursor[middle + 1:]
        with pytest.raises(grpc.RpcError) as error:
            for_user(suite, suite.heavy_user, count=5, cursor=changed)
        assert bad_fields(error.value) == ["cursor"]
