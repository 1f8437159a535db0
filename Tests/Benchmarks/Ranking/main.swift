import Catalogue
import Explanations
import Foundation
import LinearAlgebra
import Models
import Rankers
import RecommendationCore
import Reranking

// Prices of the last stages of a request, on one thread: ranking, attribution, re-ranking, explaining.

/// What a body cost.
struct Row: Encodable {
  var name: String
  var medianMicroseconds: Double
  var leastMicroseconds: Double

  enum CodingKeys: String, CodingKey {
    case name
    case medianMicroseconds = "median_us"
    case leastMicroseconds = "least_us"
  }
}

var table: [Row] = []

func write(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }

/// Median and least wall time of a body, in microseconds.
@MainActor func measure(_ name: String, times: Int = 200, _ body: () throws -> Void) rethrows {
  let clock = ContinuousClock()
  for _ in 0..<5 { try body() }
  var durations: [Double] = []
  for _ in 0..<times {
    let start = clock.now
    try body()
    durations.append((clock.now - start) / .microseconds(1))
  }
  durations.sort()
  let row = Row(
    name: name, medianMicroseconds: durations[times / 2], leastMicroseconds: durations[0])
  table.append(row)
  write(
    name.padding(toLength: 44, withPad: " ", startingAt: 0)
      + String(
        format: "median %8.1f us   least %8.1f us", row.medianMicroseconds, row.leastMicroseconds))
}

var generator = SeededGenerator(seed: 1)
let columns = 60
let specification = RankerSpecification(
  userFeatures: FeatureSet((0..<10).map { FeatureReference(view: "user", name: "f\($0)") }),
  itemFeatures: FeatureSet((0..<40).map { FeatureReference(view: "item", name: "f\($0)") }),
  retrievalFeatures: (0..<8).map { "r\($0)" }, contextFeatures: ["hour", "day"])

@MainActor func rows(_ count: Int) -> FeatureMatrix {
  var rows = FeatureMatrix(rows: count, columns: columns)
  for index in rows.values.indices {
    rows.values[index] = .random(in: 0..<1, using: &generator)
    if generator.next() % 20 == 0 { rows.values[index] = .nan }
  }
  return rows
}

let training = rows(20_000)
let labels = (0..<training.rows).map { row -> Float in
  let sum = (0..<20).reduce(Float(0)) { sum, column in
    let value = training[row, column * 3]
    return sum + (value.isNaN ? 0.5 : value * (column % 2 == 0 ? 1 : -1))
  }
  return sum + .random(in: -0.5...0.5, using: &generator) > 1.2 ? 1 : 0
}
var parameters = XGBoostParameters()
parameters.rounds = 300
let begun = ContinuousClock.now
let outcome = try XGBoostTrainer.train(
  RankingExamples(
    rows: training, labels: labels, groups: [Int](repeating: 200, count: training.rows / 200)),
  specification: specification, parameters: parameters)
write("trained \(outcome.bestRound) trees in \(ContinuousClock.now - begun)")

let ranker = try XGBoostRanker(model: outcome.model, specification: specification)
let library = try XGBoostRanker(
  model: outcome.model, specification: specification, evaluator: .library)
for count in [1, 50, 500] {
  let batch = rows(count)
  try measure("XGBoost: \(count) rows x \(columns)") { _ = try library.score(batch) }
  try measure("score \(count) rows x \(columns)") { _ = try ranker.score(batch) }
}
for count in [20] {
  let batch = rows(count)
  try measure("contributions \(count) rows", times: 3) { _ = try ranker.contributions(batch) }
}
measure("load a model", times: 5) {
  _ = try? XGBoostRanker(model: outcome.model, specification: specification)
}

let items = (1...500).map { _ in ItemID(rawValue: generator.next()) }
let sets = items.map { _ in
  (0..<3).map { _ in UInt32.random(in: 0..<18, using: &generator) }
}
let relevance = items.map { _ in Float.random(in: -3...3, using: &generator) }
let groups = ItemGroups(sets.map { Set($0).sorted() })
let makers = ItemGroups(sets.map { [$0[0]] })
let plain = SlateProblem(
  items: items, relevance: relevance, count: 20, similarity: SetSimilarity(groups))
