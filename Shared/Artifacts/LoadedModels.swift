internal import Synchronization

/// The models of one kind that a process holds in memory, by label, switched while it serves.
///
/// A model is loaded and checked aside; then one step makes it current. A request takes its model once
/// and keeps it: a switch in between changes nothing for it. A version that cannot be loaded leaves the
/// one before it serving, and the reason is kept.
public final class LoadedModels<Model: Sendable>: Sendable {
  /// A model in memory.
  public struct Entry: Sendable {
    /// What it was loaded from.
    public let manifest: BundleManifest
    /// The model.
    public let model: Model
    /// Its version.
    public var version: String { manifest.version }
  }

  /// Something that happened to a label; for logs and metrics.
  public enum Change: Sendable, Equatable {
    /// The label now gives this version.
    case switched(label: String, from: String?, to: String)
    /// The label is gone from the registry.
    case removed(label: String, version: String)
    /// The version that the label names could not be loaded; what was there serves on.
    case failed(label: String, version: String, reason: String)
  }

  private struct State {
    var current: [String: Entry] = [:]
    /// Loaded versions, the latest used last.
    var loaded: [Entry] = []
    var failures: [String: Failure] = [:]
    /// What a label gave before, by label.
    var retired: [String: Retired] = [:]
  }

  private struct Retired {
    var entry: Entry
    var until: ContinuousClock.Instant
  }

  private struct Failure {
    var reason: String
    var attempts: Int
    /// Refreshes to let pass before the next attempt.
    var wait: Int
  }

  /// Where the bundles are.
  public let registry: ModelRegistry
  /// Which kind of bundle.
  public let kind: String
  private let spares: Int
  private let grace: Duration
  private let load: @Sendable (BundleManifest, _ registry: ModelRegistry) throws -> Model
  private let state = Mutex(State())
  /// Held while loading, so that two callers never load at once. Never taken by a reader.
  private let loading = Mutex(())

  /// No model yet; ``refresh()`` loads what the labels name.
  ///
  /// - Parameters:
  ///   - spares: how many versions that no label names any more stay in memory, for a quick way back.
  ///   - grace: how long after a switch the version before it stays at hand for callers that do not know yet; see
  ///     ``retiredEntry(label:)``.
  ///   - load: opens the bundle and makes the model, checks included. Runs on the caller's thread.
  public init(
    registry: ModelRegistry, kind: String, spares: Int = 1, grace: Duration = .zero,
    load: @escaping @Sendable (BundleManifest, _ registry: ModelRegistry) throws -> Model
  ) {
    self.registry = registry
    self.kind = kind
    self.spares = max(0, spares)
    self.grace = max(.zero, grace)
    self.load = load
  }

  // MARK: Reading

  /// The model that a label gives.
  public func entry(label: String) -> Entry? { state.withLock { $0.current[label] } }

  /// The model that a label gave before the last switch, while the grace after that lasts.
  public func retiredEntry(label: String) -> Entry? {
    state.withLock { state in
      guard let retired = state.retired[label], .now < retired.until else { return nil }
      return retired.entry
    }
  }

  /// A version, if it is in memory.
  public func entry(version: String) -> Entry? {
    state.withLock { state in state.loaded.last { $0.version == version } }
  }

  /// Versions in memory.
  public var versions: Set<String> { state.withLock { Set($0.loaded.map(\.version)) } }

  /// Why versions could not be loaded, by version.
  public var failures: [String: String] { state.withLock { $0.failures.mapValues(\.reason) } }

  // MARK: Loading

  /// Loads what the registry's labels name by now. Blocks while it loads.
  ///
  /// A version that failed is tried again after ever more calls, at most 32.
  ///
  /// - Throws: what the registry throws when its labels cannot be read; then nothing has changed.
  @discardableResult
  public func refresh() throws -> [Change] {
    try loading.withLock { _ in
      let labels = try registry.labels(kind)
      var changes: [Change] = []
      for (label, version) in labels.sorted(by: { $0.key < $1.key })
      where entry(label: label)?.version != version {
        guard isDue(version) else { continue }
        do {
          let previous = makeCurrent(try loaded(version), label: label)
          changes.append(.switched(label: label, from: previous, to: version))
        } catch {
          changes.append(.failed(label: label, version: version, reason: "\(error)"))
        }
      }
      let gone = state.withLock { state in
        let gone = state.current.filter { labels[$0.key] == nil }
        for label in gone.keys { state.current[label] = nil }
        return gone
      }
      changes += gone.map { .removed(label: $0.key, version: $0.value.version) }
      dropUnused()
      return changes
    }
  }

  /// Moves a label: the version is loaded and checked first; only then the registry's label moves and
  /// requests get the new one. Blocks while it loads.
  ///
  /// - Returns: the version that the label gave before.
  /// - Throws: what loading or the registry threw; then nothing has changed.
  @discardableResult
  public func move(label: String, to version: String) throws -> String? {
    try loading.withLock { _ in
      let entry = try loaded(version)
      let before = try registry.labels(kind)[label]
      try registry.setLabel(kind: kind, label: label, version: version)
      makeCurrent(entry, label: label)
      dropUnused()
      return before
    }
  }

  // MARK: Bodies; `loading` is held

  private func loaded(_ version: String) throws -> Entry {
    if let entry = entry(version: version) { return entry }
    do {
      let manifest = try registry.manifest(kind: kind, version: version)
      let entry = Entry(manifest: manifest, model: try load(manifest, registry))
      state.withLock { state in
        state.loaded.append(entry)
        state.failures[version] = nil
      }
      return entry
    } catch {
      state.withLock { state in
        let attempts = (state.failures[version]?.attempts ?? 0) + 1
        state.failures[version] = Failure(
          reason: "\(error)", attempts: attempts, wait: min(32, 1 << min(attempts, 5)))
      }
      throw error
    }
  }

  /// Whether a version may be tried now; counts the calls that one that failed has to wait.
  private func isDue(_ version: String) -> Bool {
    state.withLock { state in
      guard let failure = state.failures[version] else { return true }
      state.failures[version]?.wait = failure.wait - 1
      return failure.wait <= 1
    }
  }

  @discardableResult
  private func makeCurrent(_ entry: Entry, label: String) -> String? {
    state.withLock { state in
      let previous = state.current.updateValue(entry, forKey: label)
      if let previous, previous.version != entry.version, grace > .zero {
        state.retired[label] = Retired(entry: previous, until: .now + grace)
      }
      state.loaded.removeAll { $0.version == entry.version }
      state.loaded.append(entry)
      return previous?.version
    }
  }

  private func dropUnused() {
    // The dropped models are freed after the lock is given back.
    let dropped = state.withLock { state in
      state.retired = state.retired.filter { .now < $0.value.until }
      let named = Set(
        state.current.values.map(\.version) + state.retired.values.map(\.entry.version))
      let unused = state.loaded.map(\.version).filter { !named.contains($0) }
      let drop = Set(unused.dropLast(spares))
      let dropped = state.loaded.filter { drop.contains($0.version) }
      state.loaded.removeAll { drop.contains($0.version) }
      return dropped
    }
    _ = dropped
  }
}
