import Foundation
public import RecommendationCore

/// Holds an import against the last one of the same name.
public struct DatasetDrift: Sendable {
  /// Above it two distributions are told apart: a usual bound of the population stability index.
  public static let noteworthy = 0.1
  /// Above it they are not the same.
  public static let grave = 0.25
  /// Above this share of new users' or items' interactions, most of what was learned says nothing of the data.
  public static let graveNewShare = 0.5

  /// What the last import was like.
  public let before: DatasetProfile
  private let knownUsers: Set<String>
  private let knownItems: Set<String>

  /// The last import's profile, users and items.
  public init(before: DatasetProfile, users: [DatasetUser], items: [Item]) {
    self.before = before
    knownUsers = Set(users.map(\.externalID))
    knownItems = Set(items.map(\.externalID))
  }

  /// The population stability index of two lists of shares: `sum (b - a) ln(b / a)`; shares below a ten-thousandth
  /// count as that.
  public static func stabilityIndex(_ one: [Double], _ other: [Double]) -> Double {
    var sum = 0.0
    for index in 0..<max(one.count, other.count) {
      let a = max(index < one.count ? one[index] : 0, 1e-4)
      let b = max(index < other.count ? other[index] : 0, 1e-4)
      sum += (b - a) * log(b / a)
    }
    return sum
  }

  /// Adds findings on a new import to its report: `drift.values`, `drift.types`, `drift.user_counts`,
  /// `drift.item_counts`, `drift.rows`, `drift.users`, `drift.items`.
  public func record(_ dataset: Dataset, in report: inout ValidationReport) {
    let now = DatasetProfile(dataset, valueBounds: before.valueBounds)
    let types = Set(before.types.keys).union(now.types.keys).sorted()
    for (rule, what, one, other) in [
      ("drift.values", "values", before.values, now.values),
      (
        "drift.types", "types of events", types.map { before.types[$0] ?? 0 },
        types.map { now.types[$0] ?? 0 }
      ),
      ("drift.user_counts", "interactions a user", before.userCounts, now.userCounts),
      ("drift.item_counts", "interactions an item", before.itemCounts, now.itemCounts),
    ] {
      let index = Self.stabilityIndex(one, other)
      guard index > Self.noteworthy else { continue }
      report.record(
        rule, index > Self.grave ? .warning : .note,
        "\(what) are distributed as in the last import (stability index up to \(Self.grave))",
        example: "stability index " + String(format: "%.3f", index))
    }
    if now.rows * 2 < before.rows {
      report.record(
        "drift.rows", .warning, "an import has half the rows of the last one at least",
        example: "\(now.rows) rows, \(before.rows) before")
    }
    recordNew(dataset, in: &report)
  }

  /// Users and items that the last import did not have, and their share of the interactions.
  private func recordNew(_ dataset: Dataset, in report: inout ValidationReport) {
    let table = dataset.interactions
    for (rule, what, isNew, column) in [
      (
        "drift.users", "users", dataset.users.map { !knownUsers.contains($0.externalID) },
        table.users
      ),
      (
        "drift.items", "items", dataset.items.map { !knownItems.contains($0.externalID) },
        table.items
      ),
    ] {
      let count = isNew.count { $0 }
      guard count > 0 else { continue }
      let rows = column.count { isNew[Int($0)] }
      let share = Double(rows) / Double(max(column.count, 1))
      report.record(
        rule, share > Self.graveNewShare ? .warning : .note,
        "\(what) of interactions were in the last import (new ones' share up to \(Self.graveNewShare))",
        count: count,
        example: "\(count) new \(what) with " + String(format: "%.1f %%", share * 100)
          + " of the interactions")
    }
  }
}
