import Foundation

/// Facts of the catalogue.
enum ItemContentFeatures {
  private static let view = FeatureView(name: "item_content", defaultValue: .nan)

  static let declared: [FeatureDeclaration] = [
    view.item("year", .fact, "year of release") { $0.year },
    view.item("log_price", .fact, "ln(1 + price)") { $0.logPrice },
    view.item("category_count", .fact, "number of categories") { $0.categoryCount },
  ]
}
