import Artifacts
import Catalogue
import Explanations
import Logging
import Synchronization
import Text

/// The live catalogue in the text space that a label gives, kept up to date in the background. Requests take
/// what there is; until there is something, nothing is said of descriptions.
final class DescribedCatalogue: Sendable {
  /// One state of it.
  struct State: Sendable {
    let vectors: ContentVectors
    /// Version of the space's bundle.
    let version: String
  }

  private let latest = Mutex<State?>(nil)
  private let logger: Logger

  init(logger: Logger) { self.logger = logger }

  /// What serves now.
  var current: State? { latest.withLock { $0 } }

  /// Takes in each change of the catalogue and each other space, on a quiet thread, until the task is cancelled.
  func follow(
    _ catalogue: LiveCatalogue, every interval: Duration,
    space: @Sendable () -> LoadedModels<TextSpace>.Entry?
  ) async {
    while !Task.isCancelled {
      do {
        try await take(catalogue.snapshot, space())
        try await Task.sleep(for: interval)
      } catch {
        // Only the end of the task ends a sleep.
        return
      }
    }
  }

  /// Takes in a state of the catalogue in a space, on a quiet thread. One call at a time.
  func take(
    _ catalogue: CatalogueSnapshot, _ entry: LoadedModels<TextSpace>.Entry?
  ) async throws {
    let before = current
    guard let entry else {
      latest.withLock { $0 = nil }
      return
    }
    if let before, before.version == entry.version {
      guard !before.vectors.catalogue.isSame(as: catalogue) else { return }
      let next = try await QuietThread.run { before.vectors.following(catalogue) }
      latest.withLock { $0 = State(vectors: next, version: entry.version) }
      return
    }
    let made = try await QuietThread.run { ContentVectors(entry.model, catalogue: catalogue) }
    latest.withLock { $0 = State(vectors: made, version: entry.version) }
    logger.info(
      "descriptions taken in",
      metadata: ["version": "\(entry.version)", "items": "\(catalogue.count)"])
  }
}
