import ArgumentParser
import Datasets
import Foundation
import PipelineJobs

/// Lists of several models side by side.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Measure files of lists on a test file, with intervals and paired tests.",
    discussion: """
      Lists are user<TAB>item item …, as fit-predict writes them. The interval is the 95 % bootstrap of the NDCG at the \
      largest cutoff; p is that of a paired randomisation test against the first file, raised by Holm's rule.
      """)

  @Option(help: ArgumentHelp("What was learned from.", valueName: "file"))
  var train: String

  @Option(help: ArgumentHelp("What should have been found.", valueName: "file"))
  var test: String

  @Option(help: "Layout of both: pairs, lists or sequence.")
  var format: FeedbackReader.Format

  @Option(help: ArgumentHelp("Places to measure at.", valueName: "k,k,…"))
  var k = "5,10,20"

  @Option(help: "Of the drawn users and signs.")
  var seed: UInt64 = 1

  @Flag(help: "Print the result as JSON.")
  var json = false

  @Argument(help: ArgumentHelp("Files of lists.", valueName: "lists"))
  var lists: [String]

  private var cutoffs: [Int] { k.split(separator: ",").compactMap { Int($0) } }

  func validate() throws {
    guard !cutoffs.isEmpty, cutoffs.count == k.split(separator: ",").count,
      cutoffs.allSatisfy({ (1...20_000).contains($0) })
    else { throw ValidationError("--k: numbers from 1 to 20000 with commas wanted") }
  }

  func run() throws {
    let rows = try CompareJob(
      train: train, test: test, format: format, lists: lists, cutoffs: cutoffs, seed: seed
    ).run()
    guard json else { return Swift.print(CompareJob.text(rows)) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    Swift.print(String(decoding: try encoder.encode(rows), as: UTF8.self))
  }
}
