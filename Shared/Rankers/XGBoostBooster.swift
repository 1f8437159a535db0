internal import CXGBoost
internal import RecommendationCore

/// One booster of the library: the owner of its handle.
///
/// `@unchecked Sendable`: it may move between threads, but only one may use it at a time, because the
/// result of a prediction lies in the booster and the next prediction overwrites it.
/// ``XGBoostBoosterPool`` hands each out to one caller only.
final class XGBoostBooster: @unchecked Sendable {
  let handle: BoosterHandle  // owned

  /// A booster that trains on, and knows, these matrices.
  init(matrices: [XGBoostMatrix] = []) throws {
    var created: BoosterHandle?
    let handles: [DMatrixHandle?] = matrices.map(\.handle)
    try xgboost { XGBoosterCreate(handles, UInt64(handles.count), &created) }
    guard let created else { throw RankerError(.library, "no booster was made") }
    handle = created
  }

  private init(owning handle: BoosterHandle) { self.handle = handle }

  deinit { XGBoosterFree(handle) }

  /// A booster from the bytes of a `.ubj` file that ``TreeEnsemble`` has checked, set up to predict on
  /// the caller's thread alone.
  convenience init(model: [UInt8]) throws {
    try self.init()
    do {
      try set("verbosity", "0")
      try xgboost { XGBoosterLoadModelFromBuffer(handle, model, UInt64(model.count)) }
      try set("nthread", "1")
    } catch {
      throw RankerError(.malformedModel, "XGBoost refused the model", cause: error)
    }
  }

  func set(_ name: String, _ value: String) throws {
    try xgboost { XGBoosterSetParam(handle, name, value) }
  }

  /// The booster of the first rounds alone.
  func prefix(rounds: Int) throws -> XGBoostBooster {
    var sliced: BoosterHandle?
    try xgboost { XGBoosterSlice(handle, 0, Int32(clamping: rounds), 1, &sliced) }
    guard let sliced else { throw RankerError(.library, "no slice was made") }
    return XGBoostBooster(owning: sliced)
  }

  /// The bytes of a `.ubj` file.
  func modelBytes() throws -> [UInt8] {
    var count: bst_ulong = 0
    var bytes: UnsafePointer<CChar>?  // borrowed: the library's, until its next call on this thread
    try xgboost { XGBoosterSaveModelToBuffer(handle, #"{"format":"ubj"}"#, &count, &bytes) }
    return [UInt8](UnsafeRawBufferPointer(start: bytes, count: Int(count)))
  }
}

// MARK: Prediction

extension XGBoostBooster {
  /// Margins of rows, read in place.
  func margins(_ rows: FeatureMatrix) throws -> [Float] {
    try rows.values.withUnsafeBufferPointer { values in
      let source = arrayInterface(values, rows: rows.rows, columns: rows.columns)
      return try prediction(count: rows.rows) { shape, dimensions, result in
        XGBoosterPredictFromDense(
          handle, source, Self.marginConfiguration, nil, &shape, &dimensions, &result)
      }
    }
  }

  /// SHAP values of rows (Lundberg, Erion, Lee 2018), the bias last.
  ///
  /// The library's in-place prediction knows values and margins only, so these rows are copied.
  func contributions(_ rows: FeatureMatrix) throws -> [Float] {
    let matrix = try XGBoostMatrix(rows, threads: 1)
    return try prediction(count: rows.rows * (rows.columns + 1)) { shape, dimensions, result in
      XGBoosterPredictFromDMatrix(
        handle, matrix.handle, Self.contributionConfiguration, &shape, &dimensions, &result)
    }
  }

  private static let marginConfiguration = #"""
    {"type":1,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":false,
    "cache_id":0,"missing":NaN}
    """#
  private static let contributionConfiguration = #"""
    {"type":2,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":false}
    """#

  private func prediction(
    count: Int,
    _ call: (
      _ shape: inout UnsafePointer<bst_ulong>?, _ dimensions: inout bst_ulong,
      _ result: inout UnsafePointer<Float>?
    ) -> Int32
  ) throws -> [Float] {
    var shape: UnsafePointer<bst_ulong>?  // borrowed from the booster, as is the result
    var dimensions: bst_ulong = 0
    var result: UnsafePointer<Float>?
    try xgboost { call(&shape, &dimensions, &result) }
    let found = (0..<Int(dimensions)).reduce(1) { $0 * Int(shape?[$1] ?? 0) }
    guard found == count, let result else {
      throw RankerError(.library, "\(found) predicted values instead of \(count)")
    }
    return [Float](UnsafeBufferPointer(start: result, count: count))
  }
}
