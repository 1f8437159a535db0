internal import CTorch
internal import Recommenders

/// A tensor of libtorch, with the graph that it was made by.
///
/// Shapes that do not fit throw. Not safe to use from two threads at once; work is split over cores by
/// ``ShardedTraining``. Freed with the last reference.
final class Tensor {
  /// Owned.
  let handle: OpaquePointer

  private init(handle: OpaquePointer) { self.handle = handle }

  deinit { ctorch_tensor_free(handle) }

  /// Tensors that are alive, for leak tests.
  static var liveCount: Int { Int(ctorch_live_tensors()) }

  /// The tensor that a call of the door makes.
  static func made(
    _ call: (UnsafeMutablePointer<OpaquePointer?>, ctorch_message) -> ctorch_code
  ) throws -> Tensor {
    var handle: OpaquePointer?
    try checked { call(&handle, $0) }
    guard let handle else { throw RecommenderError(.numericFailure, "libtorch gave no tensor") }
    return Tensor(handle: handle)
  }

  /// Turns a code and a message into an error.
  static func checked(_ call: (ctorch_message) -> ctorch_code) throws {
    try withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
      guard let text = buffer.baseAddress else { return }
      text.initialize(repeating: 0, count: buffer.count)
      let code = call(ctorch_message(text: text, capacity: buffer.count))
      guard code != CTORCH_OK else { return }
      throw RecommenderError(.numericFailure, "libtorch: \(String(cString: text))")
    }
  }
}

// MARK: In and out

extension Tensor {
  /// Values in row-major order, copied.
  static func values(_ values: [Float], _ shape: [Int]) throws -> Tensor {
    guard shape.allSatisfy({ $0 >= 0 }), shape.reduce(1, *) == values.count else {
      throw RecommenderError(.invalidArgument, "\(values.count) values do not fill \(shape)")
    }
    let extents = shape.map(Int64.init)
    return try made { ctorch_tensor_create(values, extents, Int32(shape.count), $0, $1) }
  }

  /// Rows, or columns, to take.
  static func indices(_ rows: [Int64]) throws -> Tensor {
    try made { ctorch_indices_create(rows, Int64(rows.count), $0, $1) }
  }

  /// A leaf of a graph that shares this tensor's memory and collects a gradient of its own.
  func leaf() throws -> Tensor { try Tensor.made { ctorch_leaf_create(handle, $0, $1) } }

  /// Extents, outermost first.
  var shape: [Int] {
    (0..<ctorch_tensor_dimensions(handle)).map { Int(ctorch_tensor_extent(handle, $0)) }
  }

  /// A copy of the values, row-major.
  func read() throws -> [Float] {
    var values = [Float](repeating: 0, count: shape.reduce(1, *))
    try Tensor.checked { ctorch_tensor_read(handle, &values, Int64(values.count), $0) }
    return values
  }

  /// The value of a tensor of one.
  func scalar() throws -> Float {
    guard let value = try read().first else {
      throw RecommenderError(.invalidArgument, "an empty tensor has no value")
    }
    return value
  }

  /// A copy of the gradient that this leaf has collected.
  func gradient() throws -> [Float] {
    try Tensor.made { ctorch_gradient(handle, $0, $1) }.read()
  }

  /// Adds the gradients of this scalar to its leaves.
  func backward() throws { try Tensor.checked { ctorch_backward(handle, $0) } }
}
