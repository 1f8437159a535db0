import RecommendationCore
import Testing

@testable import Rankers

@Suite struct XGBoostTrainerTests {
  let specification = RankingFixture.specification()

  private func parameters(rounds: Int) -> XGBoostParameters {
    var parameters = XGBoostParameters()
    parameters.rounds = rounds
    parameters.threads = 1
    return parameters
  }

  @Test func trainingFindsTheColumnsThatDecide() throws {
    var fixture = RankingFixture(seed: 11)
    let outcome = try XGBoostTrainer.train(
      fixture.examples(groups: 150, specification: specification),
      validation: fixture.examples(groups: 50, specification: specification),
      specification: specification, parameters: parameters(rounds: 60))
    #expect(outcome.ndcg > 0.9)
    let shares = outcome.importances
    #expect(abs(shares.values.reduce(0, +) - 1) < 1e-6)
    #expect((shares["item.f0"] ?? 0) > 0.4)
    #expect((shares["item.f0"] ?? 0) + (shares["item.f1"] ?? 0) > 0.6)
  }

  @Test func anUnseenGroupIsOrderedByItsTruth() throws {
    var fixture = RankingFixture(seed: 12)
    let outcome = try XGBoostTrainer.train(
      fixture.examples(groups: 150, specification: specification), specification: specification,
      parameters: parameters(rounds: 40))
    let ranker = try XGBoostRanker(model: outcome.model, specification: specification)
    let unseen = fixture.examples(groups: 1, groupSize: 2_000, specification: specification)
    let scores = try ranker.score(unseen.rows)
    let order = scores.indices.sorted { scores[$0] > scores[$1] }
    let relevant = Int(unseen.labels.reduce(0, +))
    let hits = order.prefix(relevant).filter { unseen.labels[$0] > 0 }.count
    #expect(Double(hits) / Double(relevant) > 0.9)
  }

  @Test func itStopsEarlyAndKeepsTheBestRound() throws {
    var fixture = RankingFixture(seed: 13)
    let training = fixture.examples(groups: 30, specification: specification)
    var validation = fixture.examples(groups: 10, specification: specification)
    // Labels without a pattern: nothing learned can help there for long.
    validation.labels.shuffle(using: &fixture.generator)
    var parameters = parameters(rounds: 500)
    parameters.earlyStoppingRounds = 5
    var seen: [Double] = []
    let outcome = try XGBoostTrainer.train(
      training, validation: validation, specification: specification, parameters: parameters
    ) { progress in
      #expect(progress.trainingNDCG == nil)
      seen.append(progress.validationNDCG ?? -1)
    }
    #expect(seen.count == outcome.bestRound + 5)
    #expect(seen.max() == outcome.ndcg)
    #expect(seen[outcome.bestRound - 1] == outcome.ndcg)
  }

  @Test func theModelKeptIsThatOfTheBestRound() throws {
    var fixture = RankingFixture(seed: 14)
    let training = fixture.examples(groups: 30, specification: specification)
    var validation = fixture.examples(groups: 10, specification: specification)
    validation.labels.shuffle(using: &fixture.generator)
    var early = parameters(rounds: 500)
    early.earlyStoppingRounds = 5
    let stopped = try XGBoostTrainer.train(
      training, validation: validation, specification: specification, parameters: early)
    let plain = try XGBoostTrainer.train(
      training, specification: specification, parameters: parameters(rounds: stopped.bestRound))
    let rows = fixture.rows(100, columns: specification.columnCount)
    let ranker = try XGBoostRanker(model: stopped.model, specification: specification)
    let reference = try XGBoostRanker(model: plain.model, specification: specification)
    let expected = try reference.score(rows)
    #expect(try ranker.score(rows) == expected)
  }

  @Test func equalSeedsGiveEqualModels() throws {
    var fixture = RankingFixture(seed: 15)
    let training = fixture.examples(groups: 30, specification: specification)
    let first = try XGBoostTrainer.train(
      training, specification: specification, parameters: parameters(rounds: 10))
    let second = try XGBoostTrainer.train(
      training, specification: specification, parameters: parameters(rounds: 10))
    #expect(first.model == second.model)
  }

  @Test func whatProgressThrowsEndsTheTraining() throws {
    struct Enough: Error {}
    var fixture = RankingFixture(seed: 16)
    let training = fixture.examples(groups: 5, specification: specification)
    var rounds = 0
    #expect(throws: Enough.self) {
      _ = try XGBoostTrainer.train(training, specification: specification) { _ in
        rounds += 1
        if rounds == 3 { throw Enough() }
      }
    }
    #expect(rounds == 3)
  }

  @Test(arguments: [
    "columns", "labels", "groups", "negative", "nothing relevant", "infinite", "empty", "rounds",
  ])
  func examplesThatNothingCanBeLearnedFromAreRefused(fault: String) throws {
    var fixture = RankingFixture(seed: 17)
    var examples = fixture.examples(groups: 3, specification: specification)
    var parameters = parameters(rounds: 2)
    switch fault {
    case "columns": examples.rows = FeatureMatrix(rows: examples.rows.rows, columns: 2)
    case "labels": examples.labels.removeLast()
    case "groups": examples.groups[0] += 1
    case "negative": examples.labels[0] = -1
    case "nothing relevant": examples.labels = examples.labels.map { _ in 0 }
    case "infinite": examples.rows.values[5] = .infinity
    case "rounds": parameters.rounds = 0
    default:
      examples = RankingExamples(
        rows: FeatureMatrix(rows: 0, columns: specification.columnCount), labels: [], groups: [])
    }
    #expect {
      _ = try XGBoostTrainer.train(
        examples, specification: specification, parameters: parameters)
    } throws: {
      ($0 as? RankerError)?.code == .invalidTraining
    }
  }
}
