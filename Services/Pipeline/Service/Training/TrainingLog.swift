import Datasets
import Features
import RecommendationCore

/// The part of a dataset that training and materialization may see, as events in the order of time.
///
/// Held-out interactions are left out, and so is everything that was shown to a user from the moment of
/// the first held-out one on: what a shop chose to show tells what came next.
struct TrainingLog: Sendable {
  let dataset: Dataset
  /// Keys of users by row.
  let users: [UserID]
  /// Keys of items by row.
  let items: [ItemID]
  /// Rows of the interactions for training, in the order of time.
  let rows: [Int32]
  /// Rows of the impressions, in the order of time.
  let shown: [Int32]
  /// Time of each user's first held-out interaction; `.max` where nothing is held out.
  let firstHeldOut: [Int64]

  init(_ dataset: Dataset) {
    self.dataset = dataset
    users = dataset.users.map(\.id)
    items = dataset.items.map(\.id)
    let table = dataset.interactions
    var first = [Int64](repeating: .max, count: dataset.users.count)
    var rows: [Int32] = []
    rows.reserveCapacity(table.count)
    for row in 0..<table.count {
      guard table.isHeldOut(row) else {
        rows.append(Int32(row))
        continue
      }
      let user = Int(table.users[row])
      first[user] = min(first[user], table.timesMilliseconds[row])
    }
    self.rows = rows
    firstHeldOut = first
    let impressions = dataset.impressions
    shown = (0..<Int32(impressions.count)).filter { row in
      impressions.timesMilliseconds[Int(row)] < first[Int(impressions.users[Int(row)])]
    }
  }

  /// Number of events.
  var eventCount: Int { rows.count + shown.count }

  /// Time of the last training interaction.
  var lastMilliseconds: Int64 {
    rows.last.map { dataset.interactions.timesMilliseconds[Int($0)] } ?? 0
  }

  /// Time of the first training interaction.
  var firstMilliseconds: Int64 {
    rows.first.map { dataset.interactions.timesMilliseconds[Int($0)] } ?? 0
  }

  /// The time before which a share of the training interactions lies.
  func time(atShare share: Double) -> Int64 {
    guard !rows.isEmpty else { return 0 }
    let place = min(max(Int(Double(rows.count) * share), 0), rows.count - 1)
    return dataset.interactions.timesMilliseconds[Int(rows[place])]
  }

  /// How many of the training rows lie strictly before a time.
  func rowCount(before time: Int64) -> Int {
    var low = 0
    var high = rows.count
    while low < high {
      let middle = (low + high) / 2
      if dataset.interactions.timesMilliseconds[Int(rows[middle])] < time {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }

  /// All events as columns, in the order of ``TrainingLogCursor``: 25 bytes an event.
  func columns() -> EventColumns {
    let (acts, impressions) = (dataset.interactions, dataset.impressions)
    // An act's row, or -1 minus an impression's. What was shown comes before what was done at once.
    var order: [Int32] = rows
    if !shown.isEmpty {
      order.removeAll(keepingCapacity: true)
      var next = 0
      for row in rows {
        let time = acts.timesMilliseconds[Int(row)]
        while next < shown.count, impressions.timesMilliseconds[Int(shown[next])] <= time {
          order.append(-1 - shown[next])
          next += 1
        }
        order.append(row)
      }
      order += shown[next...].map { -1 - $0 }
    }
    func column<Value>(_ act: [Value], _ impression: [Value]) -> [Value] {
      order.map { $0 >= 0 ? act[Int($0)] : impression[Int(-1 - $0)] }
    }
    return EventColumns(
      users: users, items: items, userRows: column(acts.users, impressions.users),
      itemRows: column(acts.items, impressions.items),
      types: column(acts.types, impressions.types),
      values: order.map { $0 >= 0 ? acts.values[Int($0)] : 0 },
      timesMilliseconds: column(acts.timesMilliseconds, impressions.timesMilliseconds),
      positions: shown.isEmpty
        ? [] : order.map { UInt32($0 >= 0 ? 0 : max(impressions.values[Int(-1 - $0)], 0)) })
  }

  /// An interaction as an event.
  func act(_ row: Int32) -> Event { event(dataset.interactions, Int(row)) }

  /// An impression as an event.
  func impression(_ row: Int32) -> Event { event(dataset.impressions, Int(row)) }

  private func event(_ table: InteractionTable, _ row: Int) -> Event {
    let type = table.type(row)
    let isShown = type == .impression
    return Event(
      user: users[Int(table.users[row])], item: items[Int(table.items[row])], type: type,
      value: isShown ? 0 : Double(table.values[row]),
      timeMilliseconds: table.timesMilliseconds[row],
      position: isShown ? UInt32(max(table.values[row], 0)) : 0)
  }
}

/// A walk through a training log in the order of time; what was shown comes before what was done at once.
struct TrainingLogCursor: Sequence, IteratorProtocol {
  private let log: TrainingLog
  private var nextAct = 0
  private var nextShown = 0

  init(_ log: TrainingLog) { self.log = log }

  /// The next event, if there is one.
  mutating func next() -> Event? { next(before: nil) }

  /// Hands out all events strictly before a time that were not handed out yet.
  mutating func advance(to time: Int64, _ body: (Event) throws -> Void) rethrows {
    while let event = next(before: time) { try body(event) }
  }

  private mutating func next(before time: Int64?) -> Event? {
    let (acts, impressions) = (log.dataset.interactions, log.dataset.impressions)
    let act =
      nextAct < log.rows.count ? acts.timesMilliseconds[Int(log.rows[nextAct])] : nil
    let shown =
      nextShown < log.shown.count ? impressions.timesMilliseconds[Int(log.shown[nextShown])] : nil
    guard let earliest = earlier(act, shown) else { return nil }
    if let time, earliest >= time { return nil }
    if let shown, shown == earliest {
      nextShown += 1
      return log.impression(log.shown[nextShown - 1])
    }
    nextAct += 1
    return log.act(log.rows[nextAct - 1])
  }
}

/// The smaller of two times; nil only when both are.
private func earlier(_ one: Int64?, _ other: Int64?) -> Int64? {
  guard let one, let other else { return one ?? other }
  return Swift.min(one, other)
}
