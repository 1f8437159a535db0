import Foundation
import RPC
import Rankers
import RecommendationCore
import RecommendationProtos
import ServiceContracts

/// The rows of a request, checked and laid out as its model reads them: user | item | retrieval |
/// context, with the user's and the moment's columns repeated in every row.
struct ScoringRows: Sendable {
  let items: [ItemID]
  let features: FeatureMatrix

  init(items: [ItemID], features: FeatureMatrix) {
    self.items = items
    self.features = features
  }

  /// The rows in chunks of at most `size`, in their order.
  func chunks(of size: Int) -> [ScoringRows] {
    stride(from: 0, to: items.count, by: size).compactMap { start in
      let rows = start..<min(items.count, start + size)
      let values = features.values[
        rows.lowerBound * features.columns..<rows.upperBound * features.columns]
      return FeatureMatrix(rows: rows.count, columns: features.columns, values: Array(values))
        .map { ScoringRows(items: Array(items[rows]), features: $0) }
    }
  }

  /// - Parameter limit: most items.
  init(
    _ input: Recsys_Ranking_V1_ScoringInput, _ specification: RankerSpecification, version: String,
    limit: Int
  ) throws {
    guard input.fingerprint == specification.fingerprint else {
      throw RankingErrors.fingerprintMismatch(
        given: input.fingerprint, wanted: specification.fingerprint, version: version)
    }
    let count = input.itemKeys.count
    let blocks = [
      Block(
        "user_features", input.userFeatures, rows: 1, specification.userFeatures.features.count),
      Block(
        "item_features", input.itemFeatures, rows: count,
        specification.itemFeatures.features.count),
      Block(
        "retrieval_features", input.retrievalFeatures, rows: count,
        specification.retrievalFeatures.count),
      Block(
        "context_features", input.contextFeatures, rows: 1, specification.contextFeatures.count),
    ]
    var checks = FieldChecks()
    checks.within("input") { checks in
      if checks.count(count, "item_keys", atLeast: 1, atMost: limit) {
        checks.keys(input.itemKeys, "item_keys", limit: limit)
      }
      for block in blocks { checks.within(block.field) { block.check(&$0) } }
    }
    try checks.finish()
    let values = Self.layOut(blocks, rows: count, columns: specification.columnCount)
    try Self.refuseInfinity(in: values, blocks, columns: specification.columnCount)
    guard
      let features = FeatureMatrix(
        rows: count, columns: specification.columnCount, values: values)
    else { throw RPCError(.internalError, "The rows could not be laid out.") }
    items = input.itemKeys.map { ItemID(rawValue: $0) }
    self.features = features
  }

  /// One of the matrices of a request.
  private struct Block {
    let field: String
    let matrix: Recsys_Common_V1_Matrix
    let rows: Int
    let columns: Int

    init(_ field: String, _ matrix: Recsys_Common_V1_Matrix, rows: Int, _ columns: Int) {
      self.field = field
      self.matrix = matrix
      self.rows = rows
      self.columns = columns
    }

    func check(_ checks: inout FieldChecks) {
      // A matrix without columns may be left out.
      if columns == 0, matrix.values.isEmpty { return }
      checks.require(matrix.rows == rows, "rows", "must be \(rows), is \(matrix.rows)")
      checks.require(
        matrix.columns == columns, "columns", "must be \(columns), is \(matrix.columns)")
      checks.require(
        matrix.values.count == rows * columns * 4, "values",
        "must have rows x columns x 4 bytes, has \(matrix.values.count)")
    }
  }

  private static func layOut(_ blocks: [Block], rows: Int, columns: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: rows * columns) { buffer, initialised in
      let target = UnsafeMutableRawBufferPointer(buffer)
      var offset = 0
      for block in blocks {
        block.matrix.values.withUnsafeBytes { source in
          let width = block.columns * 4
          guard width > 0 else { return }
          for row in 0..<rows {
            let start = block.rows == rows ? row * width : 0
            let place = row * columns * 4 + offset
            target[place..<place + width].copyBytes(from: source[start..<start + width])
          }
        }
        offset += block.columns * 4
      }
      initialised = rows * columns
    }
  }

  /// NaN is a missing value; an infinite one is a mistake that trees would take for a large value.
  private static func refuseInfinity(
    in values: [Float], _ blocks: [Block], columns: Int
  ) throws {
    guard isAnyInfinite(values), let index = values.firstIndex(where: \.isInfinite) else { return }
    var column = index % columns
    for block in blocks {
      if column < block.columns {
        throw RPCError.invalidArgument(
          field: "input.\(block.field).values",
          "row \(index / columns), column \(column) is infinite")
      }
      column -= block.columns
    }
  }

  /// Without leaving early, and on integers: so the compiler takes several at a time. The usual answer is no.
  private static func isAnyInfinite(_ values: [Float]) -> Bool {
    values.withUnsafeBufferPointer { values in
      let infinity = Float.infinity.bitPattern
      var found: UInt32 = 0
      for index in 0..<values.count {
        found |= values[index].bitPattern & 0x7fff_ffff == infinity ? 1 : 0
      }
      return found != 0
    }
  }
}
