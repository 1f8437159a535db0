import Catalogue
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf
import Synchronization
import Testing

@testable import GatewayService

/// The fake world: sixty films, "ann" has seen the last three; the ranker puts `37 n mod 60` first to last.
@Suite struct WhyTests {
  static let token = "word"

  private func run(
    _ configure: @escaping (inout GatewayConfiguration) -> Void = { _ in },
    _ body: (GatewayFixture) async throws -> Void
  ) async throws {
    try await GatewayFixture.run(
      configure: {
        $0.operatorToken = Self.token
        configure(&$0)
      }, body)
  }

  private func why(
    _ suite: GatewayFixture, _ item: String, counterfactual: Bool = false,
    _ change: (inout Recsys_Gateway_V1_RecommendRequest) -> Void = { _ in }
  ) async throws -> Recsys_Gateway_V1_WhyItemResponse {
    var message = Recsys_Gateway_V1_WhyItemRequest()
    message.itemID = item
    message.counterfactual = counterfactual
    message.request.subject.userID = "ann"
    message.request.count = 10
    change(&message.request)
    return try await ask(suite, message)
  }

  private func ask(
    _ suite: GatewayFixture, _ message: Recsys_Gateway_V1_WhyItemRequest
  ) async throws -> Recsys_Gateway_V1_WhyItemResponse {
    try await suite.client.whyItem(
      message,
      options: CallOptions(
        timeout: GatewayFixture.patience, metadata: OperatorClient.credentials(Self.token)))
  }

  @Test("an item of the slate is followed from its sources to its place")
  func inSlate() async throws {
    try await run { suite in
      let slate = try await suite.recommend()
      let answer = try await why(suite, slate.items[2].itemID)
      #expect(answer.inSlate)
      #expect(answer.path.map(\.stage).starts(with: ["catalogue", "retrieval", "eligibility"]))
      #expect(answer.path.map(\.stage).suffix(2) == ["ranking", "rerank"])
      #expect(answer.path.allSatisfy { $0.kept })
      #expect(answer.stage == "rerank")
      #expect(answer.text == "3rd in the slate")
      #expect(answer.sources == slate.items[2].sources)
      #expect(answer.rank == slate.items[2].rankBeforeReranking)
      #expect(answer.rankedCount == 57)
      #expect(answer.score == slate.items[2].score)
      #expect(!answer.reason.text.isEmpty)
      #expect(answer.wouldEnterIf.isEmpty)
    }
  }

  @Test("an item below the slate: its rank, and the least score that would do, which does")
  func below() async throws {
    try await run { suite in
      let all = try await suite.recommend { $0.count = 57 }
      let item = all.items[29]
      let answer = try await why(suite, item.itemID)
      #expect(!answer.inSlate)
      #expect(answer.rank == 30)
      #expect(answer.stage == "rerank")
      #expect(answer.text == "below the slate: its last place by score is the 10th")
      #expect(answer.path.contains { $0.text.hasPrefix("30th of 57 by score") })
      // "its score were 20.02 higher (49.02)": the tenth has 49.
      let numbers = answer.wouldEnterIf.split { !"0123456789.".contains($0) }.compactMap {
        Float($0)
      }
      let needed = try #require(numbers.dropFirst().first)
      let tenth = Float(all.items[9].score)
      #expect(needed >= tenth && needed < tenth + 0.2, "\(answer.wouldEnterIf)")
      // With that score it is indeed in, and with a little less it is not.
      let key = ItemID(external: item.itemID).rawValue
      for (score, isIn) in [(needed + 0.01, true), (tenth - 0.1, false)] {
        suite.ranking.score.withLock {
          $0 = { other in other == key ? score : World.appeal(other) }
        }
        #expect(try await suite.recommend().ids.contains(item.itemID) == isIn)
      }
    }
  }

  @Test("a filter that removed it is named, and lifting it is tried")
  func filtered() async throws {
    try await run { suite in
      let best = try await suite.recommend().items[0].itemID
      let number = Int(best.dropFirst("item-".count)) ?? 0
      let unwanted = number % 2 == 0 ? "Even" : "Odd"
      // The fake source does not look at this part of the filter, so that the gateway has to.
      let answer = try await why(suite, best) { $0.filter.noneCategories = [unwanted] }
      #expect(!answer.inSlate)
      #expect(answer.stage == "eligibility")
      #expect(answer.text.contains("categories"))
      #expect(answer.path.last?.kept == false)
      #expect(answer.wouldEnterIf == "the request's filter let it through")
      #expect(answer.rank == 0)
    }
  }

  @Test("what no source found: seen, not wanted, not in the catalogue, or simply not found")
  func notRetrieved() async throws {
    try await run { suite in
      let seen = try await why(suite, "item-59")
      #expect(seen.stage == "retrieval")
      #expect(seen.text.contains("no source found it") && seen.text.contains("has seen it"))
      let unwanted = try await why(suite, "item-4") { $0.filter.anyCategories = ["Odd"] }
      #expect(unwanted.text.contains("the request does not want it"))
      let nothing = try await why(suite, "item-nobody-knows")
      #expect(nothing.path.first?.kept == false)
      #expect(nothing.path.first?.text == "the catalogue does not have it")
      suite.candidates.status.withLock { $0 = ["trending": .notApplicable] }
      let answer = try await why(suite, "item-4") { $0.filter.anyCategories = ["Even"] }
      #expect(answer.sources.map(\.source) == ["als"])
    }
  }

