import LinearAlgebra
import RecommendationCore

/// What a past item contributed to a score.
public struct ALSContribution: Sendable, Equatable {
  /// The past item.
  public var item: ItemID
  /// Its part of the score; the parts of all past items add up to the score.
  public var value: Float

  /// A contribution.
  public init(item: ItemID, value: Float) {
    self.item = item
    self.value = value
  }
}

/// An item's score, taken apart by past items.
public struct ALSExplanation: Sendable, Equatable {
  /// The item that was scored.
  public var item: ItemID
  /// Its score, the sum of the contributions.
  public var score: Float
  /// Parts of the past items, largest first; ties by item.
  public var contributions: [ALSContribution]

  /// An explanation.
  public init(item: ItemID, score: Float, contributions: [ALSContribution]) {
    self.item = item
    self.score = score
    self.contributions = contributions
  }
}

/// An item's score with the past items that give most to it.
public struct ALSStrongestParts: Sendable {
  /// The item that was scored.
  public var item: ItemID
  /// Its score: the sum over all past items.
  public var score: Double
  /// The sum of all parts above 0.
  public var positiveTotal: Double
  /// Places in the history and their parts above 0, largest first; ties by item.
  public var parts: [(entry: Int, value: Float)]
}

extension ALSModel {
  /// A user's vector from what the user liked: entries with a positive weight count, dislikes do not, and
  /// older ones count less (``ALSConfiguration/historyHalfLife``).
  ///
  /// O(entries · factors² + factors³).
  ///
  /// - Throws: ``ModelError/Code/numericFailure`` when the system cannot be solved.
  public func foldIn(_ history: History) throws -> UserFactor {
    try foldIn(history, rows: items.rows(of: history.items))
  }

  /// The same for a history whose items have been looked up.
  ///
  /// - Parameter rows: those of the history's items, see ``ItemRows/rows(of:)``.
  public func foldIn(_ history: History, rows: [Int32]) throws -> UserFactor {
    let entries = entries(history, rows)
    var user = UserFactor(
      values: [Float](repeating: 0, count: factors), known: entries.known,
      missing: entries.missing)
    guard !entries.known.isEmpty else { return user }
    let system = try prepared(entries)
    system.solve()
    user.values = Array(UnsafeBufferPointer(start: system.solution, count: factors))
    return user
  }

  /// How much each past item contributed to the scores of items.
  ///
  /// score(i) = y_i · A⁻¹ Σ w_j y_j = Σ w_j (A⁻¹ y_i) · y_j (Hu, Koren, Volinsky 2008, section 5), from
  /// the system that ``foldIn(_:)`` solves. Items that the model does not know are left out.
  ///
  /// O(entries · factors² + factors³ + items · (factors² + entries · factors)).
  ///
  /// - Throws: ``ModelError/Code/numericFailure`` when the system cannot be solved.
  public func contributions(_ history: History, items wanted: [ItemID]) throws -> [ALSExplanation] {
    let (entries, known, products) = try products(history, wanted)
    return known.enumerated().map { index, item in
      let start = index * entries.rows.count
      return explanation(
        item, products[start..<(start + entries.rows.count)], entries, history)
    }
  }

  /// The same with the largest parts alone: what a reason needs, without sorting the rest.
  ///
  /// - Parameters:
  ///   - most: how many parts an item.
  ///   - isWanted: whether a history's entry, by its place, may be among the parts of an item; it counts in the
  ///     sums all the same. Asked for few.
  public func strongestParts(
    _ history: History, items wanted: [ItemID], most: Int,
    where isWanted: (_ entry: Int, _ item: ItemID) -> Bool
  ) throws -> [ALSStrongestParts] {
    let (entries, known, products) = try products(history, wanted)
    return known.enumerated().map { index, item in
      var found = ALSStrongestParts(item: item, score: 0, positiveTotal: 0, parts: [])
      let start = index * entries.rows.count
      for (place, weight) in entries.weights.enumerated() {
        let value = weight * products[start + place]
        found.score += Double(value)
        guard value > 0 else { continue }
        found.positiveTotal += Double(value)
        if found.parts.count >= most, value < found.parts.last?.value ?? 0 { continue }
        let entry = entries.known[place]
        guard isWanted(entry, item) else { continue }
        found.insert(entry, value, most: most, history)
      }
      return found
    }
  }

