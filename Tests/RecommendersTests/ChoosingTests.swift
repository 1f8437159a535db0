import RecommendationCore
import TestSupport
import Testing

@testable import Recommenders

/// Users like one of two halves of the items; a model that knows the half is far better than popularity.
private struct TwoTastes {
  let feedback: Feedback

  init(isOrdered: Bool = false) throws {
    var generator = SeededGenerator(seed: 3)
    let lists = (0..<300).map { user in
      Array((0..<20).shuffled(using: &generator).prefix(8)).map { Int32($0 + (user % 2) * 20) }
    }
    feedback = try Feedback(histories: Histories(lists, isOrdered: isOrdered), itemCount: 40)
  }
}

/// Knows the half from the history.
private struct HalfRecommender: Recommender {
  static let name = "half"
  static let summary = "a test's"
  static let settings: [Setting] = [
    .real("sharpness", 0...1, search: 0...1, "how sure it is") { _ in 0 }
  ]
  let sharpness: Float
  init(_ values: SettingValues) { sharpness = values.float("sharpness") }
  func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender {
    Half(sharpness: sharpness)
  }

  private struct Half: FittedRecommender {
    let sharpness: Float
    func score(
      _ users: Range<Int>, _ asked: AskedHistories, into scores: UnsafeMutableBufferPointer<Float>
    ) {
      for (place, user) in users.enumerated() {
        let half = (asked.histories[user].first ?? 0) / 20
        for item in 0..<40 {
          // The wrong half is ahead for items below 5 unless it is sure.
          let noise: Float = item % 20 < 5 ? 0.5 : 0
          scores[place * 40 + item] = (Int32(item) / 20 == half ? sharpness : 0) + noise
        }
      }
    }
  }
}

private struct FailingRecommender: Recommender {
  static let name = "failing"
  static let summary = "a test's"
  static let settings: [Setting] = []
  init(_ values: SettingValues) {}
  func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender {
    throw RecommenderError(.numericFailure, "ran away")
  }
}

@Suite struct ChoosingTests {
  private func options(_ kinds: [any Recommender.Type]) -> ModelChooser.Options {
    var options = ModelChooser.Options()
    options.k = 5
    // The limit ends the search, not the clock: a busy machine must not change what is found.
    options.budget = .seconds(600)
    options.trialLimit = 12
    options.threads = 2
    options.kinds = kinds
    return options
  }

  @Test func theBetterKindIsFoundTunedAndFittedAgain() throws {
    let kinds: [any Recommender.Type] = [
      PopularityRecommender.self, HalfRecommender.self, FailingRecommender.self,
    ]
    let world = try TwoTastes()
    let choice = try ModelChooser(options(kinds)).choose(world.feedback)
    #expect(choice.members.first?.kind == "half" || choice.members.last?.kind == "half")
    let half = choice.members.first { $0.kind == "half" }
    // The default is 0, which knows nothing.
    #expect(Double(half?.settings["sharpness"] ?? "") ?? 0 > 0)
    #expect(choice.trials.contains { $0.kind == "failing" && $0.failure == "ran away" })
    let popularity = choice.trials.first { $0.kind == "popularity" }
    #expect(choice.quality > 1.5 * (popularity?.quality ?? 1))
  }

  @Test func withoutAKindThatCanLearnTheReasonIsSaid() throws {
    let world = try TwoTastes()
    let error = #expect(throws: RecommenderError.self) {
      try ModelChooser(options([FailingRecommender.self])).choose(world.feedback)
    }
    #expect(error?.message.contains("ran away") == true)
  }

  @Test func oneItemEachIsTooLittleToHoldOut() throws {
    let feedback = try Feedback(
      histories: Histories([[0], [1]], isOrdered: false), itemCount: 2)
    #expect(throws: RecommenderError.self) {
      try ModelChooser(options([PopularityRecommender.self])).choose(feedback)
    }
  }

  @Test func splitsHoldOutWhatTheySay() throws {
    let world = try TwoTastes(isOrdered: true)
    let last = try ValidationSplit(world.feedback, rule: .lastAct, seed: 1)
    for user in 0..<world.feedback.userCount {
      let all = Array(world.feedback.histories[user])
      #expect(last.heldOut[user] == [all[7]])
      #expect(Array(last.train.histories[user]) == Array(all.prefix(7)))
    }
    let share = try ValidationSplit(
      world.feedback, rule: .share(0.25, latest: false), seed: 1)
    #expect(share.heldOut.allSatisfy { $0.count == 2 })
    let again = try ValidationSplit(
      world.feedback, rule: .share(0.25, latest: false), seed: 1)
    #expect((0..<300).allSatisfy { share.heldOut[$0] == again.heldOut[$0] })
  }

  @Test func aBlendSumsStandardisedScores() throws {
    struct Fixed: FittedRecommender {
      let values: [Float]
      func score(
        _ users: Range<Int>, _ asked: AskedHistories,
        into scores: UnsafeMutableBufferPointer<Float>
      ) { for place in scores.indices { scores[place] = values[place % values.count] } }
    }
    let blend = BlendedModel(
      [
        .init(model: Fixed(values: [1, 3, -.infinity]), weight: 1),
        .init(model: Fixed(values: [30, 10, 20]), weight: 0.5),
      ], itemCount: 3)
    let asked = AskedHistories(Histories([[]], isOrdered: false), areLearned: true)
    var scores = [Float](repeating: 9, count: 3)
    try scores.withUnsafeMutableBufferPointer { try blend.score(0..<1, asked, into: $0) }
    // The first: mean 2, deviation 1; the second: mean 20, deviation sqrt(200 / 3).
    let unit = Float(10 / (200.0 / 3).squareRoot())
    #expect(abs(scores[0] - (-1 + 0.5 * unit)) < 1e-5)
    #expect(abs(scores[1] - (1 - 0.5 * unit)) < 1e-5)
    #expect(scores[2] == -.infinity)
  }

  @Test func drawnSettingsStayInTheirRange() throws {
    let settings: [Setting] = [
      .integer("n", 1...1000, search: 4...64, logarithmic: true, "") { _ in 8 },
      .real("x", 0...1, search: 0...0.5, "") { _ in 0.1 },
      .names("kind", ["a", "b"], isSearched: true, "") { _ in "a" },
      .real("fixed", 0...1, "") { _ in 0.7 },
    ]
    let shape = DataShape(users: 1, items: 1, pairs: 1, isOrdered: false, hasRatings: false)
    let base = try SettingValues(settings, shape: shape)
    var search = SettingSearch(settings, seed: 5)
    var (kinds, sizes) = (Set<String>(), Set<Int>())
    var values = base
    for turn in 0..<200 {
      values = turn % 2 == 0 ? search.anywhere(from: values) : search.near(values)
      #expect((4...64).contains(values.integer("n")) && (0...0.5).contains(values.real("x")))
      #expect(values.real("fixed") == 0.7)
      kinds.insert(values.name("kind"))
      sizes.insert(values.integer("n"))
    }
    #expect(kinds.count == 2 && sizes.count > 10)
    #expect(throws: RecommenderError.self) {
      try SettingValues(settings, shape: shape, replacing: ["n": "0"])
    }
    #expect(throws: RecommenderError.self) {
      try SettingValues(settings, shape: shape, replacing: ["m": "1"])
    }
  }
}
