import Foundation

/// What the command line asks for.
struct Options {
  static let usage = """
    Deploy/bench retrieval [options]
      --items LIST       numbers of vectors (60000,1000000)
      --dims LIST        lengths of vectors (64,128)
      --indices LIST     of exact, live, ivf4, faiss-ivf, faiss-ivfpq, faiss-hnsw (all; above 100,000 vectors exact, ivf4, live)
      --filters LIST     of none, shares such as 1%, and shares by taste such as 10%t (none,1%,10%,50%,10%t)
      --similarity LIST  of product, cosine (product everywhere, cosine for ivf4)
      --k N              results of a query (100)
      --queries N        queries (200; 30 for exact)
      --probe-share X    lists that ivf4 visits (its default)
      --threads N        threads while building (2)
      --json FILE        writes the rows
    """

  var items = [60_000, 1_000_000]
  var dimensions = [64, 128]
  var indices: [String]?
  var filters = ["none", "1%", "10%", "50%", "10%t"]
  var similarities: [String]?
  var k = 100
  var queries = 200
  var probeShare: Double?
  var threads = 2
  var json: String?

  struct Refused: Error {
    var reason: String
  }

  static let indexNames = ["exact", "live", "ivf4", "faiss-ivf", "faiss-ivfpq", "faiss-hnsw"]

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let name = rest.popFirst() {
      guard let value = rest.popFirst() else { throw Refused(reason: "\(name) needs a value") }
      let list = value.split(separator: ",").map(String.init)
      switch name {
      case "--items": items = try list.map { try Self.number($0, 100...100_000_000) }
      case "--dims": dimensions = try list.map { try Self.number($0, 1...4096) }
      case "--indices":
        for name in list where !Self.indexNames.contains(name) {
          throw Refused(reason: "no index is called \(name)")
        }
        indices = list
      case "--filters":
        for name in list { _ = try Self.share(name) }
        filters = list
      case "--similarity":
        for name in list where !["product", "cosine"].contains(name) {
          throw Refused(reason: "no similarity is called \(name)")
        }
        similarities = list
      case "--k": k = try Self.number(value, 1...10_000)
      case "--queries": queries = try Self.number(value, 10...100_000)
      case "--probe-share":
        guard let share = Double(value), share > 0, share <= 1 else {
          throw Refused(reason: "\(value) is not a share")
        }
        probeShare = share
      case "--threads": threads = try Self.number(value, 1...256)
      case "--json": json = value
      default: throw Refused(reason: "no option is called \(name)")
      }
    }
  }

  func indices(items: Int) -> [String] {
    indices ?? (items > 100_000 ? ["exact", "ivf4", "live"] : Self.indexNames)
  }

  /// The share of the rows that a filter allows, nil for none, and whether it goes by taste.
  static func share(_ name: String) throws -> (share: Double, byTaste: Bool)? {
    if name == "none" { return nil }
    let byTaste = name.hasSuffix("t")
    guard let percent = Double(name.dropLast(byTaste ? 2 : 1)),
      name.dropLast(byTaste ? 1 : 0).hasSuffix("%"),
      percent > 0, percent <= 100
    else { throw Refused(reason: "no filter is called \(name)") }
    return (percent / 100, byTaste)
  }

  private static func number(_ text: String, _ range: ClosedRange<Int>) throws -> Int {
    guard let value = Int(text), range.contains(value) else {
      throw Refused(reason: "\(text) is not a number in \(range)")
    }
    return value
  }
}
