import Datasets
import Foundation

/// Reads a dataset from published files, checks it, holds out test interactions, and stores it.
public struct ImportJob: Sendable {
  /// Where the data comes from.
  public enum Source: Sendable, Equatable {
    /// A MovieLens folder of any edition.
    case movieLens(directory: String)
    /// A CSV or TSV file of interactions, and one of items.
    case delimited(interactions: String, items: String?)
  }

  /// Where the data comes from.
  public var source: Source
  /// How to hold out.
  public var split: HoldoutSplit
  /// Whether any finding worse than a note ends the run.
  public var isStrict: Bool

  /// An import.
  public init(source: Source, split: HoldoutSplit = HoldoutSplit(), isStrict: Bool = false) {
    self.source = source
    self.split = split
    self.isStrict = isStrict
  }

  /// What came of it.
  public struct Outcome: Codable, Sendable {
    /// The stored dataset.
    public var manifest: DatasetManifest
    /// What the rules found.
    public var validation: ValidationReport
  }

  /// Imports.
  ///
  /// - Throws: ``PipelineError`` with code `validation` when strict and the rules refuse; nothing is stored
  ///   then. ``Datasets/DatasetError`` when the files cannot be read.
  public func run(into state: StateFolder, progress: ProgressPrinter) throws -> Outcome {
    var (dataset, report) = try read(progress)
    if isStrict, report.failsStrictRun {
      throw PipelineError(.validation, "the data breaks rules (--strict):\n\(report.text)")
    }
    split.apply(to: &dataset)
    try state.create()
    let manifest = try state.dataset.write(dataset, report: report, split: split)
    return Outcome(manifest: manifest, validation: report)
  }

  private func read(_ progress: ProgressPrinter) throws -> (Dataset, ValidationReport) {
    let report: ProgressReport = { step in
      let share = Double(step.bytesRead) / Double(max(step.bytesTotal, 1))
      let name = URL(fileURLWithPath: step.file).lastPathComponent
      // Rows in all are not known before the end; they are estimated from the bytes.
      let total = share > 0.01 ? Int(Double(step.rows) / share) : 0
      progress.report("reading \(name)", done: step.rows, total: total, unit: "rows")
    }
    switch source {
    case .movieLens(let directory):
      return try DatasetReader.movieLens(directory, progress: report)
    case .delimited(let interactions, let items):
      let name = URL(fileURLWithPath: interactions).deletingPathExtension().lastPathComponent
      return try DelimitedReader(interactions: interactions, items: items, name: name)
        .read(progress: report)
    }
  }
}
