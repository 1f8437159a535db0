import Logging
import RPC
import RecommendationProtos
import ServiceContracts
import Synchronization

/// The ranker's description, kept fresh: requests take what is here and never wait for it.
final class RankerDescriptions: Sendable {
  private let client: RankingClient
  private let label: String
  private let logger: Logger
  private let latest = Mutex<RankerDescription?>(nil)

  init(client: RankingClient, label: String, logger: Logger) {
    self.client = client
    self.label = label
    self.logger = logger
  }

  /// The latest; nil while no ranker has been reached.
  var current: RankerDescription? { latest.withLock { $0 } }

  /// Asks the ranker.
  @discardableResult
  func refresh(timeout: Duration) async throws -> RankerDescription {
    var request = Recsys_Ranking_V1_DescribeRequest()
    request.model.label = label
    let description = try RankerDescription(
      try await client.describe(request, options: CallOptions(timeout: timeout)))
    let before = latest.withLock { latest in
      defer { latest = description }
      return latest
    }
    if before?.modelVersion != description.modelVersion {
      logger.info(
        "ranker described",
        metadata: [
          "version": "\(description.modelVersion)",
          "fingerprint": "\(String(description.fingerprint, radix: 16))",
        ])
    }
    return description
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
