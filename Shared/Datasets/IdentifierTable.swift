import Foundation

/// Gives each external id a dense row, in the order of first sight.
///
/// Ids that are plain numbers below 2^24 (as in MovieLens) are found by one load; all others by an
/// open-addressing hash table over their bytes. No `String` is made for a row of data: texts lie in one array.
struct IdentifierTable: Sendable {
  /// Numbers below it have their own places.
  static let numberLimit = 1 << 24

  /// All ids, one after another.
  private var texts: [UInt8] = []
  /// Where each id begins; one more than there are ids.
  private var starts: [Int] = [0]
  private var rowsOfNumbers: [Int32] = []
  private var slots: [Int32] = [Int32](repeating: -1, count: 1024)
  private var hashes: [UInt64] = []

  /// Number of ids.
  var count: Int { starts.count - 1 }

  /// The ids by row.
  ///
  /// - Complexity: O(bytes of all).
  var identifiers: [String] { (0..<count).map { identifier($0) } }

  /// The id of a row.
  func identifier(_ row: Int) -> String {
    String(decoding: texts[starts[row]..<starts[row + 1]], as: UTF8.self)
  }

  /// The row of an id; a new one when it was never seen.
  @inline(__always)
  mutating func row(of bytes: UnsafeBufferPointer<UInt8>) -> Int32 {
    if let number = Self.plainNumber(bytes) { return row(ofNumber: number) }
    return row(ofText: bytes)
  }

  /// The row of an id that is a plain number below ``numberLimit``; a new one when it was never seen.
  @inline(__always)
  mutating func row(ofNumber number: Int) -> Int32 {
    if number < rowsOfNumbers.count, rowsOfNumbers[number] >= 0 { return rowsOfNumbers[number] }
    return addNumber(number)
  }

  /// The row of an id; a new one when it was never seen.
  mutating func row(of identifier: String) -> Int32 {
    var copy = identifier
    return copy.withUTF8 { row(of: $0) }
  }

  /// The row of an id that was seen.
  func existingRow(of identifier: String) -> Int32? {
    var copy = identifier
    return copy.withUTF8 { bytes -> Int32? in
      if let number = Self.plainNumber(bytes) {
        guard number < rowsOfNumbers.count, rowsOfNumbers[number] >= 0 else { return nil }
        return rowsOfNumbers[number]
      }
      let found = slots[slot(of: bytes, hash: Self.hash(bytes))]
      return found >= 0 ? found : nil
    }
  }

  /// The id's value when it is a number as Swift would print it, below ``numberLimit``.
  @inline(__always)
  static func plainNumber(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    guard !bytes.isEmpty, bytes.count <= 8, bytes[0] != 0x30 || bytes.count == 1 else { return nil }
    var value = 0
    for byte in bytes {
      let digit = byte &- 0x30
      guard digit < 10 else { return nil }
      value = value &* 10 &+ Int(digit)
    }
    return value < numberLimit ? value : nil
  }

  @inline(never)
  private mutating func addNumber(_ number: Int) -> Int32 {
    if number >= rowsOfNumbers.count {
      let room = max(number + 1, min(rowsOfNumbers.count * 2, Self.numberLimit))
      rowsOfNumbers.append(contentsOf: repeatElement(-1, count: room - rowsOfNumbers.count))
    }
    let row = Int32(count)
    rowsOfNumbers[number] = row
    texts.append(contentsOf: String(number).utf8)
    starts.append(texts.count)
    hashes.append(0)
    return row
  }

  /// The row of an id that is no plain number; a new one when it was never seen.
  mutating func row(ofText bytes: UnsafeBufferPointer<UInt8>) -> Int32 {
    let hash = Self.hash(bytes)
    let place = slot(of: bytes, hash: hash)
    if slots[place] >= 0 { return slots[place] }
    let row = Int32(count)
    slots[place] = row
    texts.append(contentsOf: bytes)
    starts.append(texts.count)
    hashes.append(hash)
    if count * 2 > slots.count { grow() }
    return row
  }

  /// Lends the bytes of an id.
  func withBytes<Result>(
    of row: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result {
    texts.withUnsafeBufferPointer { texts in
      body(UnsafeBufferPointer(rebasing: texts[starts[row]..<starts[row + 1]]))
    }
  }

  /// The slot that holds the id, or the empty one where it belongs.
  private func slot(of bytes: UnsafeBufferPointer<UInt8>, hash: UInt64) -> Int {
    let mask = slots.count - 1
    var place = Int(truncatingIfNeeded: hash) & mask
    while slots[place] >= 0 {
      let row = Int(slots[place])
      if hashes[row] == hash, isEqual(row, bytes) { break }
      place = (place + 1) & mask
    }
    return place
  }

  private func isEqual(_ row: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let start = starts[row]
    guard starts[row + 1] - start == bytes.count, let other = bytes.baseAddress else {
      return starts[row + 1] - start == bytes.count
    }
    return texts.withUnsafeBufferPointer { texts in
      texts.baseAddress.map { memcmp($0 + start, other, bytes.count) == 0 } ?? false
    }
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: slots.count * 4)
    let mask = slots.count - 1
    for (row, hash) in hashes.enumerated() where hash != 0 {
      var place = Int(truncatingIfNeeded: hash) & mask
      while slots[place] >= 0 { place = (place + 1) & mask }
      slots[place] = Int32(row)
    }
  }

  /// FNV-1a with a final mix; never 0, which marks the plain numbers.
  private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var state: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { state = (state ^ UInt64(byte)) &* 0x100_0000_01b3 }
    state = (state ^ (state >> 32)) &* 0xd6e8_feb8_6659_fd93
    return (state ^ (state >> 32)) | 1
  }
}
