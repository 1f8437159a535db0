import Foundation
import RecommendationCore
import RecommendationProtos

/// The columns of the ranker's input that the gateway itself knows: what retrieval knew, and the moment.
enum RankingColumns {
  /// Candidates x retrieval features.
  static func retrieval(
    _ features: [RetrievalFeature?], of candidates: [SlateCandidate], provenance: Provenance
  ) -> Recsys_Common_V1_Matrix {
    let columns = columns(features, sources: provenance.sources)
    let blank = columns.map { column in
      switch column {
      case .score, .unknown: Float.nan
      case .reciprocalRank, .sourceCount: Float(0)
      }
    }
    return matrix(rows: candidates.count, columns: columns.count) { values in
      var offset = 0
      for candidate in candidates {
        for (column, value) in blank.enumerated() { values[offset + column] = value }
        for hit in provenance.hits(of: candidate) {
          for (column, kind) in columns.enumerated() {
            switch kind {
            case .score(hit.source): values[offset + column] = hit.score
            case .reciprocalRank(hit.source): values[offset + column] = 1 / Float(hit.rank)
            case .sourceCount: values[offset + column] += 1
            default: break
            }
          }
        }
        offset += columns.count
      }
    }
  }

  /// 1 x context features.
  static func context(_ features: [ContextFeature?], now: Int64) -> Recsys_Common_V1_Matrix {
    matrix(rows: 1, columns: features.count) { values in
      for (column, feature) in features.enumerated() {
        values[column] = feature?.value(atMilliseconds: now) ?? .nan
      }
    }
  }

  /// A feature with its source as a number of the provenance.
  private enum Column {
    case score(UInt16)
    case reciprocalRank(UInt16)
    case sourceCount
    case unknown
  }

  /// A source that did not answer gets a number that no hit has.
  private static func columns(_ features: [RetrievalFeature?], sources: [String]) -> [Column] {
    func number(_ source: String) -> UInt16 {
      sources.firstIndex(of: source).map { UInt16(truncatingIfNeeded: $0) } ?? .max
    }
    return features.map { feature in
      switch feature {
      case .score(let source): .score(number(source))
      case .reciprocalRank(let source): .reciprocalRank(number(source))
      case .sourceCount: .sourceCount
      case nil: .unknown
      }
    }
  }

  /// A message whose values are written in place.
  private static func matrix(
    rows: Int, columns: Int, _ fill: (UnsafeMutableBufferPointer<Float>) -> Void
  ) -> Recsys_Common_V1_Matrix {
    var message = Recsys_Common_V1_Matrix()
    guard rows > 0, columns > 0 else { return message }
    message.rows = UInt32(clamping: rows)
    message.columns = UInt32(clamping: columns)
    var values = Data(count: rows * columns * 4)
    values.withUnsafeMutableBytes { fill($0.bindMemory(to: Float.self)) }
    message.values = values
    return message
  }
}
