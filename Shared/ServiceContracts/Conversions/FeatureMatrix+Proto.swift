import Foundation
import RecommendationCore
import RecommendationProtos

#if _endian(big)
  #error("Matrix.values is little-endian and is copied as it lies in memory")
#endif

extension FeatureMatrix {
  /// The matrix of a message: one copy of its bytes.
  ///
  /// Values are not looked at, since a NaN is a missing value; whoever scores them sinks what is not finite.
  ///
  /// - Parameter fingerprint: what `schema_fingerprint` must be; nil takes any.
  /// - Complexity: O(bytes), one copy.
  public init(
    proto: Recsys_Common_V1_Matrix, fingerprint: UInt64? = nil, _ checks: inout FieldChecks
  ) {
    let rows = Int(proto.rows)
    let columns = Int(proto.columns)
    let (cells, overflow) = rows.multipliedReportingOverflow(by: columns)
    let shape = !overflow && cells <= Int(UInt32.max) && proto.values.count == cells * 4
    checks.require(
      shape, "values", "must have rows x columns x 4 bytes, has \(proto.values.count)")
    let bitmap = shape ? (cells + 7) / 8 : 0
    for (field, bits) in [("presence", proto.presence), ("stale", proto.stale)] {
      checks.require(
        bits.isEmpty || bits.count == bitmap, field, "must be empty or have one bit a value")
    }
    if let fingerprint {
      checks.require(
        proto.schemaFingerprint == fingerprint, "schema_fingerprint",
        "is not that of the features asked for")
    }
    guard shape,
      let matrix = FeatureMatrix(
        rows: rows, columns: columns, values: Self.floats(of: proto.values),
        presence: [UInt8](proto.presence), stale: [UInt8](proto.stale))
    else {
      self.init(rows: 0, columns: 0)
      return
    }
    self = matrix
  }

  /// The matrix of a message; throws INVALID_ARGUMENT where its size does not fit.
  public init(proto: Recsys_Common_V1_Matrix, fingerprint: UInt64? = nil) throws {
    self = try FieldChecks.collect {
      FeatureMatrix(proto: proto, fingerprint: fingerprint, &$0)
    }
  }

  /// As a message: one copy of its values.
  ///
  /// - Parameter fingerprint: of the features that name the columns; 0 where they are not features.
  public func proto(fingerprint: UInt64 = 0) -> Recsys_Common_V1_Matrix {
    var message = Recsys_Common_V1_Matrix()
    message.rows = UInt32(clamping: rows)
    message.columns = UInt32(clamping: columns)
    message.values = values.withUnsafeBytes { Data($0) }
    message.schemaFingerprint = fingerprint
    if !presence.isEmpty { message.presence = Data(presence) }
    if !stale.isEmpty { message.stale = Data(stale) }
    return message
  }

  private static func floats(of data: Data) -> [Float] {
    [Float](unsafeUninitializedCapacity: data.count / 4) { buffer, count in
      data.copyBytes(to: UnsafeMutableRawBufferPointer(buffer))
      count = data.count / 4
    }
  }
}
