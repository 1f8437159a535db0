import Foundation
import Models
import RecommendationCore
import Recommenders
import Synchronization
import Testing

@testable import NeuralModels

extension NeuralModelsTests {
  @Suite struct SASRecTests {
    /// Users who walk round a ring of items, each from anywhere: the next item follows from the last.
    private func ring(items: Int, users: Int, length: Int) throws -> Feedback {
      var generator = SeededGenerator(seed: 5)
      let lists = (0..<users).map { _ in
        let first = Int.random(in: 0..<items, using: &generator)
        return (0..<length).map { Int32((first + $0) % items) }
      }
      return try Feedback(histories: Histories(lists, isOrdered: true), itemCount: items)
    }

    private func fit(
      _ feedback: Feedback, _ settings: [String: String], _ context: FitContext = FitContext()
    ) throws -> SelfAttentionModel {
      let values = try SettingValues(
        SASRecRecommender.settings, shape: feedback.shape, replacing: settings)
      let model = try SASRecRecommender(values).fit(feedback, context: context)
      return try #require(model as? SelfAttentionModel)
    }

    private func scores(_ model: SelfAttentionModel, _ lists: [[Int32]]) throws -> [Float] {
      var scores = [Float](repeating: .nan, count: lists.count * model.shape.items)
      let asked = AskedHistories(Histories(lists, isOrdered: true), areLearned: false)
      scores.withUnsafeMutableBufferPointer { model.score(0..<lists.count, asked, into: $0) }
      return scores
    }

    private let small = [
      "width": "16", "heads": "2", "length": "6", "batch": "16", "epochs": "20", "rate": "0.01",
      "dropout": "0.1", "negatives": "6",
    ]

    @Test(arguments: ["softmax", "sampled-softmax", "gbce"])
    func findsTheNextItemOfARing(loss: String) throws {
      let feedback = try ring(items: 12, users: 60, length: 9)
      // One logistic loss an item learns in smaller steps than a softmax.
      let epochs = loss == "gbce" ? "60" : "20"
      let model = try fit(feedback, small.merging(["loss": loss, "epochs": epochs]) { $1 })
      let lists: [[Int32]] = [[3, 4, 5], [11], [9, 10, 11, 0, 1, 2, 3, 4, 5, 6]]
      let scores = try self.scores(model, lists)
      let best = (0..<3).map { user in
        (0..<12).max { scores[user * 12 + $0] < scores[user * 12 + $1] } ?? -1
      }
      #expect(best == [6, 0, 7])
    }

    @Test func isTheSameForASeedOnAnyNumberOfThreads() throws {
      let feedback = try ring(items: 12, users: 40, length: 9)
      let settings = small.merging(["epochs": "2", "dropout": "0.4"]) { $1 }
      func learned(_ seed: UInt64, _ threads: Int) throws -> [Float] {
        try scores(
          try fit(feedback, settings, FitContext(seed: seed, threads: threads)), [[1, 2]])
      }
      let first = try learned(1, 1)
      let (isSame, isOther) = (try learned(1, 2) == first, try learned(2, 1) != first)
      #expect(isSame && isOther)
    }

    @Test func ourKernelsGiveWhatLibtorchGives() throws {
      let shape = try SelfAttentionShape(
        items: 30, width: 24, heads: 3, layers: 2, maximumLength: 7)
      let network = SelfAttentionNetwork(shape: shape, dropout: 0.5)
      let parameters = Parameters()
      try network.addParameters(to: parameters, seed: 9)
      // Larger than at the beginning of a training, so that softmax and normalisation matter.
      var weights = try parameters.weights()
      var generator = SeededGenerator(seed: 10)
      for name in weights.names {
        guard let entry = weights[name] else { continue }
        let values = entry.values.map { $0 + Float.random(in: -0.5...0.5, using: &generator) }
        weights[name] = .init(values: values, shape: entry.shape)
        try parameters.add(name, values, entry.shape)
      }
      weights["popularity"] = .init(values: (0..<30).map(Float.init), shape: [30])
      let model = try SelfAttentionModel(shape, weights)
      let lists: [[Int32]] = [[4, 5, 6], [29], [1, 2, 3, 4, 5, 6, 7, 8, 9], []]
      var batch = PackedSequences()
      // The target, the last, is not looked at.
      for list in lists where !list.isEmpty { batch.add(list.suffix(7) + [0]) }
      let leaves = try parameters.leaves()
      let outcomes = try network.outcomes(leaves, batch, seed: nil)
      let torch = try outcomes.rows(.indices(batch.starts.dropFirst().map { $0 - 1 }))
        .matmul(leaves("items").transposed()).read()
      let ours = try scores(model, lists)
      let most = zip(torch, ours).map { abs($0 - $1) }.max() ?? .infinity
      #expect(most < 1e-5 * 10)
      let relative = zip(torch, ours).map { abs($0 - $1) / max(1, abs($0)) }.max() ?? .infinity
      #expect(relative < 1e-5)
      // Nothing is known of the last user: popularity decides.
      let isPopularity = Array(ours[90...]) == (0..<30).map(Float.init)
      #expect(isPopularity)
    }

    @Test func aFileGivesTheSameModel() throws {
      let model = try fit(
        ring(items: 8, users: 10, length: 5), small.merging(["epochs": "1"]) { $1 })
      let path = FileManager.default.temporaryDirectory
        .appendingPathComponent("sasrec-\(UUID().uuidString).safetensors").path
      defer { try? FileManager.default.removeItem(atPath: path) }
      try model.write(to: path)
      let again = try SelfAttentionModel(contentsOf: path)
      let isSame = try scores(again, [[1, 2, 3]]) == scores(model, [[1, 2, 3]])
      #expect(isSame && again.shape == model.shape)
    }

    @Test func stopsWhereTheValidationNoLongerGrows() throws {
      let seen = Mutex<[Int]>([])
      let qualities = [0.1, 0.3, 0.2, 0.25, 0.4]
      let context = FitContext(
        progress: { progress in seen.withLock { $0.append(progress.pass) } },
        validate: { _ in seen.withLock { qualities[min($0.count, 4)] } }, patience: 2)
      let model = try fit(ring(items: 8, users: 10, length: 5), small, context)
      #expect(model.found["epochs"] == .integer(2))
      #expect(seen.withLock { $0 } == [1, 2, 3, 4])
    }

    @Test func everyItemButTheFirstIsATargetOnce() {
      let lists: [[Int32]] = [Array(0..<50), [1], [], Array(0..<7), Array(0..<8)]
      let batches = SequenceBatches(
        histories: Histories(lists, isOrdered: true), length: 6, batchSize: 3, shards: 2)
      for seed in 1...20 {
        var generator = SeededGenerator(seed: UInt64(seed))
        let windows = batches.windows(&generator)
        let isShort = windows.allSatisfy { $0.count >= 2 && $0.count <= 7 }
        let targets = windows.flatMap { Array($0.dropFirst()) }.sorted()
        #expect(isShort && targets == Array(1..<50) + Array(52..<58) + Array(59..<66))
        let parts = batches.pass(&generator).flatMap { $0 }
        #expect(parts.reduce(0) { $0 + $1.targets.count } == targets.count)
      }
    }

    @Test func dataWithoutOrderIsRefused() throws {
      let feedback = try Feedback(
        histories: Histories([[0, 1]], isOrdered: false), itemCount: 2)
      #expect(throws: RecommenderError.self) { try fit(feedback, [:]) }
    }
  }
}
