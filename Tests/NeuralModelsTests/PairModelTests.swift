import Models
import RecommendationCore
import Recommenders
import Testing

@testable import NeuralModels

extension NeuralModelsTests {
  /// The models that learn from single acts: neural collaborative filtering and two towers.
  @Suite struct PairModelTests {
    /// Users of two tastes: even items and odd ones; each user misses one item of its taste.
    private func tastes() throws -> Feedback {
      let lists = (0..<40).map { user in
        (0..<6).filter { $0 != user / 2 % 6 }.map { Int32(2 * $0 + user % 2) }
      }
      return try Feedback(histories: Histories(lists, isOrdered: false), itemCount: 12)
    }

    private func scores(
      _ model: any FittedRecommender, _ lists: [[Int32]], areLearned: Bool, items: Int
    ) throws -> [[Float]] {
      var scores = [Float](repeating: .nan, count: lists.count * items)
      let asked = AskedHistories(Histories(lists, isOrdered: false), areLearned: areLearned)
      try scores.withUnsafeMutableBufferPointer {
        try model.score(0..<lists.count, asked, into: $0)
      }
      return lists.indices.map { Array(scores[($0 * items)..<(($0 + 1) * items)]) }
    }

    private static let kinds: [any Recommender.Type] = [
      GMFRecommender.self, MLPRecommender.self, NeuMFRecommender.self, TwoTowerRecommender.self,
    ]
    private static let small: [String: [String: String]] = [
      "two-tower": ["width": "8", "batch": "32", "epochs": "25", "rate": "0.005"]
    ]

    private func fit(
      _ kind: any Recommender.Type, _ feedback: Feedback, _ more: [String: String] = [:],
      threads: Int = 2
    ) throws -> any FittedRecommender {
      let own =
        Self.small[kind.name]
        ?? ["factors": "8", "batch": "32", "epochs": "30", "rate": "0.02", "decay": "0"]
      let values = try SettingValues(
        kind.settings, shape: feedback.shape, replacing: own.merging(more) { $1 })
      return try kind.init(values).fit(feedback, context: FitContext(threads: threads))
    }

    @Test(arguments: 0..<4) func findsTheTaste(kind: Int) throws {
      let feedback = try tastes()
      let model = try fit(Self.kinds[kind], feedback)
      let lists = (0..<40).map { Array(feedback.histories[$0]) }
      for areLearned in [true, false] {
        let scores = try self.scores(model, lists, areLearned: areLearned, items: 12)
        // The missing item of the user's taste is above all items of the other taste.
        let found = (0..<40).filter { user in
          let missing = scores[user][2 * (user / 2 % 6) + user % 2]
          return (0..<6).allSatisfy { scores[user][2 * $0 + 1 - user % 2] < missing }
        }
        #expect(found.count >= 36, "\(Self.kinds[kind].name), learned \(areLearned)")
      }
      // No history: popularity; all items have the same number of users but for what is missing.
      let none = try scores(model, [[]], areLearned: true, items: 12)[0]
      let isPopularity = none == (0..<12).map { Float(feedback.byItem.range($0).count) }
      #expect(isPopularity)
    }

    @Test(arguments: ["bpr", "mse"]) func towersLearnByOtherLosses(loss: String) throws {
      let feedback = try tastes()
      let model = try fit(TwoTowerRecommender.self, feedback, ["loss": loss])
      let lists = (0..<40).map { Array(feedback.histories[$0]) }
      let scores = try self.scores(model, lists, areLearned: true, items: 12)
      let found = (0..<40).filter { user in
        let missing = scores[user][2 * (user / 2 % 6) + user % 2]
        return (0..<6).allSatisfy { scores[user][2 * $0 + 1 - user % 2] < missing }
      }
      #expect(found.count >= 36)
    }

    @Test(arguments: 0..<4) func isTheSameOnAnyNumberOfThreads(kind: Int) throws {
      let feedback = try tastes()
      func learned(_ threads: Int) throws -> [[Float]] {
        try scores(
          try fit(Self.kinds[kind], feedback, ["epochs": "2"], threads: threads), [[0, 2]],
          areLearned: true, items: 12)
      }
      let isSame = try learned(1) == learned(2)
      #expect(isSame)
    }

    @Test func collaborativeKernelsGiveWhatLibtorchGives() throws {
      let feedback = try tastes()
      for (hasProduct, hasLayers) in [(true, false), (false, true), (true, true)] {
        let shape = NeuralCollaborativeShape(
          users: 40, items: 12, factors: 6, hasProduct: hasProduct, hasLayers: hasLayers)
        let network = NeuralCollaborativeNetwork(shape: shape)
        let parameters = try shaken { try network.addParameters(to: $0, seed: 3) }
        let model = try NeuralCollaborativeModel(
          shape, parameters.weights(), byItem: feedback.byItem)
        let pairs = (0..<3).flatMap { user in (0..<12).map { (Int64(user), Int64($0)) } }
        let torch = try network.scores(
          parameters.leaves(), users: pairs.map(\.0), items: pairs.map(\.1)
        ).read()
        let bias = try parameters.weights().values("output.bias", [1])[0]
        let ours = try scores(model, [[1], [1], [1]], areLearned: true, items: 12).flatMap { $0 }
        // The bias of the output is the same for all items, and left out.
        let most = zip(torch, ours).map { abs($0 - bias - $1) }.max() ?? .infinity
        #expect(most < 1e-5)
      }
    }

    @Test func towerKernelsGiveWhatLibtorchGives() throws {
      let feedback = try tastes()
      let shape = TwoTowerShape(users: 40, items: 12, width: 5, historyLength: 3)
      let counts = (0..<12).map { Float(feedback.byItem.range($0).count) }
      let network = TwoTowerNetwork(
        shape: shape, dropout: 0.3, popularity: TwoTowerShape.popularity(users: counts))
      let parameters = try shaken { try network.addParameters(to: $0, seed: 3) }
      let model = try TwoTowerModel(shape, parameters.weights(), byItem: feedback.byItem)
      let leaves = try parameters.leaves()
      let users = TwoTowerNetwork.Users(
        rows: [0, 1], known: [1, 1], items: [4, 6, 8, 3], starts: [0, 3, 4])
      let torch = try network.users(leaves, users, seed: nil)
        .matmul(network.items(leaves, Array(0..<12), seed: nil).transposed()).read()
      let ours = try scores(model, [[2, 4, 6, 8], [3]], areLearned: true, items: 12)
        .flatMap { $0 }
      let most = zip(torch, ours).map { abs($0 - $1) }.max() ?? .infinity
      #expect(most < 1e-5)
    }

    /// Parameters far from where learning starts.
    private func shaken(_ add: (Parameters) throws -> Void) throws -> Parameters {
      let parameters = Parameters()
      try add(parameters)
      let weights = try parameters.weights()
      var generator = SeededGenerator(seed: 10)
      for name in weights.names {
        guard let entry = weights[name] else { continue }
        let values = entry.values.map { $0 + Float.random(in: -0.3...0.3, using: &generator) }
        try parameters.add(name, values, entry.shape)
      }
      return parameters
    }
  }
}
