internal import CXGBoost
internal import RecommendationCore

/// The library's own copy of rows, with labels and groups where there are any.
///
/// Owns its handle; one thread at a time.
final class XGBoostMatrix {
  let handle: DMatrixHandle  // owned

  init(_ rows: FeatureMatrix, threads: Int) throws {
    var created: DMatrixHandle?
    try rows.values.withUnsafeBufferPointer { values in
      let source = arrayInterface(values, rows: rows.rows, columns: rows.columns)
      let configuration = #"{"missing":NaN,"nthread":\#(threads)}"#
      try xgboost { XGDMatrixCreateFromDense(source, configuration, &created) }
    }
    guard let created else { throw RankerError(.library, "no matrix was made") }
    handle = created
  }

  convenience init(_ examples: RankingExamples, threads: Int) throws {
    try self.init(examples.rows, threads: threads)
    let groups = examples.groups.map { UInt32(clamping: $0) }
    try xgboost {
      XGDMatrixSetFloatInfo(handle, "label", examples.labels, UInt64(examples.labels.count))
    }
    try xgboost { XGDMatrixSetUIntInfo(handle, "group", groups, UInt64(groups.count)) }
  }

  deinit { XGDMatrixFree(handle) }
}
