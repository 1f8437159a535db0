/// A tensor that is to be written: its type, shape and values.
public struct TensorData: Sendable {
  /// Element type.
  public let type: TensorType
  /// Extent of each dimension, outermost first; row-major.
  public let shape: [Int]
  /// Number of bytes of the values.
  public let byteCount: Int
  /// Lends the values; they stay in the caller's array, uncopied.
  let withBytes: @Sendable ((UnsafeRawBufferPointer) throws -> Void) throws -> Void

  /// A tensor of values in row-major order.
  ///
  /// - Throws: ``ArtifactError/Code/invalidArgument`` when the shape does not hold that many values.
  public init<Scalar: TensorScalar>(_ values: [Scalar], shape: [Int]) throws {
    guard let elements = elementCount(shape), elements == values.count else {
      throw ArtifactError(
        .invalidArgument, "\(values.count) values do not fill a tensor of shape \(shape)")
    }
    type = Scalar.tensorType
    self.shape = shape
    byteCount = values.count * type.byteCount
    withBytes = { body in try values.withUnsafeBytes(body) }
  }

  /// A tensor of one dimension.
  public init<Scalar: TensorScalar>(_ values: [Scalar]) {
    type = Scalar.tensorType
    shape = [values.count]
    byteCount = values.count * type.byteCount
    withBytes = { body in try values.withUnsafeBytes(body) }
  }
}

/// Number of elements of a shape; nil when an extent is negative or the product overflows.
func elementCount(_ shape: [Int]) -> Int? {
  var count = 1
  for extent in shape {
    let (product, overflow) = count.multipliedReportingOverflow(by: extent)
    guard extent >= 0, !overflow else { return nil }
    count = product
  }
  return count
}
