import Foundation
import RecommendationCore
import RecommendationProtos

/// A slate as text for people.
public struct SlatePrinter: Sendable {
  private let items: [String: Item]

  /// A printer that knows items' categories and years.
  public init(items: [Item]) {
    self.items = Dictionary(items.map { ($0.externalID, $0) }) { first, _ in first }
  }

  /// The slate, an item a line with its reason under it, and what is known of its making.
  public func text(_ response: Recsys_Gateway_V1_RecommendResponse) -> String {
    var lines: [String] = []
    for item in response.items {
      lines.append(
        String(format: "%3d  ", item.rank) + pad(title(item), 46)
          + String(format: "%8.3f  ", item.score) + sources(item))
      let reason = item.reason.text
      let categories = items[item.itemID]?.categories.prefix(3).joined(separator: ", ") ?? ""
      let detail = [categories, reason].filter { !$0.isEmpty }.joined(separator: " · ")
      if !detail.isEmpty { lines.append("       " + detail) }
    }
    if response.items.isEmpty { lines.append("     (an empty slate)") }
    return (lines + footer(response)).joined(separator: "\n")
  }

  /// The category that most of a slate's items have; the first by name among equals.
  func commonCategory(_ response: Recsys_Gateway_V1_RecommendResponse) -> String? {
    var counts: [String: Int] = [:]
    for item in response.items {
      for category in Set(items[item.itemID]?.categories ?? []) {
        counts[category, default: 0] += 1
      }
    }
    return counts.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key
  }

  /// The year of a slate's newest item, where years are known.
  func newestYear(_ response: Recsys_Gateway_V1_RecommendResponse) -> Int32? {
    response.items.compactMap { items[$0.itemID]?.year }.max()
  }

  /// Whether an item is of a category.
  func has(_ item: Recsys_Gateway_V1_RecommendedItem, category: String) -> Bool {
    items[item.itemID]?.categories.contains(category) ?? false
  }

  private func title(_ item: Recsys_Gateway_V1_RecommendedItem) -> String {
    let name = item.title.isEmpty ? item.itemID : item.title
    guard let year = items[item.itemID]?.year else { return name }
    return "\(name) (\(year))"
  }

  private func sources(_ item: Recsys_Gateway_V1_RecommendedItem) -> String {
    item.sources.map { "\($0.source) #\($0.rank)" }.joined(separator: ", ")
  }

  private func footer(_ response: Recsys_Gateway_V1_RecommendResponse) -> [String] {
    var lines: [String] = []
    for entry in response.degraded {
      lines.append("  degraded: \(entry.component) (\(entry.reason)) → \(entry.fallback)")
    }
    if response.underfilled { lines.append("  underfilled: \(response.underfilledReason)") }
    let timings = response.stageTimings.map { timing in
      "\(timing.stage) " + String(format: "%.1f ms", Double(timing.tookUs) / 1000)
    }
    if !timings.isEmpty { lines.append("  stages: " + timings.joined(separator: ", ")) }
    let versions = response.versions.map { "\($0.component) \($0.version)" }
    if !versions.isEmpty { lines.append("  versions: " + versions.joined(separator: ", ")) }
    return lines
  }

  /// Cuts or fills a text to a width.
  private func pad(_ text: String, _ width: Int) -> String {
    text.count > width
      ? text.prefix(width - 1) + "…" : text + String(repeating: " ", count: width - text.count)
  }
}
