/// A value of Universal Binary JSON (draft 12), the format of `.ubj` models.
indirect enum UBJSONValue {
  case null
  case flag(Bool)
  case integer(Int64)
  case number(Double)
  case text(String)
  case array([UBJSONValue])
  /// An array of one integer type.
  case integers([Int64])
  /// An array of one floating-point type.
  case numbers([Double])
  case object([String: UBJSONValue])

  /// The value at a path of keys; nil where there is none.
  subscript(path: String...) -> UBJSONValue? {
    var value = self
    for key in path {
      guard case .object(let members) = value, let member = members[key] else { return nil }
      value = member
    }
    return value
  }

  /// An array of integers, however it was written.
  var integerArray: [Int64]? {
    switch self {
    case .integers(let values): return values
    case .array(let values):
      let integers = values.compactMap { if case .integer(let value) = $0 { value } else { nil } }
      return integers.count == values.count ? integers : nil
    default: return nil
    }
  }

  /// An array of numbers, however it was written.
  var numberArray: [Double]? {
    switch self {
    case .numbers(let values): return values
    case .array(let values):
      let numbers = values.compactMap { if case .number(let value) = $0 { value } else { nil } }
      return numbers.count == values.count ? numbers : nil
    default: return nil
    }
  }

  /// The text.
  var string: String? {
    if case .text(let text) = self { text } else { nil }
  }

  /// The elements of an array of any values.
  var elements: [UBJSONValue]? {
    if case .array(let values) = self { values } else { nil }
  }
}
