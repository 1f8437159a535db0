import Catalogue
import Foundation
import RecommendationCore
import TestSupport
import Testing

struct ItemCodecTests {
  private let full = Item(
    externalID: "film-é-1", title: "Ålien 🎬", description: String(repeating: "long ", count: 999),
    categories: ["horror", "space"],
    attributes: [
      "text": .text("x"), "number": .number(-1.5), "yes": .flag(true), "no": .flag(false),
      "many": .texts(["a", "", "c"]),
    ], year: -5, price: 0, imageURI: "file:x.png", availableFromMilliseconds: -1,
    availableUntilMilliseconds: .max)

  @Test func anItemComesBackAsItWas() throws {
    for item in [full, Item(externalID: "", title: "")] {
      let bytes = ItemCodec.encode(item)
      #expect(try bytes.withUnsafeBytes(ItemCodec.decode) == item)
      #expect(ItemCodec.encode(item) == bytes)
    }
  }

  @Test func cutOrLongerBytesAreRefused() {
    let bytes = ItemCodec.encode(full)
    for length in 0..<bytes.count where length < 64 || length % 97 == 0 {
      #expect(throws: CatalogueError.self) {
        try Array(bytes.prefix(length)).withUnsafeBytes(ItemCodec.decode)
      }
    }
    #expect(throws: CatalogueError.self) { try (bytes + [0]).withUnsafeBytes(ItemCodec.decode) }
  }

  @Test func changedBytesNeverCrash() {
    var generator = SeededGenerator(seed: 5)
    let original = ItemCodec.encode(
      Item(externalID: "a", title: "b", categories: ["c"], attributes: ["d": .texts(["e"])]))
    for _ in 0..<5_000 {
      var bytes = original
      for _ in 0..<3 {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] =
          UInt8.random(in: 0...255, using: &generator)
      }
      _ = try? bytes.withUnsafeBytes(ItemCodec.decode)
    }
  }

  @Test func aFileHoldsItemsInOrder() throws {
    let folder = try TemporaryDirectory("catalogue")
    let url = folder.url.appendingPathComponent(CatalogueFile.name)
    let items = (0..<100).map { Item(externalID: "\($0)", title: "t\($0)") } + [full]
    try CatalogueFile.write(items, to: url)
    #expect(try CatalogueFile.read(from: url) == items)
    let bytes = try Data(contentsOf: url)
    try bytes.dropLast(3).write(to: url)
    #expect(throws: CatalogueError.self) { try CatalogueFile.read(from: url) }
    #expect(throws: CatalogueError.self) {
      try CatalogueFile.read(from: folder.url.appendingPathComponent("none"))
    }
  }
}
