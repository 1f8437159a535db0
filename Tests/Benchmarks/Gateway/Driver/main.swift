// Deploy/bench gateway: the suite's full request beside a bare C++ chain of the same calls and sizes.
import Foundation

do {
  try await GatewayBenchmark(try BenchmarkOptions(Array(CommandLine.arguments.dropFirst()))).run()
} catch {
  FileHandle.standardError.write(Data("bench gateway: \(error)\n".utf8))
  exit(1)
}
