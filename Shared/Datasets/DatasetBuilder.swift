import RecommendationCore

/// Gathers what a reader finds and makes a checked dataset of it.
struct DatasetBuilder {
  let name: String
  var rules: DatasetRules
  var users = IdentifierTable()
  var items = IdentifierTable()
  var interactions = InteractionTable()
  var report = ValidationReport()
  private var describedItems: [Int32: Item] = [:]
  private var describedUsers: [Int32: DatasetUser] = [:]

  init(name: String, rules: DatasetRules) {
    self.name = name
    self.rules = rules
  }

  /// Adds what is known of an item; the first description of an id stands.
  mutating func describe(_ item: Item, at place: @autoclosure () -> String) {
    let row = items.row(of: item.externalID)
    guard describedItems[row] == nil else {
      report.record(
        "duplicate.item", .warning, "an item is described twice; the first stands", example: place()
      )
      return
    }
    describedItems[row] = item
  }

  /// Adds what is known of a user; the first description of an id stands.
  mutating func describe(_ user: DatasetUser, at place: @autoclosure () -> String) {
    let row = users.row(of: user.externalID)
    guard describedUsers[row] == nil else {
      report.record(
        "duplicate.user", .warning, "a user is described twice; the first stands", example: place())
      return
    }
    describedUsers[row] = user
  }

  /// Changes what is known of an item that was described.
  mutating func amend(item identifier: String, _ change: (inout Item) -> Void) -> Bool {
    guard let row = items.existingRow(of: identifier), var item = describedItems[row] else {
      return false
    }
    change(&item)
    describedItems[row] = item
    return true
  }

  /// Adds an interaction if its value and time are in range.
  @inline(__always)
  mutating func add(
    user: Int32, item: Int32, type: EventType, value: Double, timeMilliseconds: Int64,
    at place: @autoclosure () -> String
  ) {
    guard rules.values.contains(value) else {
      return refuse("range.value", "\(value)", at: place())
    }
    guard rules.timesMilliseconds.contains(timeMilliseconds) else {
      return refuse("range.time", "\(timeMilliseconds) ms", at: place())
    }
    interactions.append(
      user: user, item: item, type: type, value: Float(value), timeMilliseconds: timeMilliseconds)
  }

  /// Counts a row that is no row.
  @inline(never)
  mutating func refuseRow(_ why: String, at place: String) {
    report.record(
      "schema", .error, "every row has the columns that its header promises; others are dropped",
      example: "\(place): \(why)")
  }

  @inline(never)
  private mutating func refuse(_ rule: String, _ value: String, at place: String) {
    let text =
      rule == "range.value"
      ? "values lie in \(rules.values.lowerBound) to \(rules.values.upperBound); others are dropped"
      : "times lie from 1970 to 2100; others are dropped"
    report.record(rule, .warning, text, example: "\(place): \(value)")
  }

  /// Applies the rules that need the whole, sorts by time, and makes the dataset.
  ///
  /// - Throws: ``DatasetError`` when nothing is left, or when two ids share a key.
  consuming func finish(rowsRead: Int) throws -> (Dataset, ValidationReport) {
    report.rowsRead = rowsRead
    noteDisorder()
    if !interactions.isInTimeOrder {
      interactions = interactions.gathered(interactions.rowsInTimeOrder())
    }
    dropRepetitions()
    noteOrphans()
    report.rowsKept = interactions.count
    guard interactions.count > 0 else {
      throw DatasetError(.validation, "\(name): no interaction could be read\n\(report.text)")
    }
    let dataset = Dataset(
      name: name,
      users: users.identifiers.enumerated().map { row, identifier in
        describedUsers[Int32(row)] ?? DatasetUser(externalID: identifier)
      },
      items: items.identifiers.enumerated().map { row, identifier in
        describedItems[Int32(row)] ?? Item(externalID: identifier, title: identifier)
      },
      interactions: interactions)
    try refuseCollisions(dataset)
    return (dataset, report)
  }

