import Foundation
import LinearAlgebra
import Models
import RecommendationCore
import Testing

@testable import Recommenders

@Suite struct ALSRecommenderTests {
  /// Two tastes: even items for even users, odd for odd; each user lacks some items of the own taste.
  static func twoTastes(users: Int = 60, items: Int = 40) throws -> Feedback {
    var random = SeededGenerator(seed: 5)
    let lists = (0..<users).map { user in
      (0..<items).filter { item in
        let isOwn = item % 2 == user % 2
        return Double.random(in: 0..<1, using: &random) < (isOwn ? 0.5 : 0.03)
      }.map { Int32($0) }
    }
    return try Feedback(
      histories: Histories(lists + [[]], isOrdered: false), itemCount: items)
  }

  private func settings(_ feedback: Feedback, _ texts: [String: String]) throws -> SettingValues {
    try SettingValues(ALSRecommender.settings, shape: feedback.shape, replacing: texts)
  }

  private func scores(_ model: any FittedRecommender, _ asked: AskedHistories, items: Int) throws
    -> [Float]
  {
    var scores = [Float](repeating: .nan, count: asked.histories.userCount * items)
    try scores.withUnsafeMutableBufferPointer {
      try model.score(0..<asked.histories.userCount, asked, into: $0)
    }
    return scores
  }

  @Test(arguments: ["gradient", "cholesky", "blocks"])
  func lossFallsToTheSameLow(solver: String) throws {
    let feedback = try Self.twoTastes()
    func losses(_ solver: String, steps: Int = 2) throws -> [Double] {
      var trainer = try LeastSquaresTrainer(
        feedback,
        LeastSquaresSettings(
          settings(feedback, ["factors": "5", "solver": solver, "steps": "\(steps)"])),
        seed: 3, threads: 2)
      return try (0..<30).map { _ in
        try trainer.runEpoch()
        return trainer.loss(feedback)
      }
    }
    let found = try losses(solver)
    #expect(zip(found, found.dropFirst()).allSatisfy { $1 <= $0 * 1.0001 })
    let exact = try losses("cholesky")
    #expect(abs(found[29] - exact[29]) < 0.01 * exact[29])
    #expect(exact[29] < 0.9 * exact[0])
  }

  /// One epoch against normal equations written out in 64-bit floats.
  @Test func anEpochSolvesTheNormalEquations() throws {
    let feedback = try Self.twoTastes(users: 9, items: 7)
    let texts = [
      "factors": "3", "solver": "cholesky", "unobserved": "0.2", "regularization": "0.05",
      "exponent": "0.7",
    ]
    var trainer = try LeastSquaresTrainer(
      feedback, LeastSquaresSettings(settings(feedback, texts)), seed: 1, threads: 1)
    try trainer.runEpoch()
    // The items solve their systems for the users as they are (all axes are those of the users).
    let users = (0..<feedback.userCount).map { trainer.users.matrix.row($0).map(Double.init) }
    let width = trainer.users.width
    for item in 0..<feedback.itemCount {
      let y = trainer.items.matrix.row(item).map(Double.init)
      let takers = Set(feedback.byItem.columns(ofRow: item).map(Int.init))
      let s = 0.05 * pow(Double(takers.count) + 0.2 * Double(feedback.userCount), 0.7)
      for k in 0..<width {
        var gradient = s * y[k]
        for (user, x) in users.enumerated() {
          let product = zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
          gradient += 0.2 * product * x[k]
          if takers.contains(user) { gradient -= (1 - product) * x[k] }
        }
        #expect(abs(gradient) < 1e-4)
      }
    }
  }

  @Test func learnsTheTasteAndIsTheSameOnAnyNumberOfThreads() throws {
    let feedback = try Self.twoTastes()
    let asked = AskedHistories(feedback.histories, areLearned: true)
    func fit(threads: Int) throws -> [Float] {
      let model = try ALSRecommender(settings(feedback, ["factors": "4"])).fit(
        feedback, context: FitContext(seed: 2, threads: threads))
      return try scores(model, asked, items: 40)
    }
    let one = try fit(threads: 1)
    #expect(try fit(threads: 3) == one)
    var (own, other): (Float, Float) = (0, 0)
    for user in 0..<60 {
      for item in 0..<40 {
        if item % 2 == user % 2 {
          own += one[user * 40 + item]
        } else {
          other += one[user * 40 + item]
        }
      }
    }
    #expect(own > 4 * other)
    // Who took nothing gets what most took.
    let counts = (0..<40).map { Float(feedback.byItem.range($0).count) }
    #expect(Array(one[(60 * 40)...]) == counts)
  }

  @Test func foldInGivesWhatWasLearned() throws {
    let feedback = try Self.twoTastes()
    let model = try ALSRecommender(
      settings(feedback, ["factors": "4", "epochs": "60", "steps": "5"])
    ).fit(feedback, context: FitContext(threads: 2))
    let learned = try scores(
      model, AskedHistories(feedback.histories, areLearned: true), items: 40)
    let anew = try scores(
      model, AskedHistories(feedback.histories, areLearned: false), items: 40)
    #expect(zip(learned, anew).allSatisfy { abs($0 - $1) < 0.02 })
  }

  @Test func aHalfLifeFollowsTheNewest() throws {
    let feedback = try Self.twoTastes()
    let model = try ALSRecommender(
      settings(feedback, ["factors": "4", "half-life": "1"])
    ).fit(feedback, context: FitContext(threads: 2))
    // Even items first, then odd ones: the odd taste wins, though there are as many of either.
    let history = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9] as [Int32]
    let asked = AskedHistories(Histories([history], isOrdered: true), areLearned: false)
    let found = try scores(model, asked, items: 40)
    let own = (10..<40).filter { $0 % 2 == 1 }.reduce(0) { $0 + found[$1] }
    let other = (10..<40).filter { $0 % 2 == 0 }.reduce(0) { $0 + found[$1] }
    #expect(own > 2 * other)
  }

  @Test func stopsWhereTheValidationFalls() throws {
    let feedback = try Self.twoTastes()
    let passes = PassCounter()
    let model = try ALSRecommender(settings(feedback, ["factors": "4"])).fit(
      feedback,
      context: FitContext(
        threads: 1,
        validate: { _ in
          let pass = passes.next()
          return pass <= 4 ? Double(pass) : 0
        }, patience: 2))
    #expect(passes.count == 6)
    #expect(model.found["epochs"] == .integer(4))
  }

  @Test func noInteractionIsRefused() throws {
    let feedback = try Feedback(histories: Histories([[], []], isOrdered: false), itemCount: 3)
    let recommender = try ALSRecommender(settings(feedback, [:]))
    #expect(throws: RecommenderError.self) { try recommender.fit(feedback, context: FitContext()) }
  }
}
