import RecommendationCore

/// Gathers what a reader finds and makes a checked dataset of it.
struct DatasetBuilder {
  let name: String
  var rules: DatasetRules
  var users = IdentifierTable()
  var items = IdentifierTable()
  var interactions = InteractionTable()
  /// What was shown, where a source tells it apart.
  var shown = InteractionTable()
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

  /// Counts rows that are no rows.
  @inline(never)
  mutating func refuseRow(_ why: String, at place: String, count: Int = 1) {
    report.record(
      "schema", .error, "every row has the columns that its header promises; others are dropped",
      count: count, example: "\(place): \(why)")
  }

  @inline(never)
  mutating func refuse(_ rule: String, _ value: String, at place: String, count: Int = 1) {
    let text =
      rule == "range.value"
      ? "values lie in \(rules.values.lowerBound) to \(rules.values.upperBound); others are dropped"
      : "times lie from 1970 to 2100; others are dropped"
    report.record(rule, .warning, text, count: count, example: "\(place): \(value)")
  }

  /// Applies the rules that need the whole, sorts by time, and makes the dataset.
  ///
  /// - Throws: ``DatasetError`` when nothing is left, or when two ids share a key.
  consuming func finish(rowsRead: Int) throws -> (Dataset, ValidationReport) {
    report.rowsRead = rowsRead
    checkUsers()
    interactions.sortByTime()
    shown.sortByTime()
    report.rowsKept = interactions.count
    guard interactions.count > 0 else {
      throw DatasetError(.validation, "\(name): no interaction could be read\n\(report.text)")
    }
    let dataset = Dataset(
      name: name,
      users: (0..<users.count).map { row in
        describedUsers[Int32(row)] ?? DatasetUser(externalID: users.identifier(row))
      },
      items: (0..<items.count).map { row in
        let identifier = items.identifier(row)
        return describedItems[Int32(row)] ?? Item(externalID: identifier, title: identifier)
      },
      interactions: interactions, impressions: shown)
    try refuseCollisions(dataset)
    return (dataset, report)
  }

  /// The rules that look at a user's rows together, or at which users and items have any.
  private mutating func checkUsers() {
    let check = UserRowsCheck(table: interactions, repetition: rules.repetition)
    let outcome = check.run(userCount: users.count, itemCount: items.count)
    if outcome.disorder > 0 {
      report.record(
        "time.order", .note, "a user's rows come in time order; the others were sorted",
        count: outcome.disorder)
    }
    drop(outcome.repeated)
    noteOrphans(outcome)
  }

  /// - Parameter repeated: rising.
  private mutating func drop(_ repeated: [Int32]) {
    guard !repeated.isEmpty else { return }
    let text =
      rules.repetition == .pair
      ? "a user rates an item once; the last counts"
      : "an act is logged once; repetitions are dropped"
    report.record("duplicate", .warning, text, count: repeated.count)
    for row in repeated.prefix(ValidationReport.exampleLimit) {
      report.record(
        "duplicate", .warning, text, count: 0,
        example: "user \(users.identifier(Int(interactions.users[Int(row)]))), item "
          + items.identifier(Int(interactions.items[Int(row)])))
    }
    var kept: [Int32] = []
    kept.reserveCapacity(interactions.count - repeated.count)
    var next = 0
    for row in 0..<Int32(interactions.count) {
      if next < repeated.count, repeated[next] == row { next += 1 } else { kept.append(row) }
    }
    interactions = interactions.gathered(kept)
  }

  private mutating func noteOrphans(_ outcome: UserRowsCheck.Outcome) {
    // What was only shown is no orphan and not unused either.
    var (itemUsed, userUsed) = (outcome.itemUsed, outcome.userUsed)
    for row in 0..<shown.count {
      itemUsed[Int(shown.items[row])] = true
      userUsed[Int(shown.users[row])] = true
    }
    for (row, used) in itemUsed.enumerated() {
      if used, rules.listsItems, describedItems[Int32(row)] == nil {
        report.record(
          "orphan.item", .warning, "items of interactions are listed; others get their id as title",
          example: "item \(items.identifier(row))")
      } else if !used {
        report.record("unused.item", .note, "listed items without interactions are kept, cold")
      }
    }
    for (row, used) in userUsed.enumerated() {
      if used, rules.listsUsers, describedUsers[Int32(row)] == nil {
        report.record(
          "orphan.user", .warning, "users of interactions are listed; others have no attributes",
          example: "user \(users.identifier(row))")
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
