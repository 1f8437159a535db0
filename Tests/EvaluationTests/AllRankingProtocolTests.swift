import Evaluation
import Foundation
import RecommendationCore
import Testing

@Suite struct AllRankingProtocolTests {
  private struct Stop: Error {}

  private func id(_ value: UInt64) -> ItemID { ItemID(rawValue: value) }

  private func cases() -> [EvaluationCase] {
    [
      EvaluationCase(user: UserID(rawValue: 1), train: [id(1), id(2)], test: [id(3)]),
      EvaluationCase(user: UserID(rawValue: 2), train: [id(3), id(4)], test: [id(1), id(99)]),
      EvaluationCase(user: UserID(rawValue: 3), train: [id(5)], test: []),
    ]
  }

  @Test func trainItemsAreNotRankedAndUnknownTestItemsCount() throws {
    let ranking = AllRankingProtocol(cases: cases(), cutoffs: [2, 1, 0])
    #expect(ranking.items == [1, 2, 3, 4, 5].map(id))
    #expect(ranking.cutoffs == [1, 2])
    // By key, lowest best: user 1 sees 3, 4; user 2 sees 1, 2.
    let report = try ranking.evaluate("by key") { _, scores in
      for row in scores.indices { scores[row] = -Float(row) }
    }
    #expect(report.users == 2)
    #expect(report.items == 5)
    #expect(report.metrics(at: 1)?.precision == 1)
    #expect(report.metrics(at: 2)?.precision == 0.5)
    #expect(report.metrics(at: 2)?.recall == 0.75)
    #expect(report.metrics(at: 1)?.ndcg == 1)
    #expect(report.atCutoffs[0].coverage == 2.0 / 5)
    #expect(report.atCutoffs[1].coverage == 4.0 / 5)
    #expect(report.metrics(at: 7) == nil)
    #expect(report.named["recall@2"] == 0.75)
    #expect(report.named["coverage@1"] == 0.4)
  }

  @Test func scoresThatAreNotFiniteAreNeverRanked() throws {
    let ranking = AllRankingProtocol(cases: cases(), cutoffs: [5])
    let report = try ranking.evaluate("broken") { _, scores in
      for row in scores.indices { scores[row] = row % 2 == 0 ? .nan : .infinity }
    }
    #expect(report.metrics(at: 5) == RankingMetrics())
    #expect(report.atCutoffs[0].coverage == 0)
  }

  @Test func anErrorOfTheScorerIsThrown() {
    let ranking = AllRankingProtocol(cases: cases())
    #expect(throws: Stop.self) { try ranking.evaluate("failing") { _, _ in throw Stop() } }
  }

  @Test func meansDoNotDependOnTheNumberOfThreads() throws {
    var generator = SeededGenerator(seed: 2)
    let many = (0..<300).map { user in
      let items = (1...50).shuffled(using: &generator).map { id(UInt64($0)) }
      return EvaluationCase(
        user: UserID(rawValue: UInt64(user + 1)), train: Array(items[..<10]),
        test: Array(items[10..<14]))
    }
    let reports = try [1, 4].map { threads in
      var report = try AllRankingProtocol(cases: many, threads: threads).evaluate("x") {
        one, scores in
        for row in scores.indices {
          scores[row] = Float((one.user.rawValue &* 31 &+ UInt64(row) &* 17) % 23)
        }
      }
      report.seconds = 0
      return report
    }
    #expect(reports[0] == reports[1])
  }

  @Test func theTableAndTheJSONShowTheFigures() throws {
    let ranking = AllRankingProtocol(cases: cases(), cutoffs: [1, 2])
    let report = try ranking.evaluate("by key") { _, scores in
      for row in scores.indices { scores[row] = -Float(row) }
    }
    let lines = EvaluationReport.table([report, report]).split(separator: "\n")
    #expect(lines.count == 5)
    #expect(lines[0].hasPrefix("model   k  Precision"))
    #expect(lines[3].contains("0.7500"))
    #expect(Set(lines.map(\.count)).count == 1)
    let decoded = try JSONDecoder().decode(
      EvaluationReport.self, from: Data(report.json().utf8))
    #expect(decoded == report)
  }
}
