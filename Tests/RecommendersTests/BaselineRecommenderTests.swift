import TestSupport
import Testing

@testable import Recommenders

@Suite struct BaselineRecommenderTests {
  private func feedback() throws -> Feedback {
    try Feedback(
      histories: Histories([[0, 1], [1, 2], [1], []], isOrdered: false), itemCount: 4)
  }

  private func lists(_ kind: any Recommender.Type, seed: UInt64 = 1) throws -> [[Int32]] {
    let feedback = try feedback()
    let values = try SettingValues(kind.settings, shape: feedback.shape)
    let model = try kind.init(values).fit(feedback, context: FitContext(seed: seed, threads: 2))
    return try RecommendedLists(
      of: model, asked: AskedHistories(feedback.histories, areLearned: true), itemCount: 4, count: 4
    ).items
  }

  @Test func popularityRanksByUsersAndLeavesOutTheHistory() throws {
    // Item 1 has three users, 0 and 2 one each, 3 none; ties go to the lower row.
    #expect(try lists(PopularityRecommender.self) == [[2, 3], [0, 3], [0, 2, 3], [1, 0, 2, 3]])
  }

  @Test func randomIsTheSameForASeedAndAnotherForAnother() throws {
    let first = try lists(RandomRecommender.self)
    #expect(try lists(RandomRecommender.self) == first)
    #expect(first[3].sorted() == [0, 1, 2, 3])
    #expect(try (2...9).contains { try lists(RandomRecommender.self, seed: UInt64($0)) != first })
  }

  @Test func badFeedbackIsRefused() {
    #expect(throws: RecommenderError.self) {
      try Feedback(histories: Histories([[4]], isOrdered: false), itemCount: 4)
    }
    #expect(throws: RecommenderError.self) {
      try Feedback(histories: Histories([[1]], isOrdered: false), itemCount: 4, ratings: [.nan])
    }
  }
}
