/// The headers or trailers of a call: ordered pairs; a key may occur more than once.
///
/// Keys are lower case on the wire. A key that ends in `-bin` holds bytes; every other holds
/// printable ASCII.
public struct Metadata: Sendable, Hashable, ExpressibleByDictionaryLiteral {
  /// One pair.
  public struct Entry: Sendable, Hashable {
    /// The key, in lower case.
    public let key: String
    /// The value as bytes.
    public let bytes: [UInt8]

    /// The value as text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
    /// Whether the key says that the value is bytes.
    public var isBinary: Bool { key.hasSuffix("-bin") }
  }

  private var entries: [Entry] = []

  /// Makes metadata without entries.
  public init() {}

  /// Makes metadata of text pairs.
  public init(dictionaryLiteral elements: (String, String)...) {
    for (key, value) in elements { append(key, value) }
  }

  /// The first value of a key as text; setting it replaces every value of the key.
  public subscript(key: String) -> String? {
    get { entries.first { $0.key == key.lowercased() }?.text }
    set {
      remove(key)
      if let newValue { append(key, newValue) }
    }
  }

  /// The first value of a key as bytes; setting it replaces every value of the key.
  public subscript(bytes key: String) -> [UInt8]? {
    get { entries.first { $0.key == key.lowercased() }?.bytes }
    set {
      remove(key)
      if let newValue { append(key, bytes: newValue) }
    }
  }

  /// Every value of a key, as text, in order.
  public func values(_ key: String) -> [String] {
    let wanted = key.lowercased()
    return entries.filter { $0.key == wanted }.map(\.text)
  }

  /// Adds a text pair.
  public mutating func append(_ key: String, _ value: String) {
    append(key, bytes: Array(value.utf8))
  }

  /// Adds a pair of bytes; the key should end in `-bin`.
  public mutating func append(_ key: String, bytes: [UInt8]) {
    entries.append(Entry(key: key.lowercased(), bytes: bytes))
  }

  /// Adds all pairs of another.
  public mutating func append(contentsOf other: Metadata) {
    entries.append(contentsOf: other.entries)
  }

  /// Removes every value of a key.
  public mutating func remove(_ key: String) {
    let unwanted = key.lowercased()
    entries.removeAll { $0.key == unwanted }
  }

  /// The first pair that gRPC would refuse, if any: gRPC ends the process on some of them, so they
  /// are refused here.
  var firstIllegalKey: String? {
    entries.first { !$0.isLegal }?.key
  }
}

extension Metadata: RandomAccessCollection {
  /// The position of the first pair.
  public var startIndex: Int { entries.startIndex }
  /// The position after the last pair.
  public var endIndex: Int { entries.endIndex }
  /// The pair at a position.
  public subscript(position: Int) -> Entry { entries[position] }
}

extension Metadata.Entry {
  /// gRPC's wire rules: keys of `0-9 a-z _ - .`, not its own `grpc-`/`:` names; text values of
  /// printable ASCII.
  fileprivate var isLegal: Bool {
    let legalKey =
      !key.isEmpty && !key.hasPrefix("grpc-")
      && key.utf8.allSatisfy {
        (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 46 || $0 == 95
      }
    return legalKey && (isBinary || bytes.allSatisfy { (32...126).contains($0) })
  }
}
