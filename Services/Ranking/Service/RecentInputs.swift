import Rankers
import RecommendationCore
import Synchronization

/// Some of the inputs that were scored of late, to run a new model on before it serves.
///
/// A new model may read other columns: then those that both know are kept by name, and the others are missing, as
/// they are for a request whose features could not be read.
final class RecentInputs: Sendable {
  private struct Input: Sendable {
    var columns: [String]
    var rows: ScoringRows
  }

  private struct State {
    var inputs: [Input] = []
    var next = 0
  }

  private let capacity: Int
  private let stride: Int
  private let turn = Atomic<Int>(0)
  private let state = Mutex(State())

  /// - Parameters:
  ///   - capacity: how many inputs are kept; about 150 KB each with 500 rows.
  ///   - stride: every so many requests one is kept, so that they are of different users and times.
  init(capacity: Int = 8, stride: Int = 64) {
    self.capacity = max(1, capacity)
    self.stride = max(1, stride)
  }

  /// Keeps an input, if it is its turn.
  func offer(_ rows: ScoringRows, of specification: RankerSpecification) {
    guard turn.wrappingAdd(1, ordering: .relaxed).oldValue % stride == 0 else { return }
    let input = Input(columns: specification.columnNames, rows: rows)
    state.withLock { state in
      if state.inputs.count < capacity {
        state.inputs.append(input)
      } else {
        state.inputs[state.next] = input
        state.next = (state.next + 1) % capacity
      }
    }
  }

  /// The inputs as a model with these columns reads them.
  func inputs(for specification: RankerSpecification) -> [(rows: FeatureMatrix, items: [ItemID])] {
    state.withLock { $0.inputs }.map { input in
      (Self.map(input, to: specification.columnNames), input.rows.items)
    }
  }

  private static func map(_ input: Input, to columns: [String]) -> FeatureMatrix {
    let given = input.rows.features
    guard input.columns != columns else { return given }
    let places = Dictionary(
      zip(input.columns, input.columns.indices), uniquingKeysWith: { first, _ in first })
    let sources = columns.map { places[$0] }
    var matrix = FeatureMatrix(rows: given.rows, columns: columns.count, repeating: .nan)
    for row in 0..<given.rows {
      for (column, source) in sources.enumerated() {
        if let source { matrix[row, column] = given[row, source] }
      }
    }
    return matrix
  }
}
