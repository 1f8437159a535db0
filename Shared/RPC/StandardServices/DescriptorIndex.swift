internal import SwiftProtobuf

/// The files of a `FileDescriptorSet`, by name and by the symbols they declare.
struct DescriptorIndex: Sendable {
  private struct File {
    var imports: [String]
    var bytes: [UInt8]
  }

  private var files: [String: File] = [:]
  private var fileOfSymbol: [String: String] = [:]
  /// Extended message, extension number, file.
  private var extensions: [String: [Int32: String]] = [:]

  init() {}

  /// Throws when the bytes are not a descriptor set.
  init(serializedDescriptorSet bytes: [UInt8]) throws {
    for file in try Google_Protobuf_FileDescriptorSet(serializedBytes: bytes).file {
      files[file.name] = File(imports: file.dependency, bytes: try file.serializedBytes())
      index(file)
    }
  }

  private mutating func index(_ file: Google_Protobuf_FileDescriptorProto) {
    let scope = file.package.isEmpty ? "" : file.package + "."
    for service in file.service {
      fileOfSymbol[scope + service.name] = file.name
      for method in service.method {
        fileOfSymbol[scope + service.name + "." + method.name] = file.name
      }
    }
    for message in file.messageType { index(message, scope, file.name) }
    for value in file.enumType { index(value, scope, file.name) }
    index(file.extension, scope, file.name)
  }

  private mutating func index(
    _ message: Google_Protobuf_DescriptorProto, _ scope: String, _ file: String
  ) {
    let name = scope + message.name
    fileOfSymbol[name] = file
    for field in message.field { fileOfSymbol[name + "." + field.name] = file }
    for oneof in message.oneofDecl { fileOfSymbol[name + "." + oneof.name] = file }
    for nested in message.nestedType { index(nested, name + ".", file) }
    for value in message.enumType { index(value, name + ".", file) }
    index(message.extension, name + ".", file)
  }

  private mutating func index(
    _ value: Google_Protobuf_EnumDescriptorProto, _ scope: String, _ file: String
  ) {
    fileOfSymbol[scope + value.name] = file
    // The values of an enum live in the scope around it, as in C.
    for number in value.value { fileOfSymbol[scope + number.name] = file }
  }

  private mutating func index(
    _ fields: [Google_Protobuf_FieldDescriptorProto], _ scope: String, _ file: String
  ) {
    for field in fields {
      fileOfSymbol[scope + field.name] = file
      let extended =
        field.extendee.hasPrefix(".") ? String(field.extendee.dropFirst()) : field.extendee
      extensions[extended, default: [:]][field.number] = file
    }
  }

  /// A file and all that it imports, itself first; nil when there is no such file.
  func closure(ofFile name: String) -> [[UInt8]]? {
    guard files[name] != nil else { return nil }
    var found: [[UInt8]] = []
    var seen: Set<String> = [name]
    var waiting = [name]
    while let next = waiting.popLast() {
      guard let file = files[next] else { continue }
      found.append(file.bytes)
      for other in file.imports.reversed() where seen.insert(other).inserted {
        waiting.append(other)
      }
    }
    return found
  }

  /// The file that declares a symbol, and all that it imports.
  func closure(ofSymbol symbol: String) -> [[UInt8]]? {
    fileOfSymbol[symbol].flatMap(closure(ofFile:))
  }

  /// The file that declares an extension of a message, and all that it imports.
  func closure(ofExtension number: Int32, of message: String) -> [[UInt8]]? {
    extensions[message]?[number].flatMap(closure(ofFile:))
  }

  /// The numbers of a message's extensions; nil when the message is not known.
  func extensionNumbers(of message: String) -> [Int32]? {
    fileOfSymbol[message].map { _ in extensions[message].map { $0.keys.sorted() } ?? [] }
  }
}
