import Foundation

/// How a search with or without a filter is done, so that its list is full and right at every selectivity.
///
/// - Few rows are allowed: these are all scored exactly; the rest is never looked at.
/// - Otherwise the approximate index is searched, wider the deeper it must look: what counts is the share of the
///   allowed rows that is wanted (the best 100 of a million lie closer together than the best 100 of a thousand).
public struct SearchPlan: Sendable, Equatable {
  /// What is done.
  public enum Way: Sendable, Equatable {
    /// All allowed rows are scored.
    case exact
    /// The index is searched, so many times as wide as at ``referenceDepth``.
    case index(width: Double)
  }

  /// What is done.
  public var way: Way

  /// Depth for which indices state their width: the best hundred of a million.
  public static let referenceDepth = 1e-4
  /// Width grows with this power of the depth; measured with `Deploy/bench retrieval`.
  static let growth = 0.4
  /// A search this much narrower at least, however little is wanted.
  static let leastWidth = 0.5

  /// Makes a plan.
  ///
  /// - Parameters:
  ///   - wanted: results, at most the allowed rows.
  ///   - allowed: rows that may be found, of `count`.
  ///   - visited: rows that the index looks at in a search of width 1.
  ///   - rowCost: price of one exact score of a row somewhere in memory, in scores of the index.
  public init(wanted: Int, allowed: Int, count: Int, visited: Double, rowCost: Double) {
    let width = Self.width(wanted: wanted, allowed: allowed)
    let isCheap = Double(allowed) * rowCost <= min(Double(count), visited * width)
    way = isCheap && allowed < count ? .exact : .index(width: width)
  }

  /// How many times as wide as at ``referenceDepth`` an index must be searched for so many of the allowed rows.
  public static func width(wanted: Int, allowed: Int) -> Double {
    let depth = Double(max(1, wanted)) / Double(max(1, allowed))
    return max(leastWidth, pow(depth / referenceDepth, growth))
  }
}
