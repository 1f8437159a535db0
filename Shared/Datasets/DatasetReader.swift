import Foundation
import RecommendationCore

/// Reads a dataset from the files in which it is published.
public enum DatasetReader {
  /// How a folder's files lie.
  public enum Layout: String, Sendable, CaseIterable {
    /// `interactions.tsv` (user, item, position, liked), `movies.dat`, `users.dat`: MovieLens-1M in time
    /// order without times.
    case orderedMovieLens1M = "ml-1m-ordered"
    /// `ratings.dat`, `movies.dat`: the original MovieLens-1M and -10M.
    case movieLensDat = "movielens-dat"
    /// `u.data`, `u.item`, `u.user`: MovieLens-100K.
    case movieLens100K = "ml-100k"
    /// `ratings.csv`, `movies.csv`: MovieLens latest, 20M, 25M.
    case movieLensCSV = "movielens-csv"
  }

  /// Recognises a folder by the names of its files, each plain or with `.gz`.
  public static func layout(of directory: String) -> Layout? {
    func has(_ name: String) -> Bool { DataFile.path(name, in: directory) != nil }
    if has("interactions.tsv"), has("movies.dat") { return .orderedMovieLens1M }
    if has("ratings.dat") { return .movieLensDat }
    if has("u.data") { return .movieLens100K }
    if has("ratings.csv") { return .movieLensCSV }
    return nil
  }

  /// Reads a MovieLens folder of any edition.
  ///
  /// - Throws: ``DatasetError`` when the folder is none, or nothing in it can be read.
  public static func movieLens(
    _ directory: String, progress: ProgressReport? = nil
  ) throws -> (Dataset, ValidationReport) {
    guard let layout = layout(of: directory) else {
      throw DatasetError(
        .format,
        "\(directory) is no MovieLens folder: it has none of interactions.tsv with movies.dat, "
          + "ratings.dat, u.data, ratings.csv (plain or .gz)")
    }
    let name = URL(fileURLWithPath: directory).lastPathComponent
    switch layout {
    case .orderedMovieLens1M:
      return try OrderedMovieLensReader(directory: directory, name: name).read(progress)
    case .movieLensDat:
      return try MovieLensRatingsReader(directory: directory, name: name, form: .dat).read(progress)
    case .movieLens100K:
      return try MovieLens100KReader(directory: directory, name: name).read(progress)
    case .movieLensCSV:
      return try MovieLensRatingsReader(directory: directory, name: name, form: .csv).read(progress)
    }
  }
}

/// Files that may be gzipped.
enum DataFile {
  /// The path of a file, or of its `.gz`, in a folder.
  static func path(_ name: String, in directory: String) -> String? {
    [name, name + ".gz"].map { directory + "/" + $0 }.first {
      FileManager.default.isReadableFile(atPath: $0)
    }
  }

  /// The path of a file that must be there.
  static func required(_ name: String, in directory: String) throws -> String {
    guard let path = path(name, in: directory) else {
      throw DatasetError(.file, "\(directory) has neither \(name) nor \(name).gz")
    }
    return path
  }

  /// The whole of a small file.
  static func contents(_ path: String, limit: Int = 1 << 28) throws -> [UInt8] {
    let source = try ByteSource(path: path)
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try buffer.withUnsafeMutableBytes { try source.read(into: $0) }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
      guard bytes.count <= limit else { throw DatasetError(.format, "\(path) is too large") }
    }
  }
}
