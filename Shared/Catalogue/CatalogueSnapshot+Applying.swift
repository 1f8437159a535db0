import RecommendationCore

extension CatalogueSnapshot {
  /// The contents after some changes; see ``LiveCatalogue/apply(upserts:deletes:sequence:)``.
  func applying(upserts: [Item], deletes: [ItemID], sequence: UInt64) throws -> Contents {
    var rows = RowPlan(freeRows: contents.freeRows, rowCount: contents.rowCount)
    for id in deletes { rows.delete(id.rawValue, row: contents.index.row(of: id.rawValue)) }
    for item in upserts {
      let key = item.id.rawValue
      let row = contents.index.row(of: key)
      let holder =
        rows.item(of: key) ?? (rows.isDeleted(key) ? nil : row.flatMap(self.item(atRow:)))
      if let holder, holder.externalID != item.externalID {
        throw CatalogueError(
          .keyCollision,
          "item '\(item.externalID)' has the key of item '\(holder.externalID)'")
      }
      rows.upsert(item, key: key, row: row)
    }
    return build(rows, sequence: sequence)
  }

  private func build(_ rows: RowPlan, sequence: UInt64) -> Contents {
    var chunks = contents.chunks
    var table = contents.categories
    var index = contents.index
    while chunks.count << CatalogueChunk.shift < rows.rowCount { chunks.append(.empty) }
    // Sorted, so that categories get their numbers in the order of rows, whatever the hash seed.
    var byChunk: [Int: [Int: Item?]] = [:]
    for (row, item) in rows.changes {
      let offset = Int(row) & (CatalogueChunk.capacity - 1)
      byChunk[Int(row) >> CatalogueChunk.shift, default: [:]].updateValue(item, forKey: offset)
    }
    for (number, changes) in byChunk.sorted(by: { $0.key < $1.key }) {
      chunks[number] = chunks[number].replacing(changes, in: &table)
    }
    index.apply(rows.rowByKey)
    return Contents(
      chunks: chunks, index: index, categories: table, sequence: sequence,
      freeRows: rows.freeRows, rowCount: rows.rowCount)
  }
}

/// Which rows a set of changes touches, and how.
private struct RowPlan {
  private(set) var freeRows: [UInt32]
  private(set) var rowCount: Int
  /// By row: the new item, or nil where the row becomes free.
  private(set) var changes: [UInt32: Item?] = [:]
  /// By key: the new row, or nil where the key goes.
  private(set) var rowByKey: [UInt64: UInt32?] = [:]

  init(freeRows: [UInt32], rowCount: Int) {
    self.freeRows = freeRows
    self.rowCount = rowCount
  }

  func isDeleted(_ key: UInt64) -> Bool { rowByKey[key] == .some(nil) }

  /// The item that an earlier change of this plan gives to a key.
  func item(of key: UInt64) -> Item? {
    guard case .some(.some(let row)) = rowByKey[key] else { return nil }
    return changes[row] ?? nil
  }

  mutating func delete(_ key: UInt64, row: Int?) {
    guard let row = row.map(UInt32.init), !isDeleted(key) else { return }
    changes.updateValue(nil, forKey: row)
    rowByKey.updateValue(nil, forKey: key)
    freeRows.append(row)
  }

  mutating func upsert(_ item: Item, key: UInt64, row: Int?) {
    let target: UInt32
    if case .some(.some(let planned)) = rowByKey[key] {
      target = planned
    } else if let row, !isDeleted(key) {
      target = UInt32(row)
    } else if let free = freeRows.popLast() {
      target = free
    } else {
      target = UInt32(rowCount)
      rowCount += 1
    }
    changes.updateValue(item, forKey: target)
    rowByKey.updateValue(target, forKey: key)
  }
}
