/// A kind of recommender: how to learn from feedback.
///
/// Adding one: a file with a type of this protocol, and a line in ``RecommenderKinds``.
public protocol Recommender: Sendable {
  /// The name that `--model` takes.
  static var name: String { get }
  /// What it is, in a line, with its source.
  static var summary: String { get }
  /// Its settings.
  static var settings: [Setting] { get }
  /// Why it cannot learn from data of this shape, or would not end in sensible time and memory; nil when it
  /// can.
  static func obstacle(_ shape: DataShape) -> String?
  /// Whether its scores are predicted ratings, made to be near the true ones rather than in a good order.
  static var predictsRatings: Bool { get }
  /// A recommender with settings of ``settings``.
  init(_ values: SettingValues)
  /// Learns.
  ///
  /// - Throws: ``RecommenderError``; `CancellationError` never: ``FitContext/shouldStop`` ends a fit early
  ///   with what is learned so far.
  func fit(_ feedback: Feedback, context: FitContext) throws -> any FittedRecommender
}

extension Recommender {
  /// Nothing stands in the way.
  public static func obstacle(_ shape: DataShape) -> String? { nil }
  /// Scores are for ranking.
  public static var predictsRatings: Bool { false }
}

/// A recommender that has learned. Safe to ask from several threads at once.
public protocol FittedRecommender: Sendable {
  /// Writes the scores of all items for neighbouring users, higher is better.
  ///
  /// What is finite is ranked; `-infinity` keeps an item out. Items of the history are scored like others:
  /// the caller leaves them out where they are not wanted.
  ///
  /// - Parameters:
  ///   - users: at most 256 of them.
  ///   - asked: the histories to answer from, and whether they are those that were learned from.
  ///   - scores: `users.count` rows of all items' scores; all are written.
  func score(
    _ users: Range<Int>, _ asked: AskedHistories, into scores: UnsafeMutableBufferPointer<Float>)
    throws
  /// What the fit found by itself (the number of epochs at which to stop, say), for a fit on more data.
  var found: [String: SettingValue] { get }
}

extension FittedRecommender {
  /// Nothing was found.
  public var found: [String: SettingValue] { [:] }
}

/// The histories that are answered from.
public struct AskedHistories: Sendable {
  /// One list a user; users have the rows of the fit's feedback.
  public let histories: Histories
  /// Whether these are the histories that the model learned from: then what it learned of a user holds; else
  /// the user is made anew from the list.
  public let areLearned: Bool

  /// Histories to answer from.
  public init(_ histories: Histories, areLearned: Bool) {
    self.histories = histories
    self.areLearned = areLearned
  }
}

/// What a fit may use and whom it tells.
public struct FitContext: Sendable {
  /// Equal seeds give equal models.
  public var seed: UInt64
  /// Threads to use; nil: all cores.
  public var threads: Int?
  /// Told now and then how far the fit is.
  public var progress: @Sendable (FitProgress) -> Void
  /// The quality on the validation part, higher is better, of a model on its way; nil when there is none.
  /// A kind that learns in passes stops where it no longer grows, and says so in
  /// ``FittedRecommender/found``.
  public var validate: (@Sendable (any FittedRecommender) throws -> Double)?
  /// Passes without a better validation before a fit stops.
  public var patience: Int
  /// When the fit must be over; it ends early with what is learned.
  public var deadline: ContinuousClock.Instant?

  /// A context.
  public init(
    seed: UInt64 = 1, threads: Int? = nil,
    progress: @escaping @Sendable (FitProgress) -> Void = { _ in },
    validate: (@Sendable (any FittedRecommender) throws -> Double)? = nil, patience: Int = 3,
    deadline: ContinuousClock.Instant? = nil
  ) {
    self.seed = seed
    self.threads = threads
    self.progress = progress
    self.validate = validate
    self.patience = patience
    self.deadline = deadline
  }

  /// Whether the time is over.
  public var shouldStop: Bool { deadline.map { ContinuousClock.now >= $0 } ?? false }
}

/// How far a fit is.
public struct FitProgress: Sendable {
  /// Passes done.
  public var pass: Int
  /// Passes in all.
  public var passes: Int
  /// The loss that is made small, per entry; nil where it is not known.
  public var loss: Double?
  /// The quality on the validation part; nil where there is none.
  public var quality: Double?

  /// A state.
  public init(pass: Int, passes: Int, loss: Double? = nil, quality: Double? = nil) {
    self.pass = pass
    self.passes = passes
    self.loss = loss
    self.quality = quality
  }
}
