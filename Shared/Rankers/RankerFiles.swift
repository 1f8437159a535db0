internal import Foundation

/// The files of a ranker's bundle: `ranker.json` (kind and specification) and those of its kind.
public enum RankerFiles {
  /// The kind of bundle that holds a ranker.
  public static let bundleKind = "ranker"
  /// The file that says what the others are.
  static let headerName = "ranker.json"

  private struct Header: Codable {
    var kind: String
    var specification: RankerSpecification
  }

  /// Makes a ranker of one kind from its files.
  typealias Loader =
    @Sendable (
      _ specification: RankerSpecification, _ threads: Int, _ read: (String) throws -> [UInt8]
    ) throws -> any Ranker

  /// Every kind of ranker that can be loaded: a new kind is a new line.
  static let loaders: [String: Loader] = [
    XGBoostRanker.kind: { specification, threads, read in
      try XGBoostRanker(
        model: read(XGBoostRanker.fileName), specification: specification, threads: threads)
    },
    LightGBMRanker.kind: { specification, _, read in
      try LightGBMRanker(model: read(LightGBMRanker.fileName), specification: specification)
    },
    LinearRanker.kind: { specification, _, read in
      try LinearRanker(model: read(LinearRanker.fileName), specification: specification)
    },
  ]

  /// All files that make up a ranker, by name.
  public static func files(of ranker: any Ranker) throws -> [String: [UInt8]] {
    var files = try ranker.files()
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    let header = Header(kind: ranker.kind, specification: ranker.specification)
    files[headerName] = [UInt8](try encoder.encode(header))
    return files
  }

  /// Writes the files of a ranker into a folder that is there.
  public static func write(_ ranker: any Ranker, to folder: String) throws {
    for (name, bytes) in try files(of: ranker) {
      try Data(bytes).write(to: URL(fileURLWithPath: folder).appendingPathComponent(name))
    }
  }

  /// A ranker from the files in a folder.
  ///
  /// - Parameter threads: how many threads will score at once.
  public static func load(from folder: String, threads: Int) throws -> any Ranker {
    try load(threads: threads) { name in
      do {
        return [UInt8](
          try Data(contentsOf: URL(fileURLWithPath: folder).appendingPathComponent(name)))
      } catch {
        throw RankerError(.malformedModel, "\(name) cannot be read", cause: error)
      }
    }
  }

  /// A ranker from files that a closure reads.
  public static func load(
    threads: Int, read: (_ name: String) throws -> [UInt8]
  ) throws -> any Ranker {
    let header: Header
    let bytes = try read(headerName)
    do {
      header = try JSONDecoder().decode(Header.self, from: Data(bytes))
    } catch {
      throw RankerError(.malformedModel, "\(headerName) is not a ranker's header", cause: error)
    }
    guard let loader = loaders[header.kind] else {
      throw RankerError(.unknownKind, "no ranker of kind \"\(header.kind)\" is known")
    }
    return try loader(header.specification, threads, read)
  }
}
