import Catalogue
import RecommendationCore

/// Replays a log and lets features be read as they stood at moments in it: a read at time t sees the events
/// strictly before t and nothing else (a point-in-time join).
public struct FeatureReplay {
  /// The state after the events so far.
  public private(set) var engine: FeatureEngine
  private let events: [Event]
  private var next = 0
  private var lastRead = Int64.min

  /// A replay from the start.
  ///
  /// - Parameter events: in the order of time; events of one time in their order of arrival.
  /// - Throws: ``FeatureError`` when they are not in order.
  public init(events: [Event], catalogue: CatalogueSnapshot) throws {
    for (earlier, later) in zip(events, events.dropFirst())
    where later.timeMilliseconds < earlier.timeMilliseconds {
      throw FeatureError(
        .notInOrder, "event at \(later.timeMilliseconds) after \(earlier.timeMilliseconds)")
    }
    self.events = events
    engine = FeatureEngine(catalogue: catalogue)
  }

  /// How many events have been applied.
  public var appliedCount: Int { next }

  /// Applies all events strictly before a moment.
  ///
  /// - Throws: ``FeatureError`` for a moment before an earlier one: the past cannot be read again.
  public mutating func advance(to timeMilliseconds: Int64) throws {
    guard timeMilliseconds >= lastRead else {
      throw FeatureError(.notInOrder, "read at \(timeMilliseconds) after \(lastRead)")
    }
    lastRead = timeMilliseconds
    while next < events.count, events[next].timeMilliseconds < timeMilliseconds {
      engine.apply(events[next])
      next += 1
    }
  }

  /// Applies the rest.
  public mutating func finish() throws {
    try advance(to: .max)
    while next < events.count {
      engine.apply(events[next])
      next += 1
    }
  }
}
