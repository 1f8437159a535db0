import Foundation
import Testing

@testable import Recommenders

/// Weights by hand; NeuralModelsTests hold the kernels to libtorch where it is installed.
@Suite struct SelfAttentionModelTests {
  private let shape: SelfAttentionShape

  init() throws {
    shape = try SelfAttentionShape(items: 3, width: 2, heads: 1, layers: 1, maximumLength: 2)
  }

  /// Dense layers of zeros: the blocks pass their input on, and only the last item counts.
  private func weights() -> NamedWeights {
    var weights = NamedWeights()
    func set(_ name: String, _ values: [Float], _ shape: [Int]) {
      weights[name] = .init(values: values, shape: shape)
    }
    set("items", [3, 1, 0, 4, 1, 1.5], [3, 2])
    set("positions", [0, 0, 0, 3], [2, 2])
    set("popularity", [5, 7, 6], [3])
    for name in ["blocks.0.attention.norm", "blocks.0.forward.norm", "norm"] {
      set("\(name).weight", [1, 1], [2])
      set("\(name).bias", [0, 0], [2])
    }
    for (name, outputs) in [
      ("attention.in", 6), ("attention.out", 2), ("forward.in", 2), ("forward.out", 2),
    ] {
      set("blocks.0.\(name).weight", [Float](repeating: 0, count: outputs * 2), [outputs, 2])
      set("blocks.0.\(name).bias", [Float](repeating: 0, count: outputs), [outputs])
    }
    return weights
  }

  private func scores(_ model: SelfAttentionModel, _ lists: [[Int32]]) -> [Float] {
    var scores = [Float](repeating: .nan, count: lists.count * 3)
    let asked = AskedHistories(Histories(lists, isOrdered: true), areLearned: false)
    scores.withUnsafeMutableBufferPointer { model.score(0..<lists.count, asked, into: $0) }
    return scores
  }

  @Test func theLastItemAndItsPlaceDecide() throws {
    let model = try SelfAttentionModel(shape, weights())
    // Normalised, (3, 1) becomes (1, -1); in the second place it is (3, 4), which becomes (-1, 1). Of three
    // items only the last two are looked at.
    let wanted: [Float] = [2, -4, -0.5, -2, 4, 0.5, -2, 4, 0.5, 5, 7, 6]
    let scores = scores(model, [[0], [1, 0], [0, 1, 0], []])
    let isRight = zip(scores, wanted).allSatisfy { abs($0 - $1) < 1e-3 }
    #expect(isRight)
  }

  @Test func attentionMixesEvenlyWhereQueriesAreZero() throws {
    var made = weights()
    // Only the values pass, times ten, so that the mean of the normalised places decides.
    made["blocks.0.attention.in.weight"] = .init(
      values: [0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 10], shape: [6, 2])
    made["blocks.0.attention.out.weight"] = .init(values: [1, 0, 0, 1], shape: [2, 2])
    made["positions"] = .init(values: [0, 0, 0, 0], shape: [2, 2])
    let model = try SelfAttentionModel(shape, made)
    // (0, 4) and (3, 1) become (-1, 1) and (1, -1): their mean is 0, and (3, 1) stays as it is.
    let two = scores(model, [[1, 0]])
    let isRight = zip(two, [2, -4, -0.5] as [Float]).allSatisfy { abs($0 - $1) < 1e-3 }
    #expect(isRight)
  }

  @Test func aFileGivesTheSameModelAndADamagedOneIsRefused() throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("attention-\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let model = try SelfAttentionModel(shape, weights())
    try model.write(to: path)
    let again = try SelfAttentionModel(contentsOf: path)
    #expect(scores(again, [[1, 0]]) == scores(model, [[1, 0]]))
    var bad = weights()
    bad["norm.bias"] = .init(values: [0, .nan], shape: [2])
    #expect(throws: RecommenderError.self) { try SelfAttentionModel(shape, bad) }
    bad["norm.bias"] = .init(values: [0], shape: [1])
    #expect(throws: RecommenderError.self) { try SelfAttentionModel(shape, bad) }
    #expect(throws: RecommenderError.self) {
      try SelfAttentionShape(items: 3, width: 5, heads: 2, layers: 1, maximumLength: 2)
    }
  }
}
