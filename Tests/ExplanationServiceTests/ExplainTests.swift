import Artifacts
import Foundation
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import Testing

@Suite struct ExplainTests {
  typealias Fixture = ExplanationServiceFixture

  @Test func theSentenceNamesTheFilmsThatLedToIt() async throws {
    try await Fixture.run { fixture in
      let response = try await fixture.client.explain(Fixture.request([("ran", ["als"])]))
      let reason = try #require(response.reasons.first)
      #expect(reason.text == "Because you liked Alien and The Matrix")
      #expect(reason.evidence.map(\.kind).prefix(2) == [.pastItem, .pastItem])
      #expect(reason.evidence.first?.itemID == "alien")
      #expect(reason.evidence.first?.itemTitle == "Alien")
      #expect(reason.evidence.first?.itemKey == Fixture.item("alien").rawValue)
      let parts = reason.evidence.filter { $0.kind == .pastItem }
      #expect(parts.allSatisfy { $0.value > 0 && $0.value <= $0.total })
    }
  }

  @Test func theVerbIsHowTheUserMetTheFilm() async throws {
    try await Fixture.run { fixture in
      let response = try await fixture.client.explain(Fixture.request([("clue", ["als"])]))
      #expect(response.reasons.first?.text == "Because you watched Airplane!")
    }
  }

  @Test func reasonsComeInTheOrderOfTheSlateAndInTheLanguageAskedFor() async throws {
    try await Fixture.run { fixture in
      let response = try await fixture.client.explain(
        Fixture.request([("clue", ["trending"]), ("ran", ["als", "trending"])], locale: "de-DE"))
      #expect(
        response.reasons.map(\.text)
          == ["Gerade beliebt: Platz 1 von 6", "Weil dir Alien und The Matrix gefallen haben"])
    }
  }

  @Test func theReplyNamesWhatMadeIt() async throws {
    try await Fixture.run { fixture in
      let response = try await fixture.client.explain(Fixture.request([("ran", ["als"])]))
      #expect(response.versions.map(\.component) == ["als", "trending", "catalogue"])
      #expect(response.versions.map(\.version) == ["v1", "v1", "7"])
    }
  }

  @Test func withoutModelsItSaysOnlyWhatItKnows() async throws {
    try await Fixture.run(models: false) { fixture in
      let request = Fixture.request([("ran", ["als"]), ("clue", ["trending"])])
      let response = try await fixture.client.explain(request)
      #expect(response.reasons.map(\.text) == ["", ""])
      #expect(response.versions.map(\.component) == ["catalogue"])
      // And more as soon as there are models.
      try fixture.publish()
      await fixture.log.wait(for: "label switched")
      let later = try await fixture.client.explain(request)
      #expect(later.reasons.first?.text == "Because you liked Alien and The Matrix")
    }
  }

  @Test func aModelThatIsRefusedLeavesTheOldOneServing() async throws {
    try await Fixture.run { fixture in
      let broken = try fixture.registry.publish(
        kind: "als", description: BundleDescription(name: "broken")
      ) { try Data("no".utf8).write(to: $0.appendingPathComponent("model.safetensors")) }.version
      try fixture.registry.setLabel(kind: "als", label: "production", version: broken)
      await fixture.log.wait(for: "model refused, the one before serves on")
      let response = try await fixture.client.explain(Fixture.request([("ran", ["als"])]))
      #expect(response.versions.first?.version == "v1")
      #expect(response.reasons.first?.text == "Because you liked Alien and The Matrix")
    }
  }

  @Test func aFilmFoundByItsWordsNamesItsNeighbour() async throws {
    try await Fixture.run { fixture in
      let version = try fixture.publishSpace()
      await fixture.log.wait(for: "descriptions taken in")
      var response = try await fixture.client.explain(Fixture.request([("glory", ["content"])]))
      var reason = try #require(response.reasons.first)
      let piece = try #require(reason.evidence.first { $0.kind == .contentNeighbour })
      #expect(reason.text == "Similar to Alien, which you liked (1.00)")
      #expect(reason.evidence.first == piece)
      #expect(piece.itemID == "alien" && piece.itemTitle == "Alien" && piece.name == "content")
      #expect(abs(piece.value - 1) < 1e-5 && piece.total == 0)
      #expect(response.versions.map(\.component) == ["als", "trending", "content", "catalogue"])
      #expect(response.versions[2].version == version)
      // What other sources found is not explained by its words.
      response = try await fixture.client.explain(Fixture.request([("glory", ["trending"])]))
      reason = try #require(response.reasons.first)
      #expect(!reason.evidence.contains { $0.kind == .contentNeighbour })
    }
  }

  @Test func anUnknownItemGetsAnEmptyReason() async throws {
    try await Fixture.run { fixture in
      let response = try await fixture.client.explain(Fixture.request([("nobody", ["als"])]))
      #expect(response.reasons.count == 1)
      #expect(response.reasons.first?.text == "")
      #expect(response.reasons.first?.evidence.isEmpty == true)
    }
  }

  @Test(arguments: [
    "items", "items[0].item_key", "items[0].source_ranks", "max_evidence",
    "history.weights", "history.weights[1]", "locale",
  ])
  func aMistakeIsNamedByItsField(field: String) async throws {
    try await Fixture.run { fixture in
      var request = Fixture.request([("ran", ["als"])])
      switch field {
      case "items": request.items = []
      case "items[0].item_key": request.items[0].itemKey = 0
      case "items[0].source_ranks": request.items[0].sourceRanks = [1, 2]
      case "max_evidence": request.maxEvidence = 21
      case "history.weights": request.history.weights.removeLast()
      case "history.weights[1]": request.history.weights[1] = .nan
      default: request.locale = String(repeating: "x", count: 65)
      }
      let error = await #expect(throws: RPCError.self) {
        try await fixture.client.explain(request)
      }
      #expect(error?.code == .invalidArgument)
      #expect(error?.fieldViolations.map(\.field) == [field])
    }
  }
}
