import Datasets
import Recommenders

/// The files of an experiment, with common rows.
public struct FitInput {
  /// Which files there are.
  public struct Files: Sendable {
    /// What may be learned from.
    public var train: String
    /// How all files but the candidates are laid out.
    public var format: FeedbackReader.Format
    /// What models are chosen by; nil: a part of the train file is held out for it.
    public var valid: String?
    /// The histories to answer from where they are longer than what may be learned from.
    public var history: String?
    /// `user<TAB>item item …`: what to score.
    public var candidates: String?

    /// Files.
    public init(
      train: String, format: FeedbackReader.Format, valid: String? = nil, history: String? = nil,
      candidates: String? = nil
    ) {
      self.train = train
      self.format = format
      self.valid = valid
      self.history = history
      self.candidates = candidates
    }
  }

  /// External ids of users by row.
  let users: [String]
  /// External ids of items by row; candidates that no other file has come last.
  let items: [String]
  /// What to learn from.
  let feedback: Feedback
  /// Items of the validation file, a list a user; nil when none was given.
  let heldOut: [[Int32]]?
  /// What to answer from.
  let asked: AskedHistories
  /// Users of the train and history files, in their order.
  let answered: [Int]
  /// Users and items of the candidates' file, in its order.
  let candidates: FeedbackReader.Acts?

  /// Reads the files.
  ///
  /// - Throws: ``DatasetError`` and `RecommenderError` with the file, the line and what is wrong there.
  public init(_ files: Files, progress: ProgressPrinter) throws {
    var reader = FeedbackReader()
    let show: ProgressReport = { read in
      progress.report(
        "reading \(read.file)", done: read.bytesRead, total: read.bytesTotal, unit: "bytes")
    }
    let train = try reader.read(files.train, format: files.format, progress: show)
    let history = try files.history.map {
      try reader.read($0, format: files.format, progress: show)
    }
    let knownItems = reader.itemCount
    let valid = try files.valid.map { try reader.read($0, format: files.format, progress: show) }
    candidates = try files.candidates.map { try reader.read($0, format: .lists, progress: show) }
    users = reader.users
    items = reader.items
    let isOrdered = files.format == .sequence
    let userCount = reader.userCount
    feedback = try Feedback(
      train, isOrdered: isOrdered, userCount: userCount, itemCount: knownItems)
    heldOut = valid.map { acts in
      var lists = [[Int32]](repeating: [], count: userCount)
      for (user, item) in zip(acts.users, acts.items) where Int(item) < knownItems {
        lists[Int(user)].append(item)
      }
      return lists
    }
    if let history {
      let longer = try Feedback(
        history, isOrdered: isOrdered, userCount: userCount, itemCount: knownItems)
      asked = AskedHistories(longer.histories, areLearned: false)
    } else {
      asked = AskedHistories(feedback.histories, areLearned: true)
    }
    var seen = Set<Int32>()
    answered = (train.listed + (history?.listed ?? [])).filter { seen.insert($0).inserted }
      .map(Int.init)
  }
}
