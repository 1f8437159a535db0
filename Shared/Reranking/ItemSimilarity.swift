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

  /// How alike a candidate is to the most alike of some; 0 for none.
  func greatestSimilarity(of index: Int, to others: ArraySlice<Int>) -> Float
}

extension ItemSimilarity {
  /// Compares with each of them.
  public func greatestSimilarity(of index: Int, to others: ArraySlice<Int>) -> Float {
    var greatest: Float = 0
    for other in others { greatest = max(greatest, similarity(other, index)) }
    return greatest
  }
}

/// Jaccard similarity of sets, e.g. of categories: shared / all. Empty sets have nothing in common.
///
/// Over sets that are not empty it is a positive definite kernel (Gower 1971), as a determinantal process needs.
public struct SetSimilarity: ItemSimilarity {
  /// Number of candidates.
  public let count: Int
  private let wordsPerItem: Int
  private let words: [UInt64]
  /// Number of members of each set.
  private let sizes: [Int32]
  /// With at most so many groups, members are bits as they are; else only those that occur get one.
  private static let plainMembers = 256

  /// Sets as small indices, e.g. those of interned categories.
  public init(_ sets: [[UInt32]]) {
    var builder = ItemGroups.Builder(capacity: sets.count)
    for set in sets {
      for member in Set(set).sorted() { builder.add(member) }
      builder.endItem()
    }
    self.init(builder.groups())
  }

  /// Sets as groups.
  public init(_ groups: ItemGroups) {
    let bits = groups.groupCount <= Self.plainMembers ? nil : Self.bits(of: groups)
    let bitCount = bits?.count ?? groups.groupCount
    wordsPerItem = max(1, (bitCount + 63) / 64)
    count = groups.count
    var words = [UInt64](repeating: 0, count: count * wordsPerItem)
    var sizes = [Int32](repeating: 0, count: count)
    for index in 0..<count {
      let (start, end) = (Int(groups.starts[index]), Int(groups.starts[index + 1]))
      for place in start..<end {
        let member = Int(groups.members[place])
        let bit = bits.map { Int($0.numbers[member]) } ?? member
        words[index * wordsPerItem + bit >> 6] |= 1 << UInt64(bit & 63)
      }
      sizes[index] = Int32(truncatingIfNeeded: end - start)
    }
    self.words = words
    self.sizes = sizes
  }

  /// Sets of at most 64 groups, each item's as the bits of a word: what a catalogue has at hand needs no work at all.
  public init(words: [UInt64]) {
    self.words = words
    count = words.count
    wordsPerItem = 1
    sizes = words.map { Int32($0.nonzeroBitCount) }
  }

  /// Only members that occur get a bit, so that the sets stay small in a catalogue of many categories.
  private static func bits(of groups: ItemGroups) -> (numbers: [Int32], count: Int) {
    var numbers = [Int32](repeating: -1, count: groups.groupCount)
    var count = 0
    for member in groups.members where numbers[Int(member)] < 0 {
      numbers[Int(member)] = Int32(truncatingIfNeeded: count)
      count += 1
    }
    return (numbers, count)
  }

  /// Similarity to all candidates. O(count * distinct members / 64).
  public func similarities(of index: Int, into similarities: inout [Float]) {
    guard wordsPerItem == 1 else {
      for other in 0..<count { similarities[other] = similarity(index, other) }
      return
    }
    // The usual case, some tens of categories: one word an item.
    let (own, size) = (words[index], sizes[index])
    words.withUnsafeBufferPointer { words in
      sizes.withUnsafeBufferPointer { sizes in
        similarities.withUnsafeMutableBufferPointer { similarities in
          for other in 0..<words.count {
            let both = own & words[other]
            if both == 0 {
              similarities[other] = 0
            } else {
              let shared = Int32(both.nonzeroBitCount)
              similarities[other] = Float(shared) / Float(size + sizes[other] - shared)
            }
          }
        }
      }
    }
  }

  /// Similarity to the most alike of some candidates. The loop that a slate is made in: it looks at the storage once.
  public func greatestSimilarity(of index: Int, to others: ArraySlice<Int>) -> Float {
    guard wordsPerItem == 1 else {
      var greatest: Float = 0
      for other in others { greatest = max(greatest, similarity(other, index)) }
      return greatest
    }
    return words.withUnsafeBufferPointer { words in
      sizes.withUnsafeBufferPointer { sizes in
        let (own, size) = (words[index], sizes[index])
        var greatest: Float = 0
        for other in others {
          let both = own & words[other]
          if both == 0 { continue }
          let shared = Int32(both.nonzeroBitCount)
          greatest = max(greatest, Float(shared) / Float(size + sizes[other] - shared))
        }
        return greatest
      }
    }
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
