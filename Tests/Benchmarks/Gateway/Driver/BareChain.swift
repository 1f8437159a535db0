import PipelineJobs
import RPC
import SwiftProtobuf

/// C++ servers that make the calls of a request, of the same sizes, and nothing else.
final class BareChain {
  /// The processes, named as the suite's.
  let processes: [LoadGeneratorProcess]
  private let programs: [ChildProgram]
  private let channel: Channel
  private let request: Google_Protobuf_BytesValue
  private let method = UnaryMethod<Google_Protobuf_BytesValue, Google_Protobuf_BytesValue>(
    service: "bench.Chain", name: "Recommend")

  init(_ recorded: RecordedCalls, requestBytes: Int, replyBytes: Int) throws {
    var programs: [ChildProgram] = []
    var processes: [LoadGeneratorProcess] = []
    var ports: [String: String] = [:]
    for service in Set(recorded.calls.map(\.service)).sorted() {
      let calls = recorded.calls.filter { $0.service == service }
      let methods = Dictionary(calls.map { ($0.method, $0.reply_bytes) }) { first, _ in first }
      let leaf = try ChildProgram(
        "bench-chain-cxx", ["leaf"] + methods.sorted { $0.key < $1.key }.map { "\($0)=\($1)" })
      ports[service] = leaf.line
      programs.append(leaf)
      processes.append(LoadGeneratorProcess(name: service, processID: leaf.processID))
    }
    let steps = recorded.calls.map { "\(ports[$0.service] ?? ""):\($0.method):\($0.request_bytes)" }
    let gateway = try ChildProgram("bench-chain-cxx", ["gateway", "\(replyBytes)"] + steps)
    programs.append(gateway)
    processes.append(LoadGeneratorProcess(name: "gateway", processID: gateway.processID))
    self.programs = programs
    self.processes = processes
    channel = try Channel(target: "127.0.0.1:\(gateway.line)")
    // Tag and length of a message below 16 KiB take three bytes.
    request = Google_Protobuf_BytesValue(.init(repeating: 120, count: max(requestBytes - 3, 0)))
  }

  /// What requests go through; may leave this object's isolation.
  var send: @Sendable (Int) async throws -> Void {
    let (channel, method, request) = (channel, method, request)
    return { _ in
      _ = try await channel.call(
        method, request, options: CallOptions(timeout: .seconds(1), waitForReady: true))
    }
  }

  func stop() {
    for program in programs.reversed() { program.stop() }
  }
}
