import Datasets
import Foundation
import PipelineJobs
import SyntheticWorld

// How fast ratings become a dataset and features, and how much memory it takes.

let usage = """
  Deploy/bench data [options]
    --rows N        ratings (25000000); users and items in MovieLens-25M's proportion
    --folder DIR    where data are made and kept
    --json FILE     writes the rows
  """

func write(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }

func refuse(_ reason: String) -> Never {
  FileHandle.standardError.write(Data("\(reason)\n\(usage)\n".utf8))
  exit(64)
}

var rows = 25_000_000
var folder = NSTemporaryDirectory() + "recsys-bench"
var json: String?
var arguments = CommandLine.arguments.dropFirst()
while let name = arguments.popFirst() {
  guard let value = arguments.popFirst() else { refuse("\(name) needs a value") }
  switch name {
  case "--rows":
    guard let count = Int(value), (1000...1_000_000_000).contains(count) else {
      refuse("\(value) is no number of rows from 1,000 to 1,000,000,000")
    }
    rows = count
  case "--folder": folder = value
  case "--json": json = value
  default: refuse("no option is called \(name)")
  }
}

// Few rows get fewer users and items, as smaller editions of MovieLens have.
let share = (Double(rows) / 25_000_000)
let configuration = RatingsConfiguration(
  rows: rows, users: max(20, Int(162_000 * share)),
  items: max(500, Int(62_000 * min(1, share.squareRoot()))))
let source = folder + "/ratings-\(rows)"
let state = StateFolder(folder + "/ratings-state")
let printer = ProgressPrinter()
var table: [Measurement] = []

@MainActor func measure<Result>(_ step: String, _ body: () throws -> Result) rethrows -> Result {
  let (result, row) = try Measurement.of(step, rows: rows, body)
  table.append(row)
  write(row.line)
  return result
}

/// `numpy.loadtxt` on the same file, where there is numpy.
func readWithNumPy() throws -> Measurement? {
  let program = """
    import sys, time
    try:
        import numpy, resource
    except ImportError:
        sys.exit(3)
    start = time.time()
    rows = numpy.loadtxt(sys.argv[1], delimiter=",", skiprows=1)
    print(time.time() - start, len(rows), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    """
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = ["python3", "-c", program, source + "/ratings.csv"]
  let output = Pipe()
  process.standardOutput = output
  process.standardError = FileHandle.nullDevice
  try process.run()
  let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
  process.waitUntilExit()
  let numbers = text.split(separator: " ").compactMap {
    Double($0.trimmingCharacters(in: .whitespacesAndNewlines))
  }
  guard process.terminationStatus == 0, numbers.count == 3, numbers[0] > 0 else { return nil }
  return Measurement(
    step: "numpy.loadtxt", rows: Int(numbers[1]), seconds: numbers[0],
    rowsPerSecond: numbers[1] / numbers[0], peakBytes: Int(numbers[2]) << 10)
}

write("\(rows) ratings of \(configuration.users) users on \(configuration.items) items")
write(Measurement.heading)
if !FileManager.default.fileExists(atPath: source + "/ratings.csv") {
  _ = try measure("make") { try RatingsFolder(configuration).write(to: source) }
}
if let numpy = try readWithNumPy() {
  table.append(numpy)
  write(numpy.line)
}
// Read and checked alone, and once more as a part of the import, which is what people run.
_ = try measure("read and check") { try DatasetReader.movieLens(source) }
try? FileManager.default.removeItem(atPath: state.root)
_ = try measure("import (read, check, divide, store)") {
  try ImportJob(source: .movieLens(directory: source)).run(into: state, progress: printer)
}
_ = try measure("features (read store, compute, store)") {
  try MaterializeJob().run(in: state, progress: printer)
}
let steps = table.suffix(2)
let all = Measurement(
  step: "import and features", rows: rows, seconds: steps.reduce(0) { $0 + $1.seconds },
  rowsPerSecond: Double(rows) / steps.reduce(0) { $0 + $1.seconds },
  peakBytes: steps.map(\.peakBytes).max() ?? 0)
table.append(all)
write(all.line)
try? FileManager.default.removeItem(atPath: state.root)

if let json {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
  try encoder.encode(table).write(to: URL(fileURLWithPath: json))
}
