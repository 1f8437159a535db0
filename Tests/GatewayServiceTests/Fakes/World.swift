import Foundation
import RecommendationCore
import RecommendationProtos
import ServiceContracts

/// Sixty films.
enum World {
  static let items: [Item] = (0..<60).map { number in
    let parity = number % 2 == 0 ? "Even" : "Odd"
    return Item(
      externalID: "item-\(number)", title: "Film \(number)",
      categories: [parity, "Third \(number % 3)"],
      attributes: ["number": .number(Double(number))], year: Int32(1960 + number))
  }
  static let numberByKey: [UInt64: Int] = Dictionary(
    uniqueKeysWithValues: items.indices.map { (items[$0].id.rawValue, $0) })

  /// How the fake ranker likes an item: 37 n mod 60, so that its order is unlike any source's.
  static func appeal(_ key: UInt64) -> Float { numberByKey[key].map { Float($0 * 37 % 60) } ?? -1 }

  /// A row a key: its appeal, then ones.
  static func matrix(
    _ keys: [UInt64], columns features: Recsys_Common_V1_FeatureSet
  ) -> Recsys_Common_V1_Matrix {
    var matrix = FeatureMatrix(rows: keys.count, columns: features.features.count, repeating: 1)
    if matrix.columns > 0 {
      for (row, key) in keys.enumerated() { matrix[row, 0] = appeal(key) }
    }
    return matrix.proto(fingerprint: features.fingerprint)
  }
}
