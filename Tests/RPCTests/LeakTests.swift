import RPC
import SwiftProtobuf
import TestSupport
import Testing

extension TransportTests {
  /// Each in a process of its own, because what is counted is the process's.
  @Suite struct LeakTests {
    /// Waits until no handle of any kind lives.
    private static func expectNothingLives() async {
      for kind in LiveHandles.Kind.allCases {
        let isGone = await onThread { LiveHandles.awaitNone(kind, within: .seconds(180)) }
        #expect(isGone, "\(kind): \(LiveHandles.count(kind)) live")
      }
    }

    @Test func tenThousandCallsLeaveNothing() async {
      await #expect(processExitsWith: .success) {
        try await Harness.run([TestService.plain]) { harness in
          let channel = harness.channel
          try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<16 {
              group.addTask {
                for index in 0..<625 { try await Self.call(channel, worker + index) }
              }
            }
            try await group.waitForAll()
          }
        }
        await Self.expectNothingLives()
      }
    }

    /// One call of changing kind and fate.
    private static func call(_ channel: Channel, _ index: Int) async throws {
      switch index % 25 {
      case 0:
        for try await _ in try channel.call(TestService.count, Number(2)) {}
      case 1:
        for try await _ in try channel.call(TestService.count, Number(50)) { break }
      case 2:
        _ = try await channel.call(TestService.sum) { try await $0.write(Number(3)) }
      case 3:
        let options = CallOptions(timeout: .microseconds(1))
        _ = try? await channel.call(TestService.echo, Text("late"), options: options)
      case 4:
        let task = Task { try await channel.call(TestService.echo, Text("cancelled")) }
        task.cancel()
        _ = try? await task.value
      case 5:
        _ = try? await channel.call(TestService.sum) { _ in throw CancellationError() }
      case 6:
        let unknown = UnaryMethod<Text, Text>(service: TestService.name, name: "Absent")
        _ = try? await channel.call(unknown, Text(""))
      case 7:
        _ = try channel.call(TestService.count, Number(2))
      default:
        _ = try await channel.call(TestService.echo, Text("\(index)"))
      }
    }

    @Test func aThousandChannelsAndServersLeaveNothing() async {
      await #expect(processExitsWith: .success) {
        for index in 0..<1000 {
          let server = try Server(services: [TestService.plain])
          // Some never start, some serve, some are shut down, some dropped as they are.
          guard index % 10 != 0 else { continue }
          try server.start()
          let channel = try Channel(target: "127.0.0.1:\(server.port)")
          if index % 2 == 0 { _ = try await channel.call(TestService.echo, Text("")) }
          if index % 3 == 0 { await Harness.stop(server) }
        }
        await Self.expectNothingLives()
      }
    }

    @Test func poolsLeaveNothing() async {
      await #expect(processExitsWith: .success) {
        for _ in 0..<100 {
          let pool = ComputePool(threads: 2, queueLimit: 10)
          let one = try await pool.run { 1 }
          #expect(one == 1)
        }
        await Self.expectNothingLives()
      }
    }
  }
}
