import Foundation
import Logging
import StagePipeline
import Synchronization
import TestSupport

struct TestQuery: PipelineQuery {
  var candidatesWanted = 0
  var notes: [String] = []
}

struct TestCandidate: PipelineCandidate, Equatable {
  var id: Int
  var score: Float = 0
}

struct TestError: Error {}

/// Notes which thread each stage ran on.
final class Diary: Sendable {
  private let entries = Mutex<[(name: String, thread: UInt)]>([])
  func note(_ name: String) {
    let thread = UInt(bitPattern: pthread_self().hashValue)
    entries.withLock { $0.append((name, thread)) }
  }
  var names: [String] { entries.withLock { $0.map(\.name) } }
  var threadCount: Int { entries.withLock { Set($0.map(\.thread)).count } }
}

struct FakeHydrator: QueryHydrator {
  var work: @Sendable (inout TestQuery) async throws -> Void = { _ in }
  func hydrate(_ query: inout TestQuery, in context: StageContext) async throws {
    query.notes.append(context.component)
    try await work(&query)
  }
}

struct FakeSource: CandidateSource {
  var work: @Sendable (StageContext) async throws -> [Int]
  func retrieve(for query: TestQuery, in context: StageContext) async throws -> [Int] {
    try await work(context)
  }
}

struct FakeMerger: CandidateMerger {
  func merge(_ lists: [[Int]], for query: inout TestQuery) throws -> [TestCandidate] {
    var seen = Set<Int>()
    return lists.joined().filter { seen.insert($0).inserted }
      .enumerated().map { TestCandidate(id: $1, score: -Float($0)) }
  }
}

struct FakeFilter: CandidateFilter {
  var work: @Sendable ([TestCandidate]) throws -> Filtered<TestCandidate>
  func filter(_ candidates: [TestCandidate], for query: TestQuery) throws
    -> Filtered<TestCandidate>
  { try work(candidates) }
}

struct FakeCandidateHydrator: CandidateHydrator {
  var work: @Sendable (inout [TestCandidate], inout TestQuery) async throws -> Void
  func hydrate(
    _ candidates: inout [TestCandidate], for query: inout TestQuery, in context: StageContext
  ) async throws { try await work(&candidates, &query) }
}

struct FakeScorer: CandidateScorer {
  var work: @Sendable ([TestCandidate]) async throws -> [Float]
  func score(
    _ candidates: [TestCandidate], for query: inout TestQuery, in context: StageContext
  ) async throws -> [Float] { try await work(candidates) }
}

struct FakeSelector: CandidateSelector {
  var work: @Sendable ([TestCandidate]) throws -> [TestCandidate]
  func select(_ candidates: [TestCandidate], for query: inout TestQuery) throws -> [TestCandidate] {
    try work(candidates)
  }
}

struct FakeEffect: SideEffect {
  var isWanted = true
  var work: @Sendable (PipelineResult<TestQuery, TestCandidate>) -> Void
  func isEnabled(for query: TestQuery) -> Bool { isWanted }
  func run(_ result: PipelineResult<TestQuery, TestCandidate>) async throws { work(result) }
}

typealias TestPipeline = Pipeline<TestQuery, [Int], TestCandidate>

extension Pipeline where Query == TestQuery, Retrieved == [Int], Candidate == TestCandidate {
  static func test(
    query: [QueryStage] = [], sources: [SourceStage] = [.numbers(1, 2, 3)],
    backfill: [SourceStage] = [], steps: [Step<TestQuery, TestCandidate>] = [],
    effects: [EffectStage] = []
  ) -> TestPipeline {
    TestPipeline(
      name: "test", service: "test",
      environment: PipelineEnvironment(
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        classify: { $0 is TestError ? .unavailable : .failed }),
      queryHydrators: query, sources: sources,
      merger: Stage("merge", FakeMerger()), backfill: backfill, steps: steps,
      sideEffects: effects)
  }

  func run(_ query: TestQuery = TestQuery(), within time: Duration = .seconds(30)) async throws
    -> PipelineResult<TestQuery, TestCandidate>
  { try await run(query, deadline: .now + time) }
}

extension Stage where Component == any CandidateSource<TestQuery, [Int]> {
  static func numbers(_ numbers: Int...) -> Self {
    .source("numbers", FakeSource { _ in numbers })
  }
}