  /// Rows of one user that go back in time: harmless, for they are sorted, but worth knowing.
  private mutating func noteDisorder() {
    var last = [Int64](repeating: .min, count: users.count)
    var count = 0
    for row in 0..<interactions.count {
      let user = Int(interactions.users[row])
      if interactions.timesMilliseconds[row] < last[user] { count += 1 }
      last[user] = interactions.timesMilliseconds[row]
    }
    if count > 0 {
      report.record(
        "time.order", .note, "a user's rows come in time order; the others were sorted",
        count: count)
    }
  }

  private mutating func dropRepetitions() {
    let dropped =
      rules.repetition == .pair
      ? repeatedPairs() : interactions.repeatedActs(userCount: users.count)
    guard !dropped.isEmpty else { return }
    for row in dropped.prefix(ValidationReport.exampleLimit) {
      report.record(
        "duplicate", .warning,
        rules.repetition == .pair
          ? "a user rates an item once; the last counts"
          : "an act is logged once; repetitions are dropped", count: 0,
        example: "user \(users.identifiers[Int(interactions.users[Int(row)])]), item "
          + items.identifiers[Int(interactions.items[Int(row)])])
    }
    report.record("duplicate", .warning, "", count: dropped.count)
    let gone = Set(dropped)
    interactions = interactions.gathered(
      (0..<Int32(interactions.count)).filter { !gone.contains($0) })
  }

  /// All but the last row of each user and item.
  private func repeatedPairs() -> [Int32] {
    let groups = interactions.groupedByUser(userCount: users.count)
    var lastUserOfItem = [Int32](repeating: -1, count: items.count)
    var repeated: [Int32] = []
    for user in 0..<users.count {
      for place in (groups.offsets[user]..<groups.offsets[user + 1]).reversed() {
        let item = Int(interactions.items[Int(groups.rows[place])])
        if lastUserOfItem[item] == Int32(user) { repeated.append(groups.rows[place]) }
        lastUserOfItem[item] = Int32(user)
      }
    }
    return repeated.sorted()
  }

  private mutating func noteOrphans() {
    var itemUsed = [Bool](repeating: false, count: items.count)
    var userUsed = [Bool](repeating: false, count: users.count)
    for row in 0..<interactions.count {
      itemUsed[Int(interactions.items[row])] = true
      userUsed[Int(interactions.users[row])] = true
    }
    for (row, used) in itemUsed.enumerated() {
      if used, rules.listsItems, describedItems[Int32(row)] == nil {
        report.record(
          "orphan.item", .warning, "items of interactions are listed; others get their id as title",
          example: "item \(items.identifiers[row])")
      } else if !used {
        report.record("unused.item", .note, "listed items without interactions are kept, cold")
      }
    }
    for (row, used) in userUsed.enumerated() {
      if used, rules.listsUsers, describedUsers[Int32(row)] == nil {
        report.record(
          "orphan.user", .warning, "users of interactions are listed; others have no attributes",
          example: "user \(users.identifiers[row])")
      } else if !used {
        report.record("unused.user", .note, "listed users without interactions are kept")
      }
    }
  }

  private func refuseCollisions(_ dataset: borrowing Dataset) throws {
    for (kind, keys) in [
      ("items", dataset.items.map { ($0.id.rawValue, $0.externalID) }),
      ("users", dataset.users.map { ($0.id.rawValue, $0.externalID) }),
    ] {
      var seen: [UInt64: String] = [:]
      seen.reserveCapacity(keys.count)
      for (key, identifier) in keys {
        if let other = seen.updateValue(identifier, forKey: key) {
          throw DatasetError(
            .validation, "two \(kind) share a key: \(other) and \(identifier); rename one")
        }
      }
    }
  }
}

extension InteractionTable {
  /// Rows that repeat another's user, item, type and time. The table is in time order.
  fileprivate func repeatedActs(userCount: Int) -> [Int32] {
    struct Act: Hashable { var user, item: Int32, type: UInt8 }
    var repeated: [Int32] = []
    var start = 0
    while start < count {
      var end = start + 1
      while end < count, timesMilliseconds[end] == timesMilliseconds[start] { end += 1 }
      if end - start > 1 {
        var seen = Set<Act>(minimumCapacity: end - start)
        for row in start..<end
        where !seen.insert(Act(user: users[row], item: items[row], type: types[row])).inserted {
          repeated.append(Int32(row))
        }
      }
      start = end
    }
    return repeated
  }
}
