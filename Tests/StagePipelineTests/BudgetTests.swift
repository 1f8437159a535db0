import StagePipeline
import Synchronization
import TestSupport
import Testing
import Timing

@Suite struct BudgetTests {
  @Test("a late source is left out, told, and cancelled; the others' candidates come")
  func lateSource() async throws {
    let never = Gate()
    let (cancellations, feed) = AsyncStream.makeStream(of: Void.self)
    let pipeline = TestPipeline.test(sources: [
      .source(
        "late",
        FakeSource { _ in
          do { try await never.waitCancellably() } catch { feed.yield() }
          return [7]
        }, budget: StageBudget(atMost: .milliseconds(5))),
      .numbers(1, 2),
    ])
    let result = try await pipeline.run()
    #expect(result.slate.map(\.id) == [1, 2])
    #expect(result.degradations.map(\.component) == ["late"])
    #expect(result.degradations.map(\.reason) == [.deadline])
    #expect(result.degradations.map(\.budget) == [.milliseconds(5)])
    var iterator = cancellations.makeAsyncIterator()
    await iterator.next()
  }

  @Test("a stage that does not heed its cancellation is left behind")
  func deafStage() async throws {
    let afterwards = Gate()
    let deaf = FakeScorer { candidates in
      await afterwards.wait()
      return candidates.map { Float($0.id) }
    }
    let pipeline = TestPipeline.test(steps: [
      .score(
        "rank", deaf, onFailure: .optional(fallback: "merged order"),
        budget: StageBudget(atMost: .milliseconds(5)))
    ])
    let result = try await pipeline.run()
    afterwards.open()
    #expect(result.slate.map(\.id) == [1, 2, 3])
    #expect(result.degradations.map(\.reason) == [.deadline])
  }

  @Test("no stage gets more than what is left of the request's time")
  func requestDeadline() async throws {
    let seen = Mutex<Duration?>(nil)
    let pipeline = TestPipeline.test(sources: [
      .source(
        "source",
        FakeSource { context in
          seen.withLock { $0 = context.timeRemaining }
          return [1]
        }, budget: StageBudget(share: 0.5, atMost: .seconds(6_000)))
    ])
    _ = try await pipeline.run(within: .seconds(1_000))
    let left = try #require(seen.withLock { $0 })
    #expect(left > .seconds(300))
    #expect(left <= .seconds(500))
  }

  @Test("when the caller goes, its sources are cancelled and the run ends")
  func callerCancels() async {
    let never = Gate()
    let (starts, feed) = AsyncStream.makeStream(of: Void.self)
    let pipeline = TestPipeline.test(sources: [
      .source(
        "waits",
        FakeSource { _ in
          feed.yield()
          try await never.waitCancellably()
          return []
        })
    ])
    let request = Task { try await pipeline.run() }
    var iterator = starts.makeAsyncIterator()
    await iterator.next()
    request.cancel()
    await #expect(throws: CancellationError.self) { try await request.value }
    await never.wait()
  }

  @Test("deadlines come in their order, and those called off do not come")
  func timer() async {
    let timer = DeadlineTimer()
    let (numbers, feed) = AsyncStream.makeStream(of: Int.self)
    let start = ContinuousClock.now
    let order = [5, 2, 8, 1, 9, 3, 7, 4, 6, 0]
    let tokens = order.map { number in
      timer.schedule(at: start + .milliseconds(200 + number * 4)) { feed.yield(number) }
    }
    for (number, token) in zip(order, tokens) where number % 2 == 1 { timer.cancel(token) }
    var came: [Int] = []
    for await number in numbers {
      came.append(number)
      #expect(ContinuousClock.now >= start + .milliseconds(200 + number * 4))
      if number == 8 { break }
    }
    #expect(came == [0, 2, 4, 6, 8])
    let (late, lateFeed) = AsyncStream.makeStream(of: Void.self)
    _ = timer.schedule(at: start) { lateFeed.yield() }
    var iterator = late.makeAsyncIterator()
    await iterator.next()
  }
}
