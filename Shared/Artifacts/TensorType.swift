/// The type of a tensor's elements, by its name in safetensors.
public enum TensorType: String, Sendable, Hashable, Codable, CaseIterable {
  case float64 = "F64"
  case float32 = "F32"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int64 = "I64"
  case int32 = "I32"
  case int16 = "I16"
  case int8 = "I8"
  case uint64 = "U64"
  case uint32 = "U32"
  case uint16 = "U16"
  case uint8 = "U8"
  case bool = "BOOL"

  /// Bytes of one element.
  public var byteCount: Int {
    switch self {
    case .float64, .int64, .uint64: 8
    case .float32, .int32, .uint32: 4
    case .float16, .bfloat16, .int16, .uint16: 2
    case .int8, .uint8, .bool: 1
    }
  }
}

/// A Swift type whose memory is that of a tensor's element.
public protocol TensorScalar: BitwiseCopyable, Sendable {
  /// The element type that it stands for.
  static var tensorType: TensorType { get }
}

extension Double: TensorScalar {
  /// 64-bit floats.
  public static var tensorType: TensorType { .float64 }
}
extension Float: TensorScalar {
  /// 32-bit floats.
  public static var tensorType: TensorType { .float32 }
}
extension Int64: TensorScalar {
  /// 64-bit integers.
  public static var tensorType: TensorType { .int64 }
}
extension Int32: TensorScalar {
  /// 32-bit integers.
  public static var tensorType: TensorType { .int32 }
}
extension UInt64: TensorScalar {
  /// 64-bit unsigned integers.
  public static var tensorType: TensorType { .uint64 }
}
extension UInt32: TensorScalar {
  /// 32-bit unsigned integers.
  public static var tensorType: TensorType { .uint32 }
}
extension UInt8: TensorScalar {
  /// Bytes.
  public static var tensorType: TensorType { .uint8 }
}
