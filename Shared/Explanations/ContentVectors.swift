public import Catalogue
import LinearAlgebra
import RecommendationCore
public import Text

/// The vectors of a catalogue's items in a text space, for one state of the catalogue. It never changes; the
/// next state shares with it all blocks of rows in which nothing has changed.
public struct ContentVectors: Sendable {
  /// Rows of a block.
  private static let blockRows = 256

  private let space: TextSpace
  /// The state of the catalogue.
  public private(set) var catalogue: CatalogueSnapshot
  /// By row of the catalogue; zeros where nothing known describes the item.
  private var blocks: [[Float]] = []

  /// The vectors of a whole catalogue; long work for a large one.
  ///
  /// O(items · terms · dimensions).
  public init(_ space: TextSpace, catalogue: CatalogueSnapshot) {
    self.space = space
    self.catalogue = catalogue
    addBlocks()
    catalogue.forEach { row, item in set(row, space.vector(of: item)) }
  }

  /// The same for a later state of the catalogue. Items that only moved to other rows keep their vectors.
  ///
  /// O(changed items · terms · dimensions + rows / 256).
  public func following(_ next: CatalogueSnapshot) -> ContentVectors {
    var result = self
    result.catalogue = next
    result.addBlocks()
    for row in next.rowsChanged(since: catalogue) {
      guard let item = next.item(atRow: row) else {
        result.set(row, [Float](repeating: 0, count: space.dimensions))
        continue
      }
      if let before = catalogue.row(of: item.id), catalogue.item(atRow: before) == item {
        result.set(row, withVector(ofRow: before) { Array($0) })
      } else {
        result.set(row, space.vector(of: item))
      }
    }
    return result
  }

  /// Length of a vector.
  var dimensions: Int { space.dimensions }

  /// Lends an item's vector, of length 1, or zeros where nothing known describes it; nil for an unknown item.
  func withVector<Result>(
    of item: ItemID, _ body: (UnsafeBufferPointer<Float>) -> Result
  ) -> Result? {
    catalogue.row(of: item).map { withVector(ofRow: $0, body) }
  }

  private func withVector<Result>(
    ofRow row: Int, _ body: (UnsafeBufferPointer<Float>) -> Result
  ) -> Result {
    let start = row % Self.blockRows * dimensions
    return blocks[row / Self.blockRows].withUnsafeBufferPointer {
      body(UnsafeBufferPointer(rebasing: $0[start..<start + dimensions]))
    }
  }

  /// As many as the catalogue's rows need.
  private mutating func addBlocks() {
    while blocks.count * Self.blockRows < catalogue.rowCount {
      blocks.append([Float](repeating: 0, count: Self.blockRows * dimensions))
    }
  }

  private mutating func set(_ row: Int, _ vector: [Float]) {
    let start = row % Self.blockRows * dimensions
    for (place, value) in vector.enumerated() {
      blocks[row / Self.blockRows][start + place] = value
    }
  }
}
