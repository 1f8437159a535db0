import Models

/// The settings that item and user neighbours share.
enum NeighbourSettings {
  static func all(rows: String, features: String, neighbours: Setting) -> [Setting] {
    [
      neighbours,
      .names(
        "similarity", Similarity.Measure.allCases.map(\.rawValue), isSearched: true,
        "how \(rows) are compared",
        default: { _ in Similarity.Measure.cosine.rawValue }),
      .real(
        "shrinkage", 0...1e6, search: 0...100, "takes weight from \(rows) of few \(features)",
        default: { _ in 0 }),
      .real(
        "\(features)-exponent", 0...2, search: 0...1,
        "of \(features) with n entries, one counts n to minus this (cosine, jaccard)",
        default: { _ in 0.5 }),
      .real(
        "size-exponent", 0...1, search: 0...1,
        "the other side's share in the cosine's denominator, 0.5 in the plain one; BM25's b",
        default: { _ in 0.5 }),
    ]
  }

  static func similarity(
    _ values: SettingValues, rows: SparseRows, features: SparseRows, featureName: String
  ) -> Similarity {
    Similarity(
      Similarity.Measure(rawValue: values.name("similarity")) ?? .cosine, rows: rows,
      features: features, featureExponent: values.float("\(featureName)-exponent"),
      sizeExponent: values.float("size-exponent"), shrinkage: values.float("shrinkage"))
  }
}
