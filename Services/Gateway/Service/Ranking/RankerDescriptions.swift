import Logging
import RPC
import RecommendationProtos
import ServiceContracts
import Synchronization

/// The ranker's description, kept fresh: requests take what is here and never wait for it.
///
/// Replicas of the ranker switch to another model within a few seconds of one another, and each answers for the
/// model before it for a while. So the new description is taken up when all replicas have it: until then the old
/// features suit everywhere, and no request has to be tried twice.
final class RankerDescriptions: Sendable {
  /// Replicas that differ for longer are not waited for.
  private static let patience: Duration = .seconds(20)
  /// Pause between looks while a switch is under way.
  private static let hurryPause: Duration = .milliseconds(50)
  private static let hurriedLooks = 200

  private struct State {
    var latest: RankerDescription?
    var differSince: ContinuousClock.Instant?
    var isHurrying = false
  }

  private let clients: [RankingClient]
  private let label: String
  private let logger: Logger
  private let state = Mutex(State())

  /// - Parameter channels: to the replicas of the ranker, one each.
  init(channels: [Channel], label: String, logger: Logger) {
    clients = channels.map { RankingClient(channel: $0) }
    self.label = label
    self.logger = logger
  }

  /// The latest; nil while no ranker has been reached.
  var current: RankerDescription? { state.withLock { $0.latest } }

  /// Asks the ranker.
  ///
  /// - Parameter refused: the fingerprint that a replica has refused just now: its own is then taken up at once.
  @discardableResult
  func refresh(timeout: Duration, unlike refused: UInt64? = nil) async throws -> RankerDescription {
    let described = try await describeAll(timeout: timeout)
    let (before, chosen) = state.withLock { state in
      let before = state.latest
      let chosen = Self.choose(from: described, unlike: refused, &state)
      state.latest = chosen
      return (before, chosen)
    }
    if before?.modelVersion != chosen.modelVersion {
      logger.info(
        "ranker described",
        metadata: [
          "version": "\(chosen.modelVersion)",
          "fingerprint": "\(String(chosen.fingerprint, radix: 16))",
        ])
    }
    return chosen
  }

  /// What all replicas say; where they differ, what was there, until patience is at its end.
  private static func choose(
    from described: [RankerDescription], unlike refused: UInt64?, _ state: inout State
  ) -> RankerDescription {
    let first = described[0]
    let differ = described.contains { $0.modelVersion != first.modelVersion }
    guard differ else {
      state.differSince = nil
      return first
    }
    let since = state.differSince ?? .now
    state.differSince = since
    guard let latest = state.latest else { return first }
    let isOld = refused.map { $0 == latest.fingerprint } ?? (.now - since > patience)
    return isOld ? described.first { $0.modelVersion != latest.modelVersion } ?? first : latest
  }

  /// One description of each replica that can be reached.
  private func describeAll(timeout: Duration) async throws -> [RankerDescription] {
    var request = Recsys_Ranking_V1_DescribeRequest()
    request.model.label = label
    let options = CallOptions(timeout: timeout)
    let results = await withTaskGroup(of: Result<RankerDescription, any Error>.self) { group in
      for client in clients {
        group.addTask { [request] in
          do {
            return .success(
              try RankerDescription(try await client.describe(request, options: options)))
          } catch {
            return .failure(error)
          }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    let described = results.compactMap { try? $0.get() }
    if described.isEmpty, case .failure(let error)? = results.first { throw error }
    return described
  }

  /// The ranker has said that its label gives another version by now: looks until that is taken up, on nobody's
  /// time.
  func hurry(to version: String) {
    let mustStart = state.withLock { state in
      guard !state.isHurrying, state.latest?.modelVersion != version else { return false }
      state.isHurrying = true
      return true
    }
    guard mustStart else { return }
    Task.detached(priority: .utility) { [self] in
      for _ in 0..<Self.hurriedLooks {
        do {
          if try await refresh(timeout: .seconds(1)).modelVersion == version { break }
          try await Task.sleep(for: Self.hurryPause)
        } catch {
          // The regular look comes soon, and says why.
          break
        }
      }
      state.withLock { $0.isHurrying = false }
    }
  }

  /// Refreshes until cancelled: often while there is none.
  func run(every interval: Duration, whileMissing retry: Duration) async {
    while !Task.isCancelled {
      do {
        try await refresh(timeout: .seconds(1))
      } catch {
        logger.debug("cannot describe the ranker", metadata: ["error": "\(error)"])
      }
      try? await Task.sleep(for: current == nil ? retry : interval)
    }
  }
}
