/// How alike the candidates of one request are, from 0 (nothing in common) to 1 (the same).
public protocol ItemSimilarity: Sendable {
  /// Number of candidates.
  var count: Int { get }

  /// How alike one candidate is to each of them, itself included.
  ///
  /// One call a selected item, so that the work of a slate is O(count) a slot.
  ///
  /// - Parameter similarities: `count` values to overwrite.
  func similarities(of index: Int, into similarities: inout [Float])

  /// How alike two candidates are.
  func similarity(_ first: Int, _ second: Int) -> Float
}

/// Jaccard similarity of sets, e.g. of categories: shared / all. Empty sets have nothing in common.
public struct SetSimilarity: ItemSimilarity {
  /// Number of candidates.
  public let count: Int
  private let wordsPerItem: Int
  private let words: [UInt64]
  /// Number of members of each set.
  private let sizes: [Int32]
  /// Members below this are bits as they are; others get the bits that are free, see ``bits(of:)``.
  private static let plainMembers: UInt32 = 256

  // Not one generic initialiser in public: other modules would run it unspecialised.

  /// Sets as small indices, e.g. those of interned categories.
  public init(_ sets: [[UInt32]]) { self.init(sets: sets) }

  /// Sets as small indices, e.g. those of interned categories.
  public init(_ sets: [ArraySlice<UInt32>]) { self.init(sets: sets) }

  private init(sets: [some Collection<UInt32>]) {
    let greatest = sets.reduce(UInt32(0)) { max($0, $1.max() ?? 0) }
    let bits = greatest < Self.plainMembers ? nil : Self.bits(of: sets)
    let wordsPerItem = max(1, ((bits?.count ?? Int(greatest) + 1) + 63) / 64)
    var words = [UInt64](repeating: 0, count: sets.count * wordsPerItem)
    for (index, set) in sets.enumerated() {
      for member in set {
        let bit = bits.map { $0[member] ?? 0 } ?? Int(member)
        words[index * wordsPerItem + bit >> 6] |= 1 << UInt64(bit & 63)
      }
    }
    sizes = sets.indices.map { index in
      let own = words[index * wordsPerItem..<(index + 1) * wordsPerItem]
      return Int32(own.reduce(0) { $0 + $1.nonzeroBitCount })
    }
    self.wordsPerItem = wordsPerItem
    self.words = words
    count = sets.count
  }

  /// The same for slices, as a catalogue gives them: compiled here for that one type, because a generic
  /// initialiser is many times slower when another module calls it.
  public init(slices sets: [ArraySlice<UInt32>]) { self.init(sets) }

  /// Only members that occur get a bit, so that the sets stay small in a catalogue of many categories.
  private static func bits(of sets: [some Collection<UInt32>]) -> [UInt32: Int] {
    var bits: [UInt32: Int] = [:]
    for set in sets {
      for member in set where bits[member] == nil { bits[member] = bits.count }
    }
    return bits
  }

  /// Similarity to all candidates. O(count * distinct members / 64).
  public func similarities(of index: Int, into similarities: inout [Float]) {
    for other in 0..<count { similarities[other] = similarity(index, other) }
  }

  /// Similarity of two candidates.
  public func similarity(_ first: Int, _ second: Int) -> Float {
    let (own, offset) = (first * wordsPerItem, second * wordsPerItem)
    var shared: Int32 = 0
    for word in 0..<wordsPerItem {
      let both = words[own + word] & words[offset + word]
      // Most pairs have nothing in common, and counting bits is dear without the instruction for it.
      if both != 0 { shared += Int32(both.nonzeroBitCount) }
    }
    return shared == 0 ? 0 : Float(shared) / Float(sizes[first] + sizes[second] - shared)
  }
}

/// Cosine of vectors, e.g. of item factors; opposite directions count as 0, a zero vector as 0.
public struct VectorSimilarity: ItemSimilarity {
  /// Number of candidates.
  public let count: Int
  private let dimensions: Int
  private let normalised: [Float]

  /// Vectors of one length, row-major; nil when the values do not make whole rows.
  public init?(values: [Float], dimensions: Int) {
    guard dimensions > 0, values.count.isMultiple(of: dimensions) else { return nil }
    self.dimensions = dimensions
    count = values.count / dimensions
    var normalised = values
    for row in 0..<count {
      let range = row * dimensions..<(row + 1) * dimensions
      let length = values[range].reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
      let scale = length > 0 && length.isFinite ? 1 / length : 0
      for index in range { normalised[index] = scale == 0 ? 0 : values[index] * scale }
    }
    self.normalised = normalised
  }

  /// Similarity to all candidates. O(count * dimensions).
  public func similarities(of index: Int, into similarities: inout [Float]) {
    for other in 0..<count { similarities[other] = similarity(index, other) }
  }

  /// Similarity of two candidates. O(dimensions).
  public func similarity(_ first: Int, _ second: Int) -> Float {
    let (own, offset) = (first * dimensions, second * dimensions)
    var dot: Float = 0
    for dimension in 0..<dimensions {
      dot += normalised[own + dimension] * normalised[offset + dimension]
    }
    return max(0, min(1, dot))
  }
}

/// A weighted mean of similarities over the same candidates.
public struct BlendedSimilarity: ItemSimilarity {
  /// Number of candidates.
  public let count: Int
  private let parts: [(similarity: any ItemSimilarity, weight: Float)]

  /// A blend; nil unless all parts cover the same candidates and the weights are above 0.
  public init?(_ parts: [(similarity: any ItemSimilarity, weight: Float)]) {
    let total = parts.reduce(Float(0)) { $0 + $1.weight }
    guard let first = parts.first, total.isFinite, parts.allSatisfy({ $0.weight > 0 }),
      parts.allSatisfy({ $0.similarity.count == first.similarity.count })
    else { return nil }
    count = first.similarity.count
    self.parts = parts.map { ($0.similarity, $0.weight / total) }
  }

  /// Similarity to all candidates: the parts' costs together.
  public func similarities(of index: Int, into similarities: inout [Float]) {
    var part = [Float](repeating: 0, count: count)
    for other in 0..<count { similarities[other] = 0 }
    for (similarity, weight) in parts {
      similarity.similarities(of: index, into: &part)
      for other in 0..<count { similarities[other] += weight * part[other] }
    }
  }

  /// Similarity of two candidates.
  public func similarity(_ first: Int, _ second: Int) -> Float {
    parts.reduce(0) { $0 + $1.weight * $1.similarity.similarity(first, second) }
  }
}
