/// Rows of a ratings file as bytes, without a `String` on the way.
struct RatingsText: Sendable {
  private(set) var bytes: [UInt8] = []

  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  /// `user,item,3.5,seconds` and a line end.
  mutating func append(_ rating: UserRatings.Rating, user: Int) {
    append(user)
    bytes.append(0x2c)
    append(Int(rating.item))
    bytes.append(0x2c)
    append(Int(rating.halves) / 2)
    bytes.append(0x2e)
    bytes.append(rating.halves % 2 == 0 ? 0x30 : 0x35)
    bytes.append(0x2c)
    append(Int(rating.seconds))
    bytes.append(0x0a)
  }

  /// A number that is not negative.
  private mutating func append(_ number: Int) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var place = digits.count
      var rest = number
      repeat {
        place -= 1
        digits[place] = 0x30 + UInt8(rest % 10)
        rest /= 10
      } while rest > 0
      bytes.append(contentsOf: digits[place...])
    }
  }
}
