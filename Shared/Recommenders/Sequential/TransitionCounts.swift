import Foundation
import LinearAlgebra
import Models

/// Sums over all prefixes of all histories, each with the items that came after it.
///
/// A prefix is a row s in which an item counts by how far it is from the prefix's end; what came after is a
/// row t in which an item counts by how soon it came. The sums of sᵀs and sᵀt need no prefix to be written
/// down: for two places of a history they are sums of powers.
struct TransitionCounts: Sendable {
  let histories: Histories
  let occurrences: ItemOccurrences
  /// Weight of each user's prefixes.
  let userWeights: [Float]
  /// Value of sᵀs for places so far apart, in the first prefix that has both.
  private let past: [Float]
  /// Sums over so many prefixes of what is left of that value in each.
  private let prefixes: [Float]
  /// Value of sᵀt for places so far apart.
  private let ahead: [Float]

  /// - Parameters:
  ///   - halfLife: places from a prefix's end after which an item counts half.
  ///   - reach: places after a prefix after which an item counts half.
  init(
    _ feedback: Feedback, userWeights: [Float], halfLife: Double, reach: Double
  ) {
    histories = feedback.histories
    occurrences = ItemOccurrences(histories, itemCount: feedback.itemCount)
    self.userWeights = userWeights
    // The two decays apart, and not one: their difference divides below, and nobody can tell.
    let decay = min(exp2(-1 / halfLife), 1 - 1e-6)
    var soon = min(exp2(-1 / reach), 1 - 2e-6)
    if abs(soon - decay) < 1e-6 { soon = decay - 1e-6 }
    let longest = (0..<feedback.userCount).map { feedback.histories.range($0).count }.max() ?? 0
    // Beyond, nothing counts a ten-thousandth.
    let window = min(longest, max(1, Int((log(1e-4) / log(max(decay, soon))).rounded(.up))))
    let next = soon
    past = (0...window).map { Float(pow(decay, Double($0))) }
    var sums = [0.0]
    for count in 0..<longest { sums.append(sums[count] + pow(decay, Double(2 * count))) }
    prefixes = sums.map { Float($0) }
    ahead = (0...window).map {
      Float((pow(decay, Double($0)) - pow(next, Double($0))) / (decay - next))
    }
  }

  /// Adds an item's row of the sum of sᵀs. O(its acts · window).
  func addPast(ofItem item: Int, scale: Float, to row: UnsafeMutablePointer<Float>) {
    let window = past.count - 1
    for occurrence in occurrences.range(item) {
      let place = occurrences.places[occurrence]
      let user = Int(occurrences.users[occurrence])
      let range = histories.range(user)
      // The last item of a history has nothing after it: no prefix ends there.
      let end = range.upperBound - 1
      guard place < end else { continue }
      let weight = scale * userWeights[user]
      for other in max(range.lowerBound, place - window)..<min(end, place + window + 1) {
        let later = max(place, other)
        row[Int(histories.items[other])] +=
          weight * past[abs(place - other)] * prefixes[end - later]
      }
    }
  }

  /// Tells the entries of an item's row of the sum of sᵀt. O(its acts · window).
  func forEachAhead(ofItem item: Int, _ body: (_ item: Int32, _ value: Float) -> Void) {
    let window = ahead.count - 1
    for occurrence in occurrences.range(item) {
      let place = occurrences.places[occurrence]
      let user = Int(occurrences.users[occurrence])
      let end = min(histories.range(user).upperBound, place + window + 1)
      for other in place + 1..<max(place + 1, end) {
        body(histories.items[other], userWeights[user] * ahead[other - place])
      }
    }
  }
}
