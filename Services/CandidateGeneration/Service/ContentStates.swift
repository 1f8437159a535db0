import Artifacts
import Catalogue
import CoreMetrics
import Logging
import Synchronization
import Text
import VectorSearch

/// The content index as it goes from one state of the catalogue to the next, and from one text space to the
/// next. Readers take ``current`` and are never held up.
///
/// Another text space means that every vector is made anew. That is done aside, on a quiet thread, while the
/// index of the space before goes on following the catalogue.
final class ContentStates: Sendable {
  private let latest = Latest<ContentIndex>()
  /// The version that is being made aside, or could not be: it is tried again when the label has been elsewhere.
  /// Held while a state is made from the one before it.
  private let making = Mutex<String?>(nil)
  private let logger: Logger
  private let failures = Counter(label: "recsys_candidates_content_rebuild_failures_total")

  init(logger: Logger) { self.logger = logger }

  /// What serves now; nil before the first.
  var current: ContentIndex? { latest.value }

  /// Takes in the catalogue, and another space. Blocks for as long as the changes take; for the whole catalogue
  /// only where there is nothing yet.
  func follow(_ catalogue: CatalogueSnapshot, _ space: TextSpace, version: String) throws {
    try making.withLock { making in
      guard let before = latest.value else {
        latest.value = try make(catalogue, space, version)
        return
      }
      if !before.catalogue.isSame(as: catalogue) || before.isOutdated {
        latest.value = try before.following(catalogue)
      }
      guard before.version != version else {
        making = nil
        return
      }
      guard making != version else { return }
      making = version
      Task.detached(priority: .utility) { [self] in
        await makeAside(catalogue, space, version)
      }
    }
  }

  private func makeAside(
    _ catalogue: CatalogueSnapshot, _ space: TextSpace, _ version: String
  ) async {
    do {
      let made = try await QuietThread.run { [self] in try make(catalogue, space, version) }
      try making.withLock { making in
        // A label that has moved on meanwhile wants another one.
        guard making == version else { return }
        making = nil
        latest.value = try made.following(latest.value?.catalogue ?? catalogue)
        logger.info(
          "content index made",
          metadata: ["version": "\(version)", "items": "\(latest.value?.count ?? 0)"])
      }
    } catch {
      failures.increment()
      logger.error(
        "content index not made, the one before serves on",
        metadata: ["version": "\(version)", "error": "\(error)"])
    }
  }

  private func make(
    _ catalogue: CatalogueSnapshot, _ space: TextSpace, _ version: String
  ) throws -> ContentIndex {
    let (logger, failures) = (logger, failures)
    return try ContentIndex(space, version: version, catalogue: catalogue) { rebuild in
      if let error = rebuild.error {
        failures.increment()
        logger.error("content index not built again", metadata: ["error": "\(error)"])
      } else {
        logger.info(
          "content index built again",
          metadata: ["items": "\(rebuild.count)", "took": "\(rebuild.took)"])
      }
    }
  }
}
