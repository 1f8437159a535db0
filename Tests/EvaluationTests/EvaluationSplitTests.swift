import Evaluation
import RecommendationCore
import Testing

@Suite struct EvaluationSplitTests {
  private let users = [1, 2, 1, 1, 2, 3].map { UserID(rawValue: $0) }
  private let times: [Int64] = [50, 10, 20, 30, 40, 60]

  @Test func theLatestShareIsTested() {
    let split = EvaluationSplit.byTime(times, testShare: 0.34)
    #expect(split == EvaluationSplit(train: [1, 2, 3, 4], test: [0, 5]))
  }

  @Test func aMomentIsNeverOnBothSides() {
    let split = EvaluationSplit.byTime([1, 2, 2, 2, 3], testShare: 0.5)
    #expect(split == EvaluationSplit(train: [0, 1, 2, 3], test: [4]))
    #expect(EvaluationSplit.byTime([1, 1, 1], testShare: 0.5).test.isEmpty)
  }

  @Test func sharesOutOfRangeAreClamped() {
    #expect(EvaluationSplit.byTime(times, testShare: -1).test.isEmpty)
    #expect(EvaluationSplit.byTime(times, testShare: .nan).test.isEmpty)
    #expect(EvaluationSplit.byTime(times, testShare: 7).train.isEmpty)
  }

  @Test func eachUsersLastActsAreTested() {
    let split = EvaluationSplit.lastActs(1, users: users, timesMilliseconds: times)
    #expect(split == EvaluationSplit(train: [1, 2, 3, 5], test: [4, 0]))
    let two = EvaluationSplit.lastActs(2, users: users, timesMilliseconds: times)
    #expect(two == EvaluationSplit(train: [1, 2, 4, 5], test: [3, 0]))
  }

  @Test func eachUsersLastShareIsTestedAndOneActStays() {
    let split = EvaluationSplit.lastShare(0.5, users: users, timesMilliseconds: times)
    #expect(split == EvaluationSplit(train: [1, 2, 3, 5], test: [4, 0]))
    let all = EvaluationSplit.lastShare(1, users: users, timesMilliseconds: times)
    #expect(all == EvaluationSplit(train: [1, 2, 5], test: [3, 4, 0]))
  }

  @Test func actsAtOneTimeKeepTheirOrder() {
    let split = EvaluationSplit.lastActs(
      1, users: [1, 1, 1].map { UserID(rawValue: $0) }, timesMilliseconds: [5, 5, 5])
    #expect(split == EvaluationSplit(train: [0, 1], test: [2]))
  }
}
