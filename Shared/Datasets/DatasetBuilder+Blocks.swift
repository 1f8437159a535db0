import RecommendationCore

extension DatasetBuilder {
  /// Says what all rows are for that came since the last call of it, or since the beginning.
  mutating func mark(as part: DatasetPart) {
    let count = interactions.count - interactions.heldOut.count
    interactions.heldOut.append(contentsOf: repeatElement(part.rawValue, count: count))
  }

  /// Takes in the rows of a file's next block: ids get their rows here, in the order of first sight.
  mutating func take(
    _ block: consuming RowBlock, linesBefore: Int, rowsBefore: Int, path: String
  ) {
    report(block, linesBefore, path)
    Self.code(&block.users, texts: block.userTexts, into: &users)
    Self.code(&block.items, texts: block.itemTexts, into: &items)
    if block.timesCountRows {
      for row in block.times.indices { block.times[row] += Int64(rowsBefore) * 1000 }
    }
    guard block.hasImpressions else {
      interactions.users += block.users
      interactions.items += block.items
      interactions.types += block.types
      interactions.values += block.values
      interactions.timesMilliseconds += block.times
      interactions.heldOut += block.parts
      return
    }
    for row in block.users.indices {
      let type = EventType(rawValue: block.types[row]) ?? .view
      func add(to table: inout InteractionTable) {
        table.append(
          user: block.users[row], item: block.items[row], type: type, value: block.values[row],
          timeMilliseconds: block.times[row])
      }
      if type == .impression {
        add(to: &shown)
      } else {
        add(to: &interactions)
        if !block.parts.isEmpty { interactions.heldOut.append(block.parts[row]) }
      }
    }
  }

  private mutating func report(_ block: borrowing RowBlock, _ linesBefore: Int, _ path: String) {
    var told = [Int](repeating: 0, count: RowBlock.Rule.allCases.count)
    for breach in block.breaches {
      told[breach.rule.rawValue] += 1
      refuse(breach.rule, breach.text, at: "\(path):\(linesBefore + breach.line)", count: 1)
    }
    for rule in RowBlock.Rule.allCases {
      let more = block.breachCounts[rule.rawValue] - told[rule.rawValue]
      if more > 0 { refuse(rule, "", at: path, count: more) }
    }
  }

  private mutating func refuse(_ rule: RowBlock.Rule, _ text: String, at place: String, count: Int)
  {
    switch rule {
    case .schema: refuseRow(text, at: place, count: count)
    case .value: refuse("range.value", text, at: place, count: count)
    case .time: refuse("range.time", text, at: place, count: count)
    }
  }

  /// Puts rows of the dataset's table in the place of numbers and of rows of the block's own table.
  private static func code(
    _ column: inout [Int32], texts: borrowing IdentifierTable, into table: inout IdentifierTable
  ) {
    // Texts get their rows when their turn comes, so that numbers and texts keep one order.
    var known = [Int32](repeating: -1, count: texts.count)
    column.withUnsafeMutableBufferPointer { column in
      for place in 0..<column.count {
        let code = column[place]
        if code >= 0 {
          column[place] = table.row(ofNumber: Int(code))
          continue
        }
        let local = Int(-1 - code)
        if known[local] < 0 {
          known[local] = texts.withBytes(of: local) { table.row(ofText: $0) }
        }
        column[place] = known[local]
      }
    }
  }
}
