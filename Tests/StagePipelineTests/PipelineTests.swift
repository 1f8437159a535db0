import StagePipeline
import Testing

@Suite struct PipelineTests {
  @Test("stages run in the order of the listing, on one thread when none of them waits")
  func order() async throws {
    let diary = Diary()
    let pipeline = TestPipeline.test(
      query: [.query("user", FakeHydrator { _ in diary.note("user") })],
      sources: ["a", "b"].map { name in
        .source(
          name,
          FakeSource { _ in
            diary.note(name)
            return name == "a" ? [1, 2] : [2, 3]
          })
      },
      steps: [
        .filter(
          "odd",
          FakeFilter { candidates in
            diary.note("odd")
            return Filtered(candidates) { $0.id == 1 ? "one" : nil }
          }),
        .hydrate("features", FakeCandidateHydrator { _, _ in diary.note("features") }),
        .score(
          "rank",
          FakeScorer { candidates in
            diary.note("rank")
            return candidates.map { Float($0.id) }
          }),
        .select(
          "top",
          FakeSelector { candidates in
            diary.note("top")
            return Array(candidates.prefix(1))
          }),
      ])
    let result = try await pipeline.run()
    #expect(diary.names == ["user", "a", "b", "odd", "features", "rank", "top"])
    #expect(diary.threadCount == 1)
    #expect(result.slate.map(\.id) == [3])
    #expect(result.ranked.map(\.id) == [3, 2])
    #expect(result.query.notes == ["user"])
    #expect(result.degradations.isEmpty)
    #expect(
      result.timings.map(\.stage) == ["user", "fan_out", "odd", "features", "rank", "top"])
    #expect(result.timings.map(\.countIn) == [0, 0, 3, 2, 2, 2])
    #expect(result.timings.map(\.countOut) == [0, 3, 2, 2, 2, 1])
    #expect(result.removed.map(\.candidate.id) == [1])
    #expect(result.removalCounts.map(\.reason) == ["one"])
  }

  @Test("scores that are not finite sink, and equals stay in the order that they had")
  func scoreOrder() async throws {
    let scores: [Int: Float] = [
      1: .nan, 2: 0, 3: .infinity, 4: 7, 5: 0, 6: -.infinity, 7: -3,
    ]
    let pipeline = TestPipeline.test(
      sources: [.numbers(7, 6, 5, 4, 3, 2, 1)],
      steps: [.score("rank", FakeScorer { $0.map { scores[$0.id] ?? 0 } })])
    #expect(try await pipeline.run().slate.map(\.id) == [4, 5, 2, 7, 6, 3, 1])
  }

  @Test("an optional stage that fails leaves everything as it was, and says so")
  func failOpen() async throws {
    let pipeline = TestPipeline.test(
      query: [
        .query(
          "user",
          FakeHydrator { query in
            query.notes.append("half done")
            throw TestError()
          }, onFailure: .optional(fallback: "no history"))
      ],
      steps: [
        .hydrate(
          "features",
          FakeCandidateHydrator { candidates, query in
            candidates[0].score = 99
            query.notes.append("half done")
            throw TestError()
          }, onFailure: .optional(fallback: "defaults")),
        .score(
          "rank", FakeScorer { _ in throw TestError() },
          onFailure: .optional(fallback: "merged order")),
        .select(
          "top", FakeSelector { _ in throw TestError() },
          onFailure: .optional(fallback: "all of them")),
      ])
    let result = try await pipeline.run()
    #expect(result.slate.map(\.id) == [1, 2, 3])
    #expect(result.slate.map(\.score) == [0, -1, -2])
    #expect(result.query.notes.isEmpty)
    #expect(result.degradations.map(\.component) == ["user", "features", "rank", "top"])
    #expect(result.degradations.allSatisfy { $0.reason == .unavailable })
    #expect(
      result.degradations.map(\.fallback) == [
        "no history", "defaults", "merged order", "all of them",
      ])
  }

  @Test("a required stage that fails ends the request with its error")
  func failClosed() async {
    let pipeline = TestPipeline.test(
      steps: [.score("rank", FakeScorer { _ in throw TestError() })])
    await #expect(throws: TestError.self) { try await pipeline.run() }
  }

  @Test("the others' candidates come when one source fails, and none fails the request")
  func failedSource() async throws {
    let pipeline = TestPipeline.test(sources: [
      .source("down", FakeSource { _ in throw TestError() }), .numbers(1, 2),
    ])
    let result = try await pipeline.run()
    #expect(result.slate.map(\.id) == [1, 2])
    #expect(result.degradations.map(\.component) == ["down"])
  }

  @Test("backfill sources are asked only when the merge has too few candidates")
  func backfill() async throws {
    let pipeline = TestPipeline.test(
      sources: [.numbers(1, 2)],
      backfill: [.source("popular", FakeSource { _ in [2, 8, 9] })])
    #expect(try await pipeline.run().slate.map(\.id) == [1, 2])
    let more = try await pipeline.run(TestQuery(candidatesWanted: 3))
    #expect(more.slate.map(\.id) == [1, 2, 8, 9])
  }

  @Test("side effects get the result, and only those that want it run")
  func sideEffects() async throws {
    let (slates, feed) = AsyncStream.makeStream(of: [Int].self)
    let pipeline = TestPipeline.test(effects: [
      Stage("never", FakeEffect(isWanted: false) { _ in feed.yield([]) }),
      Stage("log", FakeEffect { feed.yield($0.slate.map(\.id)) }),
    ])
    pipeline.startSideEffects(try await pipeline.run())
    var iterator = slates.makeAsyncIterator()
    #expect(await iterator.next() == [1, 2, 3])
  }
}
