import Datasets
import RecommendationCore
import RecommendationProtos

/// Who asks, and about which items: users and items of a dataset.
struct LoadAudience: Sendable {
  private let users: [String]
  private let items: [String]
  /// Rows of the items of all interactions: a draw from it is a draw by popularity.
  private let acts: [Int32]
  /// When the dataset ends, Unix milliseconds.
  let endMilliseconds: Int64
  private let seed: UInt64
  /// Tells new users and events of this run from those of another.
  private let runID: String

  init(_ dataset: Dataset, seed: UInt64, runID: String) throws {
    guard !dataset.users.isEmpty, !dataset.items.isEmpty else {
      throw PipelineError(.insufficientData, "the dataset has no users, or no items")
    }
    users = dataset.users.map(\.externalID)
    items = dataset.items.map(\.externalID)
    acts = dataset.interactions.items
    endMilliseconds = dataset.interactions.timesMilliseconds.last ?? 0
    self.seed = seed
    self.runID = runID
  }

  /// Draws users with a skew.
  func drawing(skew: Double) -> ZipfDrawing {
    ZipfDrawing(count: users.count, exponent: skew, seed: seed)
  }

  /// The random numbers of a request: the same for the same number.
  func random(_ index: Int) -> SeededGenerator {
    SeededGenerator(seed: seed ^ (UInt64(truncatingIfNeeded: index) &* 0x9e37_79b9_7f4a_7c15))
  }

  /// An item, by its popularity.
  func item(_ random: inout SeededGenerator) -> String {
    acts.randomElement(using: &random).map { items[Int($0)] }
      ?? items[Int.random(in: items.indices, using: &random)]
  }

  /// Who asks.
  func subject(
    _ index: Int, _ traffic: LoadTraffic, _ drawing: ZipfDrawing, _ random: inout SeededGenerator
  ) -> Recsys_Gateway_V1_Subject {
    var subject = Recsys_Gateway_V1_Subject()
    let draw = Double.random(in: 0..<1, using: &random)
    if draw < traffic.anonymousShare {
      subject.session.sessionID = "load-\(runID)-\(index)"
      let seen = Int.random(in: 0...5, using: &random)
      subject.session.recentItemIds = (0..<seen).map { _ in item(&random) }
    } else if draw < traffic.anonymousShare + traffic.newUserShare {
      subject.userID = "load-\(runID)-\(index)"
    } else {
      subject.userID = users[drawing.row(&random)]
    }
    return subject
  }

  /// A name for an event that no other event has.
  func eventID(_ index: Int, _ place: Int) -> String { "load-\(runID)-\(index)-\(place)" }
}
