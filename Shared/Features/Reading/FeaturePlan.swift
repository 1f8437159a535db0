import Catalogue
import RecommendationCore

/// An ordered list of features made ready for reading: names looked up once.
///
/// Present, missing and stale are different answers: a missing value holds its feature's default and has
/// its presence bit clear; a stale one is present, and the last event behind it is older than the
/// feature's freshness limit.
public struct FeaturePlan: Sendable {
  /// The features, in column order.
  public let features: FeatureSet
  let declarations: [FeatureDeclaration]
  private let hasInteractions: Bool
  private let hasFading: Bool
  /// Items that are read together: what is known of them stays in the first-level cache while all columns pass
  /// over it.
  private static let block = 64

  /// A plan of user features.
  ///
  /// - Throws: ``FeatureError`` naming a feature that is not declared or not a user's.
  public static func user(_ features: FeatureSet) throws -> FeaturePlan {
    try FeaturePlan(features) { $0 == .user }
  }

  /// A plan of item and interaction features.
  ///
  /// - Throws: ``FeatureError`` naming a feature that is not declared or is a user's.
  public static func items(_ features: FeatureSet) throws -> FeaturePlan {
    try FeaturePlan(features) { $0 != .user }
  }

  private init(_ features: FeatureSet, allows: (FeatureEntity) -> Bool) throws {
    self.features = features
    declarations = try features.features.map { reference in
      let name = "\(reference.qualifiedName) (version \(reference.version))"
      guard let declaration = FeatureCatalogue.declaration(reference) else {
        throw FeatureError(.unknownFeature, "no feature \(name) is declared")
      }
      guard allows(declaration.entity) else {
        throw FeatureError(.wrongEntity, "feature \(name) belongs to another read")
      }
      return declaration
    }
    hasInteractions = declarations.contains { $0.entity == .interaction }
    hasFading = declarations.contains { $0.entity == .item && $0.isFading }
  }

  /// The features of a user at a moment: one row. The plan must be one of user features.
  public func read(_ user: UserState, at time: Int64) -> FeatureMatrix {
    var writer = MatrixWriter(rows: 1, declarations: declarations, timeMilliseconds: time)
    guard user.isKnown else { return writer.allMissing() }
    let view = UserView(user, at: time)
    for (column, declaration) in declarations.enumerated() {
      guard case .user(let formula) = declaration.formula else { continue }
      writer.fill(column, 0..<1) { _ in formula(view) }
      let last = user.totals.lastMilliseconds
      writer.markStale(column, 0..<1, oldest: last) { _ in last }
    }
    return writer.finished()
  }

  /// The features of items, and of their pairs with a user, at a moment: a row an item. The plan must be
  /// one of item features.
  public func read(
    _ items: [ItemID], user: UserState, catalogue: CatalogueSnapshot, counters: ItemCounters,
    at time: Int64
  ) -> FeatureMatrix {
    var missing: [ItemID] = []
    return read(
      items, user: user, catalogue: catalogue, counters: counters, at: time, missing: &missing)
  }

  /// The same.
  ///
  /// - Parameter missing: gets the items that the catalogue does not have, in their order.
  public func read(
    _ items: [ItemID], user: UserState, catalogue: CatalogueSnapshot, counters: ItemCounters,
    at time: Int64, missing: inout [ItemID]
  ) -> FeatureMatrix {
    read(items, user: user, catalogue: catalogue, at: time, missing: &missing) {
      counters.gather($0)
    }
  }

  /// - Parameter states: what is counted of each item.
  func read(
    _ items: [ItemID], _ states: [ItemState], user: UserState, catalogue: CatalogueSnapshot,
    at time: Int64
  ) -> FeatureMatrix {
    var missing: [ItemID] = []
    return read(items, user: user, catalogue: catalogue, at: time, missing: &missing) {
      Array(states[$0.indices])
    }
  }

  private func read(
    _ items: [ItemID], user: UserState, catalogue: CatalogueSnapshot, at time: Int64,
    missing: inout [ItemID], statesOf: (ArraySlice<ItemID>) -> [ItemState]
  ) -> FeatureMatrix {
    var writer = MatrixWriter(
      rows: items.count, declarations: declarations, timeMilliseconds: time)
    let prepared = hasInteractions ? PreparedUser(user, catalogue: catalogue) : nil
    for start in stride(from: 0, to: items.count, by: Self.block) {
      let rows = start..<min(items.count, start + Self.block)
      let facts = catalogue.gather(items[rows])
      let states = statesOf(items[rows])
      for place in rows where !facts.rows[place - start].isKnown { missing.append(items[place]) }
      let views = (0..<rows.count).map {
        ItemView(states[$0], facts.rows[$0], at: time, isFading: hasFading)
      }
      let pairs = facts.categories.withUnsafeBufferPointer { categories in
        prepared.map { user in
          (0..<rows.count).map { user.pair(facts.rows[$0], states[$0], categories) }
        } ?? []
      }
      fill(&writer, rows, views, pairs, lastAct: user.totals.lastMilliseconds)
    }
    return writer.finished()
  }

  /// Column by column: each formula is looked up once.
  private func fill(
    _ writer: inout MatrixWriter, _ rows: Range<Int>, _ views: [ItemView], _ pairs: [PairView],
    lastAct: Int64
  ) {
    let oldest = views.reduce(Int64.max) {
      $1.state.lastMilliseconds == .min ? $0 : min($0, $1.state.lastMilliseconds)
    }
    let start = rows.lowerBound
    views.withUnsafeBufferPointer { views in
      pairs.withUnsafeBufferPointer { pairs in
        for (column, declaration) in declarations.enumerated() {
          switch declaration.formula {
          case .user: continue
          case .item(let formula):
            writer.fill(column, rows) { formula(views[$0 - start]) }
            writer.markStale(column, rows, oldest: oldest) {
              views[$0 - start].state.lastMilliseconds
            }
          case .interaction(let formula):
            writer.fill(column, rows) { formula(pairs[$0 - start]) }
            writer.markStale(column, rows, oldest: lastAct) { _ in lastAct }
          }
        }
      }
    }
  }
}
