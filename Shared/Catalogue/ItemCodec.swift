import RecommendationCore

/// Items as bytes, for stores and bundle files. The first byte is the format's version.
public enum ItemCodec {
  private static let version: UInt8 = 1

  /// The bytes of an item.
  public static func encode(_ item: Item) -> [UInt8] {
    var writer = ByteWriter(capacity: 128 + item.description.utf8.count)
    writer.write(version)
    writer.write(item.externalID)
    writer.write(item.title)
    writer.write(item.description)
    writer.write(strings: item.categories)
    writer.write(UInt32(truncatingIfNeeded: item.attributes.count))
    // Sorted, so that equal items have equal bytes.
    for (name, value) in item.attributes.sorted(by: { $0.key < $1.key }) {
      writer.write(name)
      writer.write(attribute: value)
    }
    writer.write(optional: item.year) { $0.write($1) }
    writer.write(optional: item.price) { $0.write($1) }
    writer.write(item.imageURI)
    writer.write(optional: item.availableFromMilliseconds) { $0.write($1) }
    writer.write(optional: item.availableUntilMilliseconds) { $0.write($1) }
    return writer.bytes
  }

  /// The item of some bytes.
  ///
  /// - Throws: ``CatalogueError`` when the bytes are not an item.
  public static func decode(_ bytes: UnsafeRawBufferPointer) throws -> Item {
    var reader = ByteReader(bytes)
    guard let item = read(&reader), reader.remaining == 0 else {
      throw CatalogueError(.malformed, "\(bytes.count) bytes that are not an item")
    }
    return item
  }

  private static func read(_ reader: inout ByteReader) -> Item? {
    guard reader.read(UInt8.self) == version, let externalID = reader.readString(),
      let title = reader.readString(), let description = reader.readString(),
      let categories = reader.readStrings(), let attributes = readAttributes(&reader),
      let year = reader.readOptional({ $0.read(Int32.self) }),
      let price = reader.readOptional({ $0.readDouble() }), let imageURI = reader.readString(),
      let from = reader.readOptional({ $0.read(Int64.self) }),
      let until = reader.readOptional({ $0.read(Int64.self) })
    else { return nil }
    return Item(
      externalID: externalID, title: title, description: description, categories: categories,
      attributes: attributes, year: year, price: price, imageURI: imageURI,
      availableFromMilliseconds: from, availableUntilMilliseconds: until)
  }

  private static func readAttributes(_ reader: inout ByteReader) -> [String: AttributeValue]? {
    guard let count = reader.read(UInt32.self) else { return nil }
    var attributes: [String: AttributeValue] = [:]
    for _ in 0..<count {
      guard let name = reader.readString(), let value = reader.readAttribute() else { return nil }
      attributes[name] = value
    }
    return attributes
  }
}

extension ByteWriter {
  fileprivate mutating func write(strings: [String]) {
    write(UInt32(truncatingIfNeeded: strings.count))
    for text in strings { write(text) }
  }

  fileprivate mutating func write<Value>(
    optional value: Value?, _ body: (inout ByteWriter, Value) -> Void
  ) {
    write(UInt8(value == nil ? 0 : 1))
    if let value { body(&self, value) }
  }

  fileprivate mutating func write(attribute: AttributeValue) {
    switch attribute {
    case .text(let text):
      write(UInt8(1))
      write(text)
    case .number(let number):
      write(UInt8(2))
      write(number)
    case .flag(let flag): write(UInt8(flag ? 4 : 3))
    case .texts(let texts):
      write(UInt8(5))
      write(strings: texts)
    }
  }
}

extension ByteReader {
  fileprivate mutating func readStrings() -> [String]? {
    guard let count = read(UInt32.self) else { return nil }
    var strings: [String] = []
    for _ in 0..<count {
      guard let text = readString() else { return nil }
      strings.append(text)
    }
    return strings
  }

  /// nil: malformed; `.some(nil)`: no value.
  fileprivate mutating func readOptional<Value>(
    _ body: (inout ByteReader) -> Value?
  ) -> Value?? {
    switch read(UInt8.self) {
    case 0: .some(nil)
    case 1: body(&self).map { .some($0) }
    default: nil
    }
  }

  fileprivate mutating func readAttribute() -> AttributeValue? {
    switch read(UInt8.self) {
    case 1: readString().map { .text($0) }
    case 2: readDouble().map { .number($0) }
    case 3: .flag(false)
    case 4: .flag(true)
    case 5: readStrings().map { .texts($0) }
    default: nil
    }
  }
}
