import Foundation
import RPC
import SwiftProtobuf
import TestSupport
import Testing

extension TransportTests {
  @Suite struct ComputePoolTests {
    @Test func workComesBackWithItsResult() async throws {
      let pool = ComputePool(threads: 2, queueLimit: 1000)
      let sum = try await withThrowingTaskGroup(of: Int.self) { group in
        for index in 0..<500 { group.addTask { try await pool.run { index } } }
        return try await group.reduce(0, +)
      }
      #expect(sum == 500 * 499 / 2)
    }

    @Test func anErrorOfTheWorkComesBack() async throws {
      struct Odd: Error {}
      let pool = ComputePool(threads: 1, queueLimit: 1)
      await #expect(throws: Odd.self) { try await pool.run { throw Odd() } }
    }

    /// Keeps the only thread of a pool busy until told to go on.
    private static func block(_ pool: ComputePool) async throws -> (Task<Void, any Error>, Gate) {
      let gate = Gate()
      let started = Signal<Void>()
      let task = Task {
        try await pool.run {
          started.send()
          gate.wait()
        }
      }
      try await started.next()
      return (task, gate)
    }

    @Test func aFullQueueRefusesAtOnceAndSaysWhenToReturn() async throws {
      let pool = ComputePool(threads: 1, queueLimit: 1, retryAfter: .milliseconds(70))
      let (blocked, gate) = try await Self.block(pool)
      let waiting = Task { try await pool.run { 1 } }
      try await eventually { pool.waiting == 1 }
      let error = try await failure { try await pool.run { 2 } }
      #expect(error.code == .resourceExhausted)
      #expect(error.retryDelay == .milliseconds(70))
      gate.open()
      try await blocked.value
      let value = try await waiting.value
      #expect(value == 1)
    }

    @Test func workWhoseCallerGaveUpIsNotBegun() async throws {
      let pool = ComputePool(threads: 1, queueLimit: 5)
      let (blocked, gate) = try await Self.block(pool)
      let begun = Guarded(false)
      let waiting = Task { try await pool.run { begun.update { $0 = true } } }
      try await eventually { pool.waiting == 1 }
      waiting.cancel()
      gate.open()
      let error = try await failure { try await waiting.value }
      #expect(error.code == .cancelled)
      #expect(!begun.value)
      try await blocked.value
    }

    @Test func workWhoseDeadlinePassedIsNotBegun() async throws {
      let pool = ComputePool(threads: 1, queueLimit: 5)
      let (blocked, gate) = try await Self.block(pool)
      let begun = Guarded(false)
      let outcome = Signal<StatusCode>()
      let service = TestService.echoing { request, _ in
        guard request.value != "hello" else { return request }
        do {
          try await pool.run { begun.update { $0 = true } }
        } catch let error as RPCError {
          outcome.send(error.code)
        }
        return request
      }
      try await Harness.run([service]) { harness in
        _ = try await harness.channel.call(TestService.echo, Text("hello"))
        let error = try await failure {
          try await harness.channel.call(
            TestService.echo, Text(""), options: CallOptions(timeout: .milliseconds(200)))
        }
        #expect(error.code == .deadlineExceeded)
        gate.open()
        let code = try await outcome.next()
        #expect(code == .deadlineExceeded || code == .cancelled)
        #expect(!begun.value)
      }
      try await blocked.value
    }

    @Test func aHandlersWorkLeavesTheQueueFreeForOthers() async throws {
      let pool = ComputePool(threads: 1, queueLimit: 5)
      let gate = Gate()
      let started = Signal<Void>()
      let service = TestService.echoing { request, _ in
        guard request.value == "long" else { return request }
        return try await pool.run {
          started.send()
          gate.wait()
          return Text("done")
        }
      }
      try await Harness.run([service]) { harness in
        let long = Task { try await harness.channel.call(TestService.echo, Text("long")) }
        try await started.next()
        let short = try await harness.channel.call(TestService.echo, Text("short"))
        #expect(short.value == "short")
        gate.open()
        let reply = try await long.value
        #expect(reply.value == "done")
      }
    }
  }
}

/// Blocks a thread until it is opened.
final class Gate: Sendable {
  private let semaphore = DispatchSemaphore(value: 0)
  func wait() { semaphore.wait() }
  func open() { semaphore.signal() }
}
