import Datasets
import Foundation
import TestSupport
import Testing

@testable import PipelineJobs

@Suite struct ImportJobTests {
  private let folder: TemporaryDirectory
  private let state: StateFolder

  init() throws {
    folder = try TemporaryDirectory("import")
    state = StateFolder(folder.path("var"))
  }

  /// Users who each rate ten items with a value, a minute apart.
  private func writeLog(value: Int, split: Bool = false) throws -> String {
    var text = "user,item,rating,time" + (split ? ",split\n" : "\n")
    for user in 0..<30 {
      for item in 0..<10 {
        text += "u\(user),i\(item),\(value + item % 2),\(1_000_000 + user + 60 * item)"
        text += split ? (item == 9 ? ",test\n" : ",train\n") : "\n"
      }
    }
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path("log.csv")))
    return folder.path("log.csv")
  }

  private func run(_ job: ImportJob) throws -> ImportJob.Outcome {
    try job.run(into: state, progress: ProgressPrinter(quiet: true))
  }

  @Test func anImportThatDriftsFailsAStrictRunAndLeavesTheLastOne() throws {
    var job = ImportJob(source: .delimited(interactions: try writeLog(value: 1), items: nil))
    job.isStrict = true
    let first = try run(job)
    #expect(first.validation.findings.isEmpty)
    #expect(try run(job).validation.findings.isEmpty)
    _ = try writeLog(value: 4)
    let error = #expect(throws: PipelineError.self) { try run(job) }
    #expect(error?.message.contains("drift.values") == true)
    #expect(state.dataset.manifest?.fingerprint == first.manifest.fingerprint)
    job.isStrict = false
    #expect(try run(job).validation.count(of: "drift.values") == 1)
    #expect(state.dataset.manifest?.fingerprint != first.manifest.fingerprint)
  }

  @Test func whatTheDataSayOfTheSplitIsKeptUnlessAnotherIsAskedFor() throws {
    let path = try writeLog(value: 1, split: true)
    var job = ImportJob(source: .delimited(interactions: path, items: nil))
    let given = try run(job).manifest
    #expect(given.split == .given)
    #expect(given.heldOut == 30)
    job.split = .time(TimeSplit(testShare: 0.2, validationShare: 0.1))
    let timed = try run(job).manifest
    #expect(timed.heldOut == 90)
    #expect(try state.requireDataset().interactions.heldOut.count { $0 == 2 } == 30)
    #expect(state.dataset.manifest?.split == job.split)
  }

  @Test func amazonReviewsBecomeADataset() throws {
    let lines = (0..<60).map { row in
      #"{"reviewerID":"A\#(row % 6)","asin":"B\#(row / 6)","overall":\#(1 + row % 5),"unixReviewTime":\#(1000 + row)}"#
    }
    let path = folder.path("reviews_Toys.json")
    try Data(lines.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: path))
    let outcome = try run(ImportJob(source: .amazon(reviews: path, metadata: nil), isStrict: true))
    #expect(outcome.manifest.name == "reviews_Toys")
    #expect(outcome.manifest.interactions == 60)
    #expect(outcome.manifest.users == 6)
    #expect(outcome.manifest.heldOut == 6)
  }
}
