import Foundation
import RecommendationProtos
import SwiftProtobuf
import Testing

@testable import PipelineJobs

@Suite struct SlateSummaryTests {
  private func summary(_ bytes: Data) throws -> SlateSummary {
    SlateSummary(try Google_Protobuf_Empty(serializedBytes: bytes))
  }

  @Test func itSaysWhatTheMessageSays() throws {
    let response = Recsys_Gateway_V1_RecommendResponse.with { response in
      response.items = (0..<300).map { place in
        .with {
          $0.rank = UInt32(place)
          $0.itemID = "item \(place) é"
          $0.title = String(repeating: "t", count: place)
          $0.score = Double(place) / 7
          $0.sources = [.with { $0.source = "als" }]
          $0.reason.text = "because"
        }
      }
      response.requestID = "id"
      response.attributionToken = "token"
      response.nextCursor = String(repeating: "c", count: 1000)
      response.degraded = [
        .with {
          $0.component = "ranking"
          $0.reason = "deadline"
          $0.budgetMs = 3
        }, .with { $0.component = "explanation" },
      ]
      response.diversity.relevanceKept = 0.5
      response.underfilled = true
      response.fromCache = true
    }
    let summary = try summary(response.serializedData())
    #expect(summary.itemIDs == response.items.map(\.itemID))
    #expect(summary.attributionToken == "token")
    #expect(summary.nextCursor == response.nextCursor)
    #expect(summary.degraded == ["ranking (deadline)", "explanation ()"])
    #expect(summary.isUnderfilled && summary.isFromCache)
    let name = Recsys_Gateway_V1_RecommendResponse.protoMessageName
    #expect(name == "recsys.gateway.v1.RecommendResponse")
  }

  @Test func anEmptyAnswerIsAnEmptySlate() throws {
    let summary = try summary(Data())
    #expect(summary.itemIDs.isEmpty && summary.degraded.isEmpty && summary.nextCursor.isEmpty)
    #expect(!summary.isUnderfilled && !summary.isFromCache)
  }

  @Test func whatIsCutOffEndsThere() {
    // Field 1 of 100 bytes, of which two are there; a number that never ends; an unknown type.
    for bytes: [UInt8] in [[10, 100, 1, 2], Array(repeating: 0xff, count: 20), [0x0f], [0x09, 1]] {
      #expect(Array(WireFields(bytes[...])).isEmpty)
    }
  }
}
