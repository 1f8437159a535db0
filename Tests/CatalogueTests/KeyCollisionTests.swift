import RecommendationCore
import Testing

import Catalogue

struct KeyCollisionTests {
  @Test func anItemWithTheKeyOfAnotherIsRefusedAndNothingChanges() throws {
    // Two strings of one 64-bit FNV-1a hash, found by others and well known.
    let name = "8yn0iYCKYHlIj4-BwPqk"
    let other = "GReLUrM4wMqfg9yzV3KQ"
    #expect(entityKey(other) == entityKey(name))
    let catalogue = LiveCatalogue()
    let victim = Item(externalID: name, title: "v")
    try catalogue.apply(upserts: [victim], deletes: [], sequence: 1)
    let batch = [Item(externalID: "fine", title: ""), Item(externalID: other, title: "")]
    #expect(throws: CatalogueError.self) {
      try catalogue.apply(upserts: batch, deletes: [], sequence: 2)
    }
    #expect(catalogue.snapshot.count == 1)
    #expect(catalogue.snapshot.sequence == 1)
    // In one batch as well, and allowed once the first is gone.
    #expect(throws: CatalogueError.self) {
      try LiveCatalogue().apply(
        upserts: [victim, Item(externalID: other, title: "")], deletes: [], sequence: 1)
    }
    try catalogue.apply(upserts: batch, deletes: [victim.id], sequence: 3)
    #expect(catalogue.snapshot.item(victim.id)?.externalID == other)
  }
}
