import Foundation
import RecommendationCore

/// Items in a file: what a `catalogue` bundle holds. Eight bytes of mark, then each item's length and bytes.
public enum CatalogueFile {
  /// The file's name in a bundle.
  public static let name = "items.bin"
  /// The bundle kind.
  public static let bundleKind = "catalogue"
  private static let mark: UInt64 = 0x3154_4143_5345_4352

  /// Writes items into a new file.
  ///
  /// - Throws: ``CatalogueError`` when the file cannot be written.
  public static func write(_ items: [Item], to url: URL) throws {
    var writer = ByteWriter(capacity: items.count * 256)
    writer.write(mark)
    for item in items {
      let bytes = ItemCodec.encode(item)
      writer.write(UInt32(truncatingIfNeeded: bytes.count))
      writer.write(bytes: bytes)
    }
    do {
      try Data(writer.bytes).write(to: url)
    } catch {
      throw CatalogueError(.inputOutput, "cannot write \(url.path)", cause: error)
    }
  }

  /// Reads the items of a file.
  ///
  /// - Throws: ``CatalogueError`` when the file cannot be read or is not such a file.
  public static func read(from url: URL) throws -> [Item] {
    let data: Data
    do {
      data = try Data(contentsOf: url, options: .mappedIfSafe)
    } catch {
      throw CatalogueError(.inputOutput, "cannot read \(url.path)", cause: error)
    }
    return try data.withUnsafeBytes { bytes in
      var reader = ByteReader(bytes)
      guard reader.read(UInt64.self) == mark else {
        throw CatalogueError(.malformed, "\(url.path) is not a catalogue file")
      }
      var items: [Item] = []
      while reader.remaining > 0 {
        guard let length = reader.read(UInt32.self), let item = reader.readBytes(Int(length)) else {
          throw CatalogueError(.malformed, "\(url.path) ends within an item")
        }
        items.append(try ItemCodec.decode(item))
      }
      return items
    }
  }
}