  /// For each known item and each past item that counts: A⁻¹ y_i · y_j, row by row.
  private func products(
    _ history: History, _ wanted: [ItemID]
  ) throws -> (entries: Entries, known: [ItemID], values: [Float]) {
    let entries = entries(history, items.rows(of: history.items))
    let known = wanted.filter { items.row(of: $0) != nil }
    guard !entries.known.isEmpty else { return (entries, known, []) }
    let system = try prepared(entries)
    let vectors = gathered(entries.rows)
    var turned = gathered(known.map { Int32(truncatingIfNeeded: items.row(of: $0) ?? 0) })
    Kernels.solve(
      system.matrix, size: factors, rightHandSides: &turned, count: known.count)
    var products = [Float](repeating: 0, count: known.count * entries.rows.count)
    Kernels.multiplyByTransposed(
      turned, leftRows: known.count, vectors, rightRows: entries.rows.count, columns: factors,
      into: &products)
    return (entries, known, products)
  }

  /// Rows of the item factors, one after the other.
  private func gathered(_ rows: [Int32]) -> [Float] {
    itemFactors.withUnsafeValues { values in
      [Float](unsafeUninitializedCapacity: rows.count * factors) { buffer, initialized in
        guard let target = buffer.baseAddress, let source = values.baseAddress else { return }
        for (index, row) in rows.enumerated() {
          (target + index * factors).initialize(from: source + Int(row) * factors, count: factors)
        }
        initialized = rows.count * factors
      }
    }
  }

  /// - Parameter products: A⁻¹ y_i · y_j for each past item j.
  private func explanation(
    _ item: ItemID, _ products: ArraySlice<Float>, _ entries: Entries, _ history: History
  ) -> ALSExplanation {
    var contributions: [ALSContribution] = []
    contributions.reserveCapacity(products.count)
    var score = 0.0
    for (index, product) in products.enumerated() {
      let part = entries.weights[index] * product
      score += Double(part)
      contributions.append(
        ALSContribution(item: history.items[entries.known[index]], value: part))
    }
    contributions.sort { left, right in
      left.value == right.value ? left.item < right.item : left.value > right.value
    }
    return ALSExplanation(item: item, score: Float(score), contributions: contributions)
  }

  /// The entries of a history that count, and what is unknown.
  private struct Entries {
    var known: [Int] = []
    var rows: [Int32] = []
    var weights: [Float] = []
    var missing: [ItemID] = []
  }

  private func entries(_ history: History, _ rows: [Int32]) -> Entries {
    var entries = Entries()
    for index in 0..<history.count {
      guard rows[index] >= 0 else {
        entries.missing.append(history.items[index])
        continue
      }
      guard history.weights[index] > 0, history.weights[index].isFinite else { continue }
      // The history is newest first: what has been taken up is newer.
      let weight = history.weights[index] * configuration.fading(newerEntries: entries.known.count)
      guard weight > 0 else { continue }
      entries.known.append(index)
      entries.rows.append(rows[index])
      entries.weights.append(weight)
    }
    return entries
  }

  private func prepared(_ entries: Entries) throws -> ALSSystem {
    let system = ALSSystem(factors: factors, entries: entries.rows.count)
    let isSolvable = base.withUnsafeValues { base in
      itemFactors.withUnsafeValues { vectors in
        entries.rows.withUnsafeBufferPointer { rows in
          entries.weights.withUnsafeBufferPointer { weights in
            guard let base = base.baseAddress, let vectors = vectors.baseAddress else {
              return false
            }
            return system.prepare(
              base: base, vectors: vectors, rows: rows, weights: weights,
              oppositeCount: items.count, configuration: configuration)
          }
        }
      }
    }
    guard isSolvable else {
      throw ModelError(.numericFailure, "the history's system cannot be solved")
    }
    return system
  }
}

extension ALSStrongestParts {
  /// Puts a part in its place, and lets the least go where there are too many.
  fileprivate mutating func insert(_ entry: Int, _ value: Float, most: Int, _ history: History) {
    var place = parts.count
    while place > 0 {
      let above = parts[place - 1]
      let isAbove =
        above.value == value
        ? history.items[above.entry] < history.items[entry] : above.value > value
      if isAbove { break }
      place -= 1
    }
    guard place < most else { return }
    parts.insert((entry, value), at: place)
    if parts.count > most { parts.removeLast() }
  }
}
