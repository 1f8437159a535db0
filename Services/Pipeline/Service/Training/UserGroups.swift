import Datasets
import Models
import RecommendationCore

/// Which segments of `category-popular` the items and users of a dataset belong to.
enum UserGroups {
  /// The categories of each item.
  static func categories(_ dataset: Dataset) -> [ItemID: [UInt64]] {
    Dictionary(
      dataset.items.map { item in
        (item.id, item.categories.map { SegmentPopularity.category($0) })
      }
    ) { first, _ in first }
  }

  /// The groups of each user: one a value of an attribute. What is too rare to say anything, such as a name or
  /// a postcode, the fit leaves out.
  static func people(_ dataset: Dataset) -> [UserID: [UInt64]] {
    Dictionary(
      dataset.users.map { user in
        (
          user.id,
          user.attributes.sorted { $0.key < $1.key }.flatMap { name, value -> [UInt64] in
            switch value {
            case .text(let text): [SegmentPopularity.people(name, text)]
            case .texts(let texts): texts.map { SegmentPopularity.people(name, $0) }
            case .flag(let flag): [SegmentPopularity.people(name, flag ? "true" : "false")]
            case .number(let number): [SegmentPopularity.people(name, String(number))]
            }
          }
        )
      }
    ) { first, _ in first }
  }
}
