import Foundation
import VectorSearch

// Recall and latency of each index over vectors shaped like ALS factors, one query at a time on one thread.

func write(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }

let options: Options
do {
  options = try Options(Array(CommandLine.arguments.dropFirst()))
} catch let refused as Options.Refused {
  FileHandle.standardError.write(Data("\(refused.reason)\n\(Options.usage)\n".utf8))
  exit(64)
}

var table: [Row] = []
write("data: \(FactorWorld.description)")
write("one query at a time on one thread, k = \(options.k); filter 10%t: tenth of the tastes")
write(Row.heading)
for items in options.items {
  for dimensions in options.dimensions {
    for similarity in options.similarities ?? ["product", "cosine"] {
      // The other indices' cosine figures only when asked for.
      let names = options.indices(items: items)
        .filter { similarity == "product" || options.similarities != nil || $0 == "ivf4" }
      guard !names.isEmpty else { continue }
      let world = FactorWorld(
        items: items, dimensions: dimensions, queries: options.queries,
        cosine: similarity == "cosine", seed: 1)
      let filters = try options.filters.map { name in
        try Options.share(name).map {
          world.filter(share: $0.share, byTaste: $0.byTaste, seed: 2)
        }
      }
      let truth = try Truth(world, filters: filters, k: options.k)
      for name in names {
        let index = try BuiltIndex(name, world.vectors, options)
        for (place, filter) in filters.enumerated() {
          let wanted = min(options.k, filter?.allowedCount ?? items)
          let result = try measure(
            { try index.search($0, options.k, filter) }, world.queries,
            count: name == "exact" ? min(30, options.queries) : options.queries, wanted: wanted,
            truth.rows[place])
          let row = Row(
            index: name, items: items, dims: dimensions, similarity: similarity,
            filter: options.filters[place], k: options.k, recall: result.recall,
            full: result.full, p50: result.p50, p99: result.p99, cpu50: result.cpu50,
            buildSeconds: index.buildSeconds, bytes: index.bytes)
          table.append(row)
          write(row.line)
        }
      }
    }
  }
}

if let path = options.json {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
  struct Report: Encodable {
    var data: String
    var rows: [Row]
  }
  try encoder.encode(Report(data: FactorWorld.description, rows: table))
    .write(to: URL(fileURLWithPath: path))
}
