"""Items that come and go while the suite serves: to be found, or gone, within a second of the acknowledgement."""

import time

import pytest

from support import eventually
from test_client import ids, recommend

CONTENT = 2  # SimilarItemsRequest.Similarity.SIMILARITY_CONTENT
SECONDS = 1


@pytest.fixture
def known(suite):
    """An item of the world, as the API shows it."""
    allow = suite.common.ItemFilter(allow_item_ids=[suite.some_item])
    slate = recommend(suite, subject=suite.api.Subject(user_id="a-visitor"), count=1, filter=allow)
    assert ids(slate) == [suite.some_item]
    return slate.items[0]


@pytest.fixture
def items(suite):
    """Puts items by id; all are taken out again after the test."""
    put_ids = []

    def put(*items):
        put_ids.extend(item.id for item in items)
        suite.gateway.UpsertItems(suite.api.UpsertItemsRequest(items=items), timeout=10)

    yield put
    if put_ids:
        suite.gateway.DeleteItems(suite.api.DeleteItemsRequest(item_ids=put_ids), timeout=10)


def twin(suite, known, name, **fields):
    """Another item that is described as the known one is."""
    described = dict(title=known.title, categories=suite.categories[known.item_id],
                     year=suite.years.get(known.item_id))
    return suite.common.Item(id=name, **{**described, **fields})


def delete(suite, *names):
    suite.gateway.DeleteItems(suite.api.DeleteItemsRequest(item_ids=names), timeout=10)


def similar(suite, known, count=50):
    return ids(suite.gateway.SimilarItems(suite.api.SimilarItemsRequest(
        item_id=known.item_id, count=count, similarity=CONTENT), timeout=5))


def session_slate(suite, known, source, count=50, **fields):
    """What one source finds for somebody who has just looked at the known item."""
    session = suite.api.AnonymousSession(session_id="looking", recent_item_ids=[known.item_id])
    return recommend(suite, subject=suite.api.Subject(session=session), sources=[source], count=count,
                     without_ranking=True, **fields)


def by_content(suite, known):
    slate = session_slate(suite, known, "content")
    return [i.item_id for i in slate.items if "content" in {hit.source for hit in i.sources}]


def test_a_new_item_is_found_by_its_words_and_a_deleted_one_is_gone(suite, known, items):
    assert "twin" not in similar(suite, known)
    items(twin(suite, known, "twin"))
    eventually(lambda: "twin" in similar(suite, known) and "twin" in by_content(suite, known), SECONDS)
    delete(suite, "twin")
    eventually(lambda: "twin" not in similar(suite, known) and "twin" not in by_content(suite, known),
               SECONDS)
    # And as often as one likes, also under the same name.
    for _ in range(5):
        items(twin(suite, known, "twin"))
        eventually(lambda: "twin" in similar(suite, known), SECONDS)
        delete(suite, "twin")
        eventually(lambda: "twin" not in similar(suite, known), SECONDS)


def test_an_item_that_is_described_anew_moves_to_its_new_neighbours(suite, known, items):
    words = "quillfeather marzipan observatory"
    others = [c for c in sorted({c for cs in suite.categories.values() for c in cs})
              if c not in suite.categories[known.item_id]]
    items(twin(suite, known, "turncoat"))
    eventually(lambda: "turncoat" in similar(suite, known, count=20), SECONDS)
    items(twin(suite, known, "turncoat", title=words, categories=others[:1], year=None))
    eventually(lambda: "turncoat" not in similar(suite, known, count=20), SECONDS)


def test_a_new_item_can_be_explored_and_is_a_recent_release(suite, known, items):
    def found(source, name):
        slate = session_slate(suite, known, source, count=500)
        return name in ids(slate)
    newest = max(suite.years.values()) + 1
    items(twin(suite, known, "fresh", year=newest))
    eventually(lambda: found("recent-release", "fresh"), SECONDS)
    delete(suite, "fresh")
    eventually(lambda: not found("recent-release", "fresh"), SECONDS)


def test_a_thousand_at_once_hold_nobody_up(suite, known, items):
    names = [f"flood-{n}" for n in range(1000)]
    items(*[twin(suite, known, name) for name in names])
    start = time.monotonic()
    slowest = 0.0
    while True:
        begin = time.monotonic()
        slate = session_slate(suite, known, "content")
        slowest = max(slowest, time.monotonic() - begin)
        assert slate.items and not slate.degraded
        if len(set(names) & set(similar(suite, known, count=500))) >= 400:
            break
        assert time.monotonic() - start < SECONDS
    assert slowest < 0.5
    delete(suite, *names)
    eventually(lambda: not set(names) & set(similar(suite, known, count=500)), SECONDS)


def test_texts_that_make_no_sense_end_nothing(suite, known, items):
    odd = ["\0\0\0", "\u0301\u0301", "\U0001f40b" * 100, "'" * 1000, "\ufffe", "x" * 1000]
    items(*[suite.common.Item(id=f"odd-{n}", title=text, description=text * 50, categories=[text[:10]])
            for n, text in enumerate(odd)])
    items(twin(suite, known, "after-odd"))
    eventually(lambda: "after-odd" in similar(suite, known), SECONDS)
    assert suite.all_alive()


def test_what_was_found_by_its_words_names_its_neighbour(suite, known, items):
    items(twin(suite, known, "neighbour"))

    def reason():
        slate = session_slate(suite, known, "content", explain=suite.api.EXPLAIN_LEVEL_FULL)
        reasons = [item.reason for item in slate.items if item.item_id == "neighbour"]
        return reasons[0] if reasons else None

    def evidence():
        return [e for e in (reason().evidence if reason() else []) if e.kind == "content_neighbour"]

    eventually(evidence, 2)
    piece = evidence()[0]
    assert piece.item_id == known.item_id and piece.item_title == known.title
    assert 0.5 < piece.value <= 1
    assert reason().text.startswith(f"Similar to {known.title}, which you ")
    assert reason().text.endswith(f"({piece.value:.2f})")
