import Datasets
import Foundation
import RecommendationCore

/// Makes the users: a taste near one to three categories, leaning by age, and a purse.
struct UserFactory {
  let configuration: WorldConfiguration

  /// What is made.
  struct Output {
    var users: [DatasetUser] = []
    var tastes: [TasteVector] = []
    var thrift: [Float] = []
    var logBudgets: [Float] = []
    /// Expected sessions in the world's days.
    var activity: [Double] = []
  }

  func make() -> Output {
    let centres = ItemFactory.categoryCentres(configuration)
    var leanings = configuration.generator("ages")
    let ageLeanings = WorldVocabulary.ageGroups.map { _ in TasteVector(&leanings).normalized }
    var output = Output()
    for row in 0..<configuration.users {
      var random = configuration.generator("user", row)
      let age = random.index(below: WorldVocabulary.ageGroups.count)
      var taste = ageLeanings[age].values * 0.35 + TasteVector(&random).normalized.values * 0.5
      for place in 0..<1 + random.index(below: 3) {
        taste += centres[random.index(below: centres.count)].values * (place == 0 ? 1 : 0.6)
      }
      output.tastes.append(TasteVector(taste).normalized)
      output.thrift.append(Float(0.15 + 0.5 * random.uniform()))
      output.logBudgets.append(Float(log(60) + 0.1 * Double(age) + random.normal() * 0.7))
      // Log-normal with the configured mean: few are very busy, many come seldom.
      output.activity.append(configuration.sessionsPerUser * exp(random.normal() * 0.8 - 0.32))
      output.users.append(user(row, age, &random))
    }
    return output
  }

  private func user(_ row: Int, _ age: Int, _ random: inout SeededGenerator) -> DatasetUser {
    let digits = String(row + 1)
    let identifier = "user-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    return DatasetUser(
      externalID: identifier,
      attributes: [
        "name": .text(random.pick(WorldVocabulary.firstNames)),
        "age_group": .text(WorldVocabulary.ageGroups[age]),
        "city": .text(random.pick(WorldVocabulary.cities)),
        "device": .text(random.chance(0.65) ? "mobile" : "desktop"),
      ])
  }
}
