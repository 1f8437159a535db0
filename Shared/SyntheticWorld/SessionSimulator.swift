import Datasets
import Foundation
import RecommendationCore

/// Lets users visit the shop: slates are shown, places are looked at, items are clicked, read and bought.
struct SessionSimulator: Sendable {
  private let configuration: WorldConfiguration
  private let truth: TrueRelevance
  private let launchDays: [Int]
  private let categories: [Int]
  private let activity: [Double]
  private let categoryCentres: [TasteVector]
  private let popular: WeightedChoice
  private let byCategory: [WeightedChoice]

  /// What one user did.
  struct Output: Sendable {
    var interactions = InteractionTable()
    var impressions = InteractionTable()
  }

  init(
    configuration: WorldConfiguration, truth: TrueRelevance, launchDays: [Int], categories: [Int],
    activity: [Double]
  ) {
    self.configuration = configuration
    self.truth = truth
    self.launchDays = launchDays
    self.categories = categories
    self.activity = activity
    categoryCentres = ItemFactory.categoryCentres(configuration)
    var random = configuration.generator("exposure")
    // The shop shows what is good, or what it happened to push, more often than the rest.
    let exposure = truth.itemQuality.map { exp(Double($0) * 0.9 + random.normal() * 0.7) }
    popular = WeightedChoice(rows: (0..<Int32(categories.count)).map { $0 }) { exposure[$0] }
    byCategory = categoryCentres.indices.map { category in
      WeightedChoice(
        rows: (0..<Int32(categories.count)).filter { categories[Int($0)] == category }
      ) { exposure[$0] }
    }
  }

  /// All visits of one user.
  func simulate(user: Int) -> Output {
    var random = configuration.generator("sessions", user)
    var output = Output()
    var bought = Set<Int>()
    let sessions = max(1, random.poisson(activity[user]))
    let starts = (0..<sessions).map { _ in sessionStart(&random) }.sorted()
    for start in starts {
      visit(user, start, &random, &bought, &output)
    }
    return output
  }

  /// A moment in the world's days: evenings are busier than nights.
  private func sessionStart(_ random: inout SeededGenerator) -> Int64 {
    let day = random.index(below: configuration.days)
    var hour = 8 + random.normal() * 2
    if random.chance(0.65) { hour = 19.5 + random.normal() * 2.5 }
    if random.chance(0.1) { hour = random.uniform() * 24 }
    let milliseconds = Int64(min(max(hour, 0), 23.9) * 3_600_000)
    return WorldConfiguration.startMilliseconds + Int64(day) * 86_400_000 + milliseconds
  }

  private func visit(
    _ user: Int, _ start: Int64, _ random: inout SeededGenerator, _ bought: inout Set<Int>,
    _ output: inout Output
  ) {
    let day = Int((start - WorldConfiguration.startMilliseconds) / 86_400_000)
    let slate = slate(user, day, bought, &random)
    var now = start
    for (place, item) in slate.enumerated() {
      output.impressions.append(
        user: Int32(user), item: Int32(item), type: .impression, value: Float(place + 1),
        timeMilliseconds: start)
      let looked = random.chance(TrueRelevance.examination(position: place + 1))
      let relevance = truth.relevance(user: user, item: item)
      guard looked, random.chance(relevance) else { continue }
      now += 1000 + Int64(random.uniform() * 8000)
      output.interactions.append(
        user: Int32(user), item: Int32(item), type: .click, value: 0, timeMilliseconds: now)
      let dwell = (4 + 90 * relevance) * exp(random.normal() * 0.6)
      now += Int64(dwell * 1000)
      if dwell >= 20 {
        output.interactions.append(
          user: Int32(user), item: Int32(item), type: .view,
          value: Float((dwell * 10).rounded() / 10), timeMilliseconds: now)
      }
      guard random.chance(truth.purchaseProbability(user: user, item: item)) else { continue }
      now += 5000 + Int64(random.uniform() * 60_000)
      let price = exp(Double(truth.itemLogPrices[item]))
      output.interactions.append(
        user: Int32(user), item: Int32(item), type: .purchase,
        value: Float((price * 100).rounded() / 100), timeMilliseconds: now)
      bought.insert(item)
    }
  }

  /// What the shop shows: popular goods, a category that the user came for, a few guesses at the user's
  /// taste, and a little at random. Each item once, none that was bought, none before its launch.
  private func slate(
    _ user: Int, _ day: Int, _ bought: Set<Int>, _ random: inout SeededGenerator
  ) -> [Int] {
    let category = favouriteCategory(user, &random)
    var slate: [Int] = []
    var attempts = 0
    while slate.count < configuration.impressionsPerSession,
      attempts < configuration.impressionsPerSession * 8
    {
      attempts += 1
      let kind = random.uniform()
      let drawn: Int? =
        if kind < 0.3 {
          popular.draw(&random)
        } else if kind < 0.6 {
          byCategory[category].draw(&random)
        } else if kind < 0.9 {
          bestGuess(user, among: 12, &random)
        } else {
          random.index(below: categories.count)
        }
      guard let item = drawn, launchDays[item] <= day, !bought.contains(item),
        !slate.contains(item)
      else { continue }
      slate.append(item)
    }
    return slate
  }

  /// A category near the user's taste (softmax).
  private func favouriteCategory(_ user: Int, _ random: inout SeededGenerator) -> Int {
    let taste = truth.userTastes[user]
    let choice = WeightedChoice(rows: (0..<Int32(categoryCentres.count)).map { $0 }) {
      exp(4 * Double(taste.dot(categoryCentres[$0])))
    }
    return choice.draw(&random) ?? 0
  }

  /// The most relevant of a few, seen through noise: the shop's old recommender.
  private func bestGuess(
    _ user: Int, among count: Int, _ random: inout SeededGenerator
  ) -> Int? {
    var best: (item: Int, score: Double)?
    for _ in 0..<count {
      guard let item = popular.draw(&random) else { return nil }
      let score = truth.relevance(user: user, item: item) + random.normal() * 0.1
      if score > (best?.score ?? -.infinity) { best = (item, score) }
    }
    return best?.item
  }
}
