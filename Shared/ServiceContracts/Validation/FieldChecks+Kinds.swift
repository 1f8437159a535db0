import RecommendationCore

/// Checks that many messages share.
extension FieldChecks {
  /// Text of at most `bytes` UTF-8 bytes.
  @discardableResult
  public mutating func text(_ value: String, _ field: String, limit bytes: Int) -> Bool {
    require(value.utf8.count <= bytes, field, "must be at most \(bytes) bytes long")
  }

  /// Text of 1 to `bytes` UTF-8 bytes.
  @discardableResult
  public mutating func requiredText(_ value: String, _ field: String, limit bytes: Int) -> Bool {
    require(!value.isEmpty, field, "is required") && text(value, field, limit: bytes)
  }

  /// An external id that must be given.
  @discardableResult
  public mutating func requiredID(_ value: String, _ field: String) -> Bool {
    requiredText(value, field, limit: Limits.externalIDBytes)
  }

  /// External ids in a list: not empty, not too long, not too many.
  public mutating func ids(_ values: [String], _ field: String, limit count: Int) {
    self.count(values.count, field, atMost: count)
    for (index, value) in values.enumerated()
    where value.isEmpty || value.utf8.count > Limits.externalIDBytes {
      refuse(
        "\(field)[\(index)]",
        value.isEmpty
          ? "must not be empty" : "must be at most \(Limits.externalIDBytes) bytes long")
      return
    }
  }

  /// Keys in a list: not 0, not too many.
  public mutating func keys(_ values: [UInt64], _ field: String, limit count: Int) {
    self.count(values.count, field, atMost: count)
    if let index = values.firstIndex(of: 0) {
      refuse("\(field)[\(index)]", "must not be 0")
    }
  }

  /// The number of values of a repeated field.
  @discardableResult
  public mutating func count(
    _ count: Int, _ field: String, atLeast least: Int = 0, atMost most: Int
  ) -> Bool {
    if count < least {
      refuse(field, least == 1 ? "is required" : "must have at least \(least) values")
    } else if count > most {
      refuse(field, "must have at most \(most) values, has \(count)")
    } else {
      return true
    }
    return false
  }

  /// A number that is neither infinite nor NaN.
  @discardableResult
  public mutating func finite(_ value: Double, _ field: String) -> Bool {
    require(value.isFinite, field, "must be a finite number")
  }

  /// An integer in a range.
  @discardableResult
  @inlinable
  public mutating func range<Value: BinaryInteger>(
    _ value: Value, _ field: String, _ range: ClosedRange<Value>
  ) -> Bool {
    require(
      range.contains(value), field,
      "must be from \(range.lowerBound) to \(range.upperBound), is \(value)")
  }
}
