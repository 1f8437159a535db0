import Foundation
import RecommendationCore
import RecommendationProtos

/// The columns of the ranker's input that the gateway itself knows: what retrieval knew, and the moment.
enum RankingColumns {
  /// Candidates x retrieval features.
  static func retrieval(
    _ features: [RetrievalFeature?], of candidates: [SlateCandidate], provenance: Provenance
  ) -> Recsys_Common_V1_Matrix {
    let layout = Layout(features, sources: provenance.sources)
    let width = features.count
    return matrix(repeating: layout.blank, rows: candidates.count) { values in
      provenance.hits.withUnsafeBufferPointer { hits in
        layout.cells.withUnsafeBufferPointer { cells in
          for (row, candidate) in candidates.enumerated() {
            let first = Int(candidate.firstHit)
            for hit in hits[first..<first + Int(candidate.hitCount)] {
              for cell in cells[layout.range(of: hit.source)] {
                let place = row * width + Int(cell.column)
                values[place] = cell.isRank ? 1 / Float(hit.rank) : hit.score
              }
            }
            for column in layout.countColumns {
              values[row * width + column] = Float(candidate.hitCount)
            }
          }
        }
      }
    }
  }

  /// 1 x context features.
  static func context(_ features: [ContextFeature?], now: Int64) -> Recsys_Common_V1_Matrix {
    matrix(
      repeating: features.map { $0?.value(atMilliseconds: now) ?? .nan }, rows: 1)
  }

  /// Which columns a hit fills, by the number of its source.
  private struct Layout {
    struct Cell {
      var column: Int32
      /// Takes the reciprocal rank; else the score.
      var isRank: Bool
    }

    /// The row of a candidate that nobody found.
    var blank: [Float] = []
    var countColumns: [Int] = []
    /// By source; those of source s are `starts[s]..<starts[s + 1]`.
    var cells: [Cell] = []
    private var starts: [Int] = [0]

    init(_ features: [RetrievalFeature?], sources: [String]) {
      for (column, feature) in features.enumerated() {
        switch feature {
        case .score, nil: blank.append(.nan)
        case .reciprocalRank: blank.append(0)
        case .sourceCount:
          blank.append(0)
          countColumns.append(column)
        }
      }
      for source in sources {
        for (column, feature) in features.enumerated() {
          let column = Int32(truncatingIfNeeded: column)
          switch feature {
          case .score(source): cells.append(Cell(column: column, isRank: false))
          case .reciprocalRank(source): cells.append(Cell(column: column, isRank: true))
          default: break
          }
        }
        starts.append(cells.count)
      }
    }

    func range(of source: UInt16) -> Range<Int> { starts[Int(source)]..<starts[Int(source) + 1] }
  }

  /// A message of so many equal rows, which are then changed in place.
  private static func matrix(
    repeating row: [Float], rows: Int,
    _ change: (UnsafeMutableBufferPointer<Float>) -> Void = { _ in }
  ) -> Recsys_Common_V1_Matrix {
    var message = Recsys_Common_V1_Matrix()
    guard rows > 0, !row.isEmpty else { return message }
    message.rows = UInt32(clamping: rows)
    message.columns = UInt32(clamping: row.count)
    let bytes = rows * row.count * MemoryLayout<Float>.stride
    let storage = UnsafeMutableRawPointer.allocate(
      byteCount: bytes, alignment: MemoryLayout<Float>.alignment)
    let values = UnsafeMutableBufferPointer(
      start: storage.bindMemory(to: Float.self, capacity: rows * row.count),
      count: rows * row.count)
    for place in 0..<rows {
      _ = UnsafeMutableBufferPointer(
        rebasing: values[place * row.count..<(place + 1) * row.count]
      ).initialize(from: row)
    }
    change(values)
    message.values = Data(
      bytesNoCopy: storage, count: bytes, deallocator: .custom { start, _ in start.deallocate() })
    return message
  }
}
