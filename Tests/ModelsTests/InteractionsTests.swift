import Models
import RecommendationCore
import Testing

@Suite struct InteractionsTests {
  private func make(_ rows: [(UInt64, UInt64, Float)]) throws -> Interactions {
    try Interactions(
      users: rows.map { UserID(rawValue: $0.0) }, items: rows.map { ItemID(rawValue: $0.1) },
      weights: rows.map { $0.2 })
  }

  @Test func rowsAreSortedByKeyAndTheLargestWeightCounts() throws {
    let interactions = try make([(9, 50, 1), (3, 70, 0.5), (9, 40, 2), (9, 50, 3), (9, 50, 0.1)])
    #expect(interactions.userIDs.map(\.rawValue) == [3, 9])
    #expect(interactions.itemIDs.map(\.rawValue) == [40, 50, 70])
    #expect(interactions.byUser.starts == [0, 1, 3])
    #expect(interactions.byUser.columns == [2, 0, 1])
    #expect(interactions.byUser.values == [0.5, 2, 3])
    #expect(interactions.byItem.starts == [0, 1, 2, 3])
    #expect(interactions.byItem.columns == [1, 1, 0])
    #expect(interactions.byItem.values == [2, 3, 0.5])
  }

  @Test func weightsThatAreNotPositiveAreLeftOut() throws {
    let interactions = try make([(1, 1, 0), (1, 2, -1), (2, 1, .nan), (3, 3, 1), (4, 3, .infinity)])
    #expect(interactions.count == 1)
    #expect(interactions.userIDs.map(\.rawValue) == [3])
    #expect(interactions.itemIDs.map(\.rawValue) == [3])
  }

  @Test func transposingTwiceGivesTheSameMatrix() throws {
    var generator = SeededGenerator(seed: 8)
    let interactions = try make(
      (0..<500).map { _ in
        (
          .random(in: 1...30, using: &generator), .random(in: 1...20, using: &generator),
          .random(in: 0.1...2, using: &generator)
        )
      })
    #expect(interactions.byItem.transposed() == interactions.byUser)
    #expect(interactions.byUser.rowCount == interactions.userIDs.count)
  }

  @Test func columnsOfDifferentLengthsAreRefused() {
    #expect(throws: ModelError.self) {
      try Interactions(users: [UserID(rawValue: 1)], items: [], weights: [1])
    }
  }
}
