import Datasets
import Evaluation
import Foundation
import Recommenders

/// Measures files of lists against a test file, with intervals, and tests each against the first.
public struct CompareJob: Sendable {
  /// One file of lists.
  public struct Row: Sendable, Encodable {
    /// The file.
    public var file: String
    /// Means over users with a test item, by name, such as "NDCG@10".
    public var metrics: [String: Double]
    /// The interval of the NDCG at the largest cutoff.
    public var ndcg: BootstrapInterval
    /// NDCG at the largest cutoff against that of the first file, p raised by Holm's rule; nil for the first.
    public var againstFirst: PairedTest?
  }

  private let train: String
  private let test: String
  private let format: FeedbackReader.Format
  private let lists: [String]
  private let cutoffs: [Int]
  private let seed: UInt64

  /// A comparison.
  ///
  /// - Parameters:
  ///   - train: what was learned from; users' items of it must not be in their lists.
  ///   - test: what should have been found.
  ///   - lists: files of `user<TAB>item item …`, best first.
  ///   - cutoffs: places to measure at.
  public init(
    train: String, test: String, format: FeedbackReader.Format, lists: [String], cutoffs: [Int],
    seed: UInt64 = 1
  ) {
    self.train = train
    self.test = test
    self.format = format
    self.lists = lists
    self.cutoffs = Set(cutoffs).sorted()
    self.seed = seed
  }

  /// Reads, checks and measures.
  ///
  /// - Throws: `DatasetError` for a file that cannot be read, ``PipelineError`` for lists that break the
  ///   protocol: an item twice, an item of the user's train part, an id that train has not.
  public func run() throws -> [Row] {
    var reader = FeedbackReader()
    let learned = try reader.read(train, format: format)
    let (users, items) = (reader.userCount, reader.itemCount)
    let wanted = try reader.read(test, format: format)
    var heldOut = [[Int32]](repeating: [], count: reader.userCount)
    for (user, item) in zip(wanted.users, wanted.items) { heldOut[Int(user)].append(item) }
    let feedback = try Feedback(
      learned, isOrdered: false, userCount: reader.userCount, itemCount: reader.itemCount)
    let truth = Truth(
      quality: TopKQuality(heldOut: heldOut, itemCount: reader.itemCount), train: feedback,
      trainUsers: users, trainItems: items)
    var rows: [Row] = []
    var perUser: [[Double]] = []
    for file in lists {
      let read = try Self.lists(file, &reader, truth)
      let (row, ndcg) = measured(file, read, truth)
      rows.append(row)
      perUser.append(ndcg)
    }
    let tests = perUser.dropFirst().map { PairedTest($0, perUser[0], seed: seed) }
    let raised = PairedTest.holm(tests.map(\.pValue))
    for (place, test) in tests.enumerated() {
      var test = test
      test.pValue = raised[place]
      rows[place + 1].againstFirst = test
    }
    return rows
  }

  /// What lists are held to.
  private struct Truth {
    let quality: TopKQuality
    let train: Feedback
    let trainUsers: Int
    let trainItems: Int
  }

  private static func lists(
    _ file: String, _ reader: inout FeedbackReader, _ truth: Truth
  ) throws -> [[Int32]] {
    let acts = try reader.read(file, format: .lists)
    var lists = [[Int32]](repeating: [], count: truth.train.userCount)
    for (user, item) in zip(acts.users, acts.items) {
      guard Int(user) < lists.count else {
        throw PipelineError(.usage, "\(file): nobody knows user \(reader.users[Int(user)])")
      }
      guard Int(item) < truth.trainItems else {
        throw PipelineError(
          .usage, "\(file): item \(reader.items[Int(item)]) is not in the train file")
      }
      lists[Int(user)].append(item)
    }
    for (user, list) in lists.enumerated() where !list.isEmpty {
      let distinct = Set(list)
      guard distinct.count == list.count else {
        throw PipelineError(.usage, "\(file): user \(reader.users[user]) has an item twice")
      }
      guard distinct.isDisjoint(with: truth.train.histories[user]) else {
        throw PipelineError(
          .usage, "\(file): user \(reader.users[user]) has an item of the train file")
      }
    }
    return lists
  }

  private func measured(
    _ file: String, _ lists: [[Int32]], _ truth: Truth
  ) -> (row: Row, ndcg: [Double]) {
    let users = truth.quality.users
    var named: [String: Double] = [:]
    var ndcg: [Double] = []
    let popularity = Array(truth.train.popularity.prefix(truth.trainItems))
    for k in cutoffs {
      let each = users.map { truth.quality.metrics(lists[$0], of: $0, k: k) }
      var sum = RankingMetrics()
      for metrics in each { sum += metrics }
      let mean = sum.divided(by: users.count)
      named["Precision@\(k)"] = mean.precision
      named["Recall@\(k)"] = mean.recall
      named["NDCG@\(k)"] = mean.ndcg
      named["MAP@\(k)"] = mean.averagePrecision
      named["MRR@\(k)"] = mean.reciprocalRank
      named["HR@\(k)"] = mean.hitRate
      let both = mean.precision + mean.recall
      named["F1@\(k)"] = both > 0 ? 2 * mean.precision * mean.recall / both : 0
      let exposure = ExposureMetrics(
        lists: users.map { lists[$0][...] }, histories: users.map { truth.train.histories[$0] },
        popularity: popularity, userCount: truth.trainUsers, k: k)
      named["coverage@\(k)"] = exposure.coverage
      named["Gini@\(k)"] = exposure.gini
      named["entropy@\(k)"] = exposure.entropy
      named["novelty@\(k)"] = exposure.novelty
      named["popularity lift@\(k)"] = exposure.popularityLift
      ndcg = each.map(\.ndcg)
    }
    let row = Row(file: file, metrics: named, ndcg: BootstrapInterval(ndcg, seed: seed))
    return (row, ndcg)
  }

  /// The rows as a plain table, a column a file.
  public static func text(_ rows: [Row]) -> String {
    guard let first = rows.first else { return "" }
    var table = [[""] + rows.map { URL(fileURLWithPath: $0.file).lastPathComponent }]
    let names = first.metrics.keys.sorted { left, right in
      let (one, other) = (left.split(separator: "@"), right.split(separator: "@"))
      return (one[0], Int(one[1]) ?? 0) < (other[0], Int(other[1]) ?? 0)
    }
    for name in names {
      table.append([name] + rows.map { String(format: "%.4f", $0.metrics[name] ?? 0) })
    }
    table.append(
      ["NDCG, 95 %"] + rows.map { String(format: "%.4f to %.4f", $0.ndcg.low, $0.ndcg.high) })
    table.append(
      ["against the first"]
        + rows.map { row in
          row.againstFirst.map { String(format: "%+.4f, p %.4f", $0.difference, $0.pValue) } ?? ""
        })
    let widths = table[0].indices.map { column in table.map { $0[column].count }.max() ?? 0 }
    return table.map { row in
      row.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        return column == 0 ? row[column] + padding : padding + row[column]
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
