import Foundation
import RecommendationCore
import Testing

@testable import Rankers

/// Models and answers of LightGBM itself, made by `Tests/Fixtures/LightGBM/make_lightgbm.py`.
private struct LightGBMFixture {
  struct Answers: Decodable {
    var rows: [[Double?]]
    var margins: [Double]
    var predictions: [Double]
    var contributions: [[Double]]
  }

  static let names = ["ranking", "categories", "zeros", "counts", "forest", "deep"]
  let model: [UInt8]
  let answers: Answers
  let rows: FeatureMatrix

  init(_ name: String) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../Fixtures/LightGBM")
    model = try [UInt8](Data(contentsOf: folder.appendingPathComponent("\(name).txt")))
    answers = try JSONDecoder().decode(
      Answers.self, from: Data(contentsOf: folder.appendingPathComponent("\(name).json")))
    let values = answers.rows.joined().map { $0.map { Float($0) } ?? .nan }
    rows = try #require(FeatureMatrix(rows: answers.rows.count, columns: 6, values: values))
  }

  /// Six columns with names of our own.
  static let specification = RankerSpecification(
    userFeatures: FeatureSet([]),
    itemFeatures: FeatureSet((0..<6).map { FeatureReference(view: "item", name: "f\($0)") }),
    retrievalFeatures: [], contextFeatures: [])
}

@Suite struct LightGBMRankerTests {
  private func isNear(_ left: some Sequence<Double>, _ right: [Double], _ bound: Double) -> Bool {
    let pairs = Array(zip(left, right))
    return pairs.count == right.count
      && pairs.allSatisfy { abs($0 - $1) <= bound * max(1, abs($1)) }
  }

  @Test(arguments: LightGBMFixture.names) func answersAreThoseOfLightGBM(_ name: String) throws {
    let fixture = try LightGBMFixture(name)
    let ranker = try LightGBMRanker(
      model: fixture.model, specification: LightGBMFixture.specification)
    let scores = try ranker.score(fixture.rows)
    #expect(isNear(scores.map { Double($0) }, fixture.answers.margins, 1e-6))
    #expect(isNear(try ranker.predictions(fixture.rows), fixture.answers.predictions, 1e-6))
    let parts = try ranker.contributions(fixture.rows)
    #expect(
      isNear(parts.values.map { Double($0) }, Array(fixture.answers.contributions.joined()), 1e-5))
  }

  @Test(arguments: LightGBMFixture.names) func thePlainEvaluatorIsExact(_ name: String) throws {
    let fixture = try LightGBMFixture(name)
    let model = try LightGBMReader.model(fixture.model)
    let margins = (0..<fixture.rows.rows).map { row in
      model.margin { Double(fixture.rows[row, $0]) }
    }
    #expect(isNear(margins, fixture.answers.margins, 1e-12))
  }

  @Test func treesOfXGBoostsFormAreEvaluatedFast() throws {
    // Categories have no such form, nor has a 0 that leaves its neighbours, nor a tree that is too deep.
    for (name, isFast) in [
      ("ranking", true), ("counts", true), ("forest", true), ("categories", false),
      ("deep", false),
    ] {
      let ranker = try LightGBMRanker(
        model: LightGBMFixture(name).model, specification: LightGBMFixture.specification)
      #expect(ranker.isFast == isFast, "\(name)")
    }
  }

  @Test func columnsAreFoundByName() throws {
    let fixture = try LightGBMFixture("ranking")
    let text = String(decoding: fixture.model, as: UTF8.self)
    let order = [3, 0, 5, 1, 4, 2]
    let columns = LightGBMFixture.specification.columnNames
    let names = order.map { columns[$0] }.joined(separator: " ")
    func renamed(_ names: String) -> [UInt8] {
      Array(
        text.replacing(
          "feature_names=Column_0 Column_1 Column_2 Column_3 Column_4 Column_5",
          with: "feature_names=\(names)"
        ).utf8)
    }
    let ranker = try LightGBMRanker(
      model: renamed(names), specification: LightGBMFixture.specification)
    var rows = fixture.rows
    for row in 0..<rows.rows {
      for (column, place) in order.enumerated() { rows[row, place] = fixture.rows[row, column] }
    }
    let scores = try ranker.score(rows)
    #expect(isNear(scores.map { Double($0) }, fixture.answers.margins, 1e-6))
    let parts = try ranker.contributions(rows)
    for row in 0..<rows.rows {
      let sum = (0...6).reduce(0) { $0 + Double(parts[row, $1]) }
      #expect(abs(sum - fixture.answers.margins[row]) < 1e-5)
    }
    // Half of the names known, half not: nobody can tell which is which.
    let strange = columns.prefix(3) + ["a", "b", "c"]
    #expect(throws: RankerError.self) {
      try LightGBMRanker(
        model: renamed(strange.joined(separator: " ")),
        specification: LightGBMFixture.specification)
    }
  }

  @Test func aBundleGivesItBack() throws {
    let fixture = try LightGBMFixture("categories")
    let ranker = try LightGBMRanker(
      model: fixture.model, specification: LightGBMFixture.specification)
    let files = try RankerFiles.files(of: ranker)
    let loaded = try RankerFiles.load(threads: 1) { files[$0] ?? [] }
    #expect(loaded.kind == "lightgbm")
    #expect(try loaded.score(fixture.rows) == ranker.score(fixture.rows))
  }

  @Test func damagedFilesAreRefusedOrStillScore() throws {
    let rows = try LightGBMFixture("ranking").rows
    for name in ["categories", "deep"] {
      let model = try LightGBMFixture(name).model
      // Cut off anywhere before the trees end, there is no model.
      let end = try #require(
        String(decoding: model, as: UTF8.self).range(of: "end of trees")?.lowerBound
          .utf16Offset(in: String(decoding: model, as: UTF8.self)))
      for length in stride(from: 0, to: end, by: 61) {
        #expect(throws: RankerError.self) { try LightGBMReader.model(Array(model[..<length])) }
      }
      // Whatever single bytes become, there is an answer or a reason.
      var random = SeededGenerator(seed: 1)
      for _ in 0..<400 {
        var damaged = model
        let place = Int.random(in: 0..<end, using: &random)
        damaged[place] = UInt8.random(in: 32..<127, using: &random)
        do {
          let ranker = try LightGBMRanker(
            model: damaged, specification: LightGBMFixture.specification)
          #expect(try ranker.score(rows).count == rows.rows)
        } catch is RankerError {}
      }
    }
  }

  @Test(arguments: [
    ("num_class=1", "num_class=3"), ("is_linear=0", "is_linear=1"),
    ("objective=lambdarank", "objective=multiclass num_class:3"),
    ("max_feature_idx=5", "max_feature_idx=99999999999"), ("left_child=2 4", "left_child=0 4"),
    ("num_leaves=6", "num_leaves=7"), ("end of trees", "end of files"), ("tree\n", "forest\n"),
  ]) func modelsOfOtherKindsAreRefusedWithAReason(_ old: String, _ new: String) throws {
    let text = String(decoding: try LightGBMFixture("ranking").model, as: UTF8.self)
    let damaged = text.replacing(old, with: new, maxReplacements: 1)
    try #require(damaged != text)
    let error = #expect(throws: RankerError.self) { try LightGBMReader.model(Array(damaged.utf8)) }
    #expect(error?.code == .malformedModel)
    #expect(error?.message.isEmpty == false)
  }
}