  @Test("an item that was cut at the merge says so")
  func cut() async throws {
    try await run({ $0.policy.candidateLimit = 20 }) { suite in
      let slate = try await suite.recommend { $0.count = 20 }
      let missing = try #require(
        World.items.dropLast(3).map(\.externalID).first { !slate.ids.contains($0) })
      let answer = try await why(suite, missing)
      #expect(answer.stage == "merge")
      #expect(answer.text.hasPrefix("cut: 57 items were found, and the best 20"))
      #expect(!answer.sources.isEmpty)
    }
  }

  @Test("a cap that kept it out is found by lifting it")
  func capped() async throws {
    try await run { suite in
      let change: (inout Recsys_Gateway_V1_RecommendRequest) -> Void = {
        $0.count = 4
        $0.diversity.maxPerCategory = 2
      }
      // Even numbers first: without a cap, four of them.
      suite.ranking.score.withLock {
        $0 = { key in
          let number = World.numberByKey[key] ?? 0
          return Float((number % 2 == 0 ? 100 : 0) - number)
        }
      }
      let slate = try await suite.recommend(change)
      let free = try await suite.recommend { $0.count = 4 }
      #expect(free.ids == ["item-0", "item-2", "item-4", "item-6"])
      let victim = try #require(free.ids.first { !slate.ids.contains($0) })
      let answer = try await why(suite, victim, change)
      #expect(!answer.inSlate)
      #expect(answer.text.hasPrefix("passed over"))
      #expect(answer.wouldEnterIf.contains("categories and attributes were not capped"))
    }
  }

  @Test("a request of the past is told as it was then")
  func past() async throws {
    try await run { suite in
      let sent = try await suite.recommend()
      suite.ranking.score.withLock { $0 = { -World.appeal($0) } }
      var message = Recsys_Gateway_V1_WhyItemRequest()
      message.itemID = sent.items[0].itemID
      message.requestID = sent.requestID
      let then = try await ask(suite, message)
      #expect(then.inSlate && then.requestID == sent.requestID)
      #expect(then.text == "1st in the slate")
      let now = try await why(suite, sent.items[0].itemID)
      #expect(!now.inSlate)
      message.requestID = "nothing"
      let error = await rpcError { try await ask(suite, message) }
      #expect(error?.code == .notFound)
    }
  }

  @Test("a later page knows its first one's sources and ranking")
  func laterPage() async throws {
    try await run { suite in
      let first = try await suite.recommend()
      let second = try await suite.recommend { $0.cursor = first.nextCursor }
      var message = Recsys_Gateway_V1_WhyItemRequest()
      message.requestID = second.requestID
      message.itemID = second.items[1].itemID
      let answer = try await ask(suite, message)
      #expect(answer.text == "12th in the slate")
      #expect(answer.sources == second.items[1].sources)
      message.itemID = first.items[0].itemID
      let shown = try await ask(suite, message)
      #expect(!shown.inSlate && shown.text == "an earlier page showed it")
    }
  }

  @Test("past items without which the item loses its place are found by making the slate anew")
  func counterfactual() async throws {
    try await run { suite in
      // Without item 58 in the history the source als finds nothing, and item 30 comes from nowhere else.
      let decisive = World.items[58].id.rawValue
      let wanted = World.items[30].id.rawValue
      suite.candidates.filter.withLock {
        $0 = { request, source, key in
          key != wanted
            || source == "als" && request.history.itemKeys.contains(decisive)
        }
      }
      suite.ranking.score.withLock { $0 = { $0 == wanted ? 100 : World.appeal($0) } }
      let answer = try await why(suite, "item-30", counterfactual: true)
      #expect(answer.inSlate)
      #expect(answer.counterfactualTried == 3)
      #expect(answer.counterfactual.map(\.itemID) == ["item-58"])
      #expect(answer.counterfactual.map(\.itemTitle) == ["Film 58"])
      let other = try await why(suite, "item-1", counterfactual: true) { $0.count = 57 }
      #expect(other.inSlate && other.counterfactual.isEmpty)
      // The same for a session, whose past comes with the request.
      let session = try await why(suite, "item-30", counterfactual: true) {
        $0.subject.session.recentItemIds = ["item-58", "item-2"]
      }
      #expect(session.counterfactual.map(\.itemID) == ["item-58"])
      #expect(session.counterfactualTried == 2)
    }
  }

  @Test("a question without an item, a request, or with two is refused")
  func refusals() async throws {
    try await run { suite in
      var message = Recsys_Gateway_V1_WhyItemRequest()
      let nothing = await rpcError { try await ask(suite, message) }
      #expect(nothing?.fieldViolations.map(\.field) == ["item_id", "request"])
      message.itemID = "item-1"
      message.request.subject.userID = "ann"
      message.requestID = "r"
      let both = await rpcError { try await ask(suite, message) }
      #expect(both?.fieldViolations.map(\.field) == ["request"])
    }
  }
}
