import Datasets
import Foundation

/// Reads a dataset from published files, checks it, holds out test interactions, and stores it.
public struct ImportJob: Sendable {
  /// Where the data comes from.
  public enum Source: Sendable, Equatable {
    /// A MovieLens folder of any edition.
    case movieLens(directory: String)
    /// A CSV or TSV file of interactions, one of items, and files of test and validation rows.
    case delimited(
      interactions: String, items: String?, test: String? = nil, validation: String? = nil)
    /// Amazon reviews and product metadata: JSON lines, plain or `.gz`.
    case amazon(reviews: String, metadata: String?)
  }

  /// Where the data comes from.
  public var source: Source
  /// How to hold out; nil: as the source says, else each user's last items.
  public var split: DatasetSplit?
  /// Whether any finding worse than a note ends the run.
  public var isStrict: Bool

  /// An import.
  public init(source: Source, split: DatasetSplit? = nil, isStrict: Bool = false) {
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
    recordDrift(of: dataset, in: &report, from: state.dataset, progress)
    if isStrict, report.failsStrictRun {
      throw PipelineError(.validation, "the data breaks rules (--strict):\n\(report.text)")
    }
    let split =
      self.split
      ?? (dataset.interactions.heldOut.isEmpty ? .lastItems(HoldoutSplit()) : .given)
    try split.apply(to: &dataset)
    try state.create()
    let manifest = try state.dataset.write(dataset, report: report, split: split)
    return Outcome(manifest: manifest, validation: report)
  }

  /// Compares with what lies there under the same name. That it cannot be read is no reason against the new one.
  private func recordDrift(
    of dataset: Dataset, in report: inout ValidationReport, from store: DatasetStore,
    _ progress: ProgressPrinter
  ) {
    do {
      try store.drift(forImportOf: dataset.name)?.record(dataset, in: &report)
    } catch {
      progress.say("the last import cannot be compared with: \(error)")
    }
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
    case .delimited(let interactions, let items, let test, let validation):
      var reader = DelimitedReader(
        interactions: interactions, items: items, name: Self.name(of: interactions))
      reader.test = test
      reader.validation = validation
      return try reader.read(progress: report)
    case .amazon(let reviews, let metadata):
      return try AmazonReader(reviews: reviews, metadata: metadata, name: Self.name(of: reviews))
        .read(progress: report)
    }
  }

  /// A file's name without its endings.
  private static func name(of path: String) -> String {
    var url = URL(fileURLWithPath: path)
    if url.pathExtension == "gz" { url.deletePathExtension() }
    return url.deletingPathExtension().lastPathComponent
  }
}
