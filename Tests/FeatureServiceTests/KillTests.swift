import Foundation
import RPC
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import Synchronization
import TestSupport
import Testing

/// The real process, killed while events are being recorded.
struct KillTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory("feature-kill") }

  @Test func everyAcknowledgedEventIsThereAfterAKill() async throws {
    var acknowledged: [Int: [String]] = [:]
    for round in 0..<3 {
      let process = try await FeatureProcess(store: folder.path("store"))
      try await check(acknowledged, on: process)
      let recorded = Acknowledged(acknowledged)
      await withTaskGroup(of: Void.self) { group in
        for writer in 0..<4 {
          group.addTask {
            await Self.record(writer, round, process, recorded)
          }
        }
        // In the middle of it, by what has been acknowledged and not by the clock.
        await recorded.wait(for: (round + 1) * 150)
        process.kill()
      }
      acknowledged = recorded.items
    }
    let process = try await FeatureProcess(store: folder.path("store"))
    try await check(acknowledged, on: process)
    process.kill()
  }

  /// Records one event after another until the process is gone.
  private static func record(
    _ writer: Int, _ round: Int, _ process: FeatureProcess, _ recorded: Acknowledged
  ) async {
    var number = 0
    while true {
      number += 1
      let item = "w\(writer)-r\(round)-\(number)"
      var request = Recsys_Features_V1_RecordEventsRequest()
      request.events = [FeatureFixture.event("user-\(writer)", item, id: item)]
      guard let response = try? await process.client.recordEvents(request),
        response.outcomes.first?.status == .accepted
      else { return }
      recorded.add(writer, item)
    }
  }

  private func check(_ acknowledged: [Int: [String]], on process: FeatureProcess) async throws {
    for (writer, items) in acknowledged {
      var request = Recsys_Features_V1_GetUserRequest()
      request.userKey = UserID(external: "user-\(writer)").rawValue
      request.includeSeen = true
      let user = try await process.client.getUser(request)
      let missing = items.filter { !user.seenItemKeys.contains(ItemID(external: $0).rawValue) }
      #expect(missing.isEmpty, "user-\(writer) lost \(missing.count) of \(items.count)")
      // At most the one event that was under way may be there without its acknowledgement, each round.
      #expect(user.seenItemKeys.count <= items.count + 3)
      #expect(user.stateVersion == UInt64(user.seenItemKeys.count))
    }
  }
}

/// What was acknowledged so far, by writer.
private final class Acknowledged: Sendable {
  private let state: Mutex<[Int: [String]]>
  private let counts = AsyncStream<Int>.makeStream()

  init(_ items: [Int: [String]]) { state = Mutex(items) }

  var items: [Int: [String]] { state.withLock { $0 } }

  func add(_ writer: Int, _ item: String) {
    let count = state.withLock { state in
      state[writer, default: []].append(item)
      return state.values.reduce(0) { $0 + $1.count }
    }
    counts.continuation.yield(count)
  }

  func wait(for count: Int) async {
    for await now in counts.stream where now >= count { return }
  }
}
