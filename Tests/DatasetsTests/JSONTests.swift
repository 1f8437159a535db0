import Foundation
import RecommendationCore
import Testing

@testable import Datasets

@Suite struct JSONTests {
  private func scan<Result>(
    _ text: String, _ body: (inout JSONScanner) throws -> Result
  ) throws -> Result {
    try Array(text.utf8).withUnsafeBufferPointer { bytes in
      var scanner = JSONScanner(bytes)
      let result = try body(&scanner)
      try scanner.end()
      return result
    }
  }

  @Test func valuesReadAsFoundationReadsThem() throws {
    #expect(try scan(#" "a\"\\\n\u00e9\ud83d\ude00é" "#) { try $0.string() } == "a\"\\\né😀é")
    for number in ["0", "-0.5", "1e3", "12345678901234567890", "3.141592653589793"] {
      #expect(try scan(number) { try $0.number() } == Double(number))
    }
    let kinds = try scan("[true, false ,null]") { scanner -> [JSONScanner.Kind] in
      var kinds: [JSONScanner.Kind] = []
      try scanner.forEachElement { element in
        kinds.append(try element.kind())
        try element.skip()
      }
      return kinds
    }
    #expect(kinds == [.flag, .flag, .null])
    #expect(try scan("9007199254740993") { try $0.integer(Int64.self) } == 9_007_199_254_740_993)
  }

  @Test func whatIsNoJSONIsRefused() {
    for text in [
      "", "{", "[1,]", "{\"a\":}", "{\"a\" 1}", "tru", "\"a", "\"\\", "\"\\q\"", "1 2", "{1:2}",
      "nul", "\"\u{1}\"",
      String(repeating: "[", count: 100_000),
    ] {
      #expect(throws: (any Error).self, "\(text.prefix(10))") {
        try scan(text) { scanner in
          if try scanner.kind() == .string { _ = try scanner.string() } else { try scanner.skip() }
        }
      }
    }
  }

  @Test func noBytesWhateverMakeTheScannerCrash() {
    var random = SeededGenerator(seed: 3)
    let alphabet = Array("{}[]\",:\\u0tfnre1-. ".utf8) + [0xff, 0x00]
    for _ in 0..<5000 {
      let bytes = (0..<Int.random(in: 0...30, using: &random)).map { _ in
        alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
      }
      bytes.withUnsafeBufferPointer {
        var scanner = JSONScanner($0)
        _ = try? scanner.skip()
      }
    }
  }

  @Test func itemsAndUsersAreWrittenAsJSONThatFoundationReads() throws {
    let item = Item(
      externalID: "i\"1\\", title: "A\u{1}\n😀", description: "d", categories: ["x", "y\""],
      attributes: [
        "f": .flag(false), "n": .number(0.1), "t": .text("1"), "l": .texts([]), "b": .number(1e300),
      ],
      year: -5, price: 3, imageURI: "file:///a", availableFromMilliseconds: 5,
      availableUntilMilliseconds: .max)
    var json = JSONText()
    try ItemRecord.write(item, to: &json)
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(json.bytes)) as? [String: Any])
    #expect(object["title"] as? String == item.title)
    #expect(object["price"] as? Double == 3)
    let back = try json.bytes.withUnsafeBufferPointer { try ItemRecord.read($0) }
    #expect(back == item)
    var bare = JSONText()
    try ItemRecord.write(Item(externalID: "a", title: ""), to: &bare)
    #expect(String(decoding: bare.bytes, as: UTF8.self) == "{\"id\":\"a\",\"title\":\"\"}\n")
    let user = DatasetUser(externalID: "u", attributes: ["age": .number(49)])
    var line = JSONText()
    try UserRecord.write(user, to: &line)
    #expect(
      String(decoding: line.bytes, as: UTF8.self) == "{\"attributes\":{\"age\":49},\"id\":\"u\"}\n")
    #expect(try line.bytes.withUnsafeBufferPointer { try UserRecord.read($0) } == user)
    #expect(throws: DatasetError.self) {
      try UserRecord.write(
        DatasetUser(externalID: "u", attributes: ["age": .number(.nan)]), to: &line)
    }
  }
}
