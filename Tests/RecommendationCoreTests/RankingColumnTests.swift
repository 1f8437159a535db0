import RecommendationCore
import Testing

@Suite struct RankingColumnTests {
  @Test("hours and days are those of UTC, before 1970 too")
  func context() {
    func values(_ milliseconds: Int64) -> [Float] {
      [ContextFeature.dayOfWeek, .hourOfDay].map { $0.value(atMilliseconds: milliseconds) }
    }
    #expect(values(0) == [3, 0])
    #expect(values(-1) == [2, 23])
    // 2026-11-21 03:36 UTC, a Saturday.
    #expect(values(1_795_232_160_000) == [5, 3])
    #expect(values(1_795_232_160_000 + 86_400_000) == [6, 3])
    #expect(values(1_795_232_160_000 + 2 * 86_400_000) == [0, 3])
  }

  @Test(
    "days and months are those of the calendar",
    arguments: [
      (0, 1, 1), (-1, 31, 12), (951_782_399_999, 28, 2), (951_782_400_000, 29, 2),
      (951_868_800_000, 1, 3), (1_795_232_160_000, 21, 11), (4_107_542_400_000, 1, 3),
      (4_107_542_399_999, 28, 2),
    ])
  func calendar(milliseconds: Int64, day: Float, month: Float) {
    #expect(ContextFeature.dayOfMonth.value(atMilliseconds: milliseconds) == day)
    #expect(ContextFeature.monthOfYear.value(atMilliseconds: milliseconds) == month)
  }

  @Test("a retrieval feature's name is read as it is written")
  func names() {
    for name in ["als.score", "als.rank", "source_count", "co-liked.session.rank"] {
      #expect(RetrievalFeature(name: name)?.name == name)
    }
    for name in ["", "als", ".score", ".rank", "als.mean"] {
      #expect(RetrievalFeature(name: name) == nil)
    }
  }

  @Test("what a source did not find has no score and rank 0")
  func values() {
    let hits = [SourceHit(source: "als", rank: 4, score: 0.5)]
    #expect(RetrievalFeature.score(source: "als").value(provenance: hits) == 0.5)
    #expect(RetrievalFeature.reciprocalRank(source: "als").value(provenance: hits) == 0.25)
    #expect(RetrievalFeature.score(source: "trending").value(provenance: hits).isNaN)
    #expect(RetrievalFeature.reciprocalRank(source: "trending").value(provenance: hits) == 0)
    #expect(RetrievalFeature.sourceCount.value(provenance: hits) == 1)
  }
}