measure("similarity of 500 by categories") { _ = SetSimilarity(groups) }
measure("MMR 500 -> 20, categories") { _ = MMRSelector(strength: 0.3).select(plain) }
measure("DPP 500 -> 20, categories") { _ = DPPSelector(strength: 0.3).select(plain) }
var capped = plain
capped.caps = [
  SlateCap(name: "category", maximum: 8, groups: groups),
  SlateCap(name: "maker", maximum: 3, groups: makers),
]
measure("MMR 500 -> 20, categories, two caps") { _ = MMRSelector(strength: 0.3).select(capped) }
var windowed = plain
windowed.windows = [SlateWindow(name: "category", length: 4, maximum: 2, groups: groups)]
measure("MMR 500 -> 20, categories, a window") { _ = MMRSelector(strength: 0.3).select(windowed) }
var calibrated = plain
calibrated.calibration = SlateCalibration(
  weight: 0.3, mass: (0..<18).map(Double.init), groups: groups)
measure("MMR 500 -> 20, categories, calibrated") {
  _ = MMRSelector(strength: 0.3).select(calibrated)
}
var everything = calibrated
everything.caps = capped.caps
everything.windows = windowed.windows
everything.quotas = [SlateQuota(minimum: 3, maximum: 6, members: sets.map { $0[0] < 4 })]
everything.pins = [SlatePin(slot: 2, index: 400)]
measure("DPP 500 -> 20, all of it") { _ = DPPSelector(strength: 0.3).select(everything) }
measure("unexpectedness of 500, 200 known") {
  _ = Unexpectedness.factors(
    candidates: 300, groups: groups, firstKnown: 300, known: [Float](repeating: 1, count: 200),
    weight: 0.5)
}

let films = (0..<3_706).map { index in
  Item(
    externalID: "\(index)", title: "Film \(index)",
    categories: (0..<3).map { _ in "Category \(Int.random(in: 0..<18, using: &generator))" })
}
let live = LiveCatalogue()
try live.replace(with: films, sequence: 1)
let ids = films.map(\.id).sorted()
for factors in [64, 128] {
  let values = (0..<ids.count * factors).map { _ in Float.random(in: -0.5...0.5, using: &generator)
  }
  var gram = [Float](repeating: 0, count: factors * factors)
  for row in 0..<ids.count {
    for cell in gram.indices {
      gram[cell] += values[row * factors + cell / factors] * values[row * factors + cell % factors]
    }
  }
  var configuration = ALSConfiguration()
  configuration.factors = factors
  guard let matrix = Matrix(rows: ids.count, columns: factors, values: values),
    let gramMatrix = Matrix(rows: factors, columns: factors, values: gram)
  else { exit(1) }
  let model = try ALSModel(
    items: ItemRows(sorted: ids), itemFactors: matrix, gram: gramMatrix,
    configuration: configuration)
  let seen = ids.shuffled(using: &generator).prefix(200)
  let history = History(
    items: Array(seen), weights: seen.map { _ in 1 }, timesMilliseconds: seen.map { _ in 0 })
  let slate = Array(ids.shuffled(using: &generator).prefix(20))
  let trending = TrendingPlaces(
    try TrendingModel.fit(
      items: ids, weights: ids.map { _ in 1 }, timesMilliseconds: ids.map { _ in 0 },
      halfLife: .seconds(9), at: 0))
  let explainer = Explainer(
    model: model, trending: trending, catalogue: live.snapshot, domain: .films)
  try measure("contributions of 200 past films, f=\(factors)") {
    _ = try model.contributions(history, items: slate)
  }
  try measure("explain 20 films, 200 past ones, f=\(factors)") {
    _ = try explainer.reasons(
      slate.map { Explainer.Entry(item: $0, sources: ["als"]) }, history: history)
  }
}

if let flag = CommandLine.arguments.firstIndex(of: "--json"),
  let path = CommandLine.arguments.dropFirst(flag + 1).first
{
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
  try encoder.encode(["rows": table]).write(to: URL(fileURLWithPath: path))
}
