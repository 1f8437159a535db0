import Datasets
import Dispatch
import Foundation
import RecommendationCore
import Synchronization

/// Makes a folder as MovieLens publishes it, of any size: `ratings.csv` (`userId,movieId,rating,timestamp`, by
/// user, then by film) and `movies.csv` (`movieId,title,genres`).
public struct RatingsFolder: Sendable {
  /// What to make.
  public let configuration: RatingsConfiguration

  /// A folder that is to be made.
  ///
  /// - Throws: ``Datasets/DatasetError`` when the numbers do not fit together.
  public init(_ configuration: RatingsConfiguration) throws {
    try configuration.check()
    self.configuration = configuration
  }

  /// Users made at once, before their rows are written.
  private static let blockUsers = 1024

  /// Writes both files on all cores, in memory that does not grow with the number of rows.
  ///
  /// - Parameter progress: told the rows written so far.
  /// - Returns: bytes of `ratings.csv`.
  /// - Throws: ``Datasets/DatasetError`` when the folder cannot be written.
  @discardableResult
  public func write(to directory: String, progress: ((Int) -> Void)? = nil) throws -> Int {
    let plan = RatingsPlan(configuration)
    do {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true)
      try Data(movies(plan)).write(to: URL(fileURLWithPath: directory + "/movies.csv"))
      return try writeRatings(plan, to: directory + "/ratings.csv", progress)
    } catch {
      throw DatasetError(.file, "cannot write ratings to \(directory)", cause: error)
    }
  }

  /// One thread's tools and what it made last.
  private final class Maker: Sendable {
    private let state: Mutex<(ratings: UserRatings, text: RatingsText)>

    init(_ plan: RatingsPlan) { state = Mutex((UserRatings(plan), RatingsText())) }

    func make(_ users: Range<Int>) {
      state.withLock { state in
        state.text.removeAll()
        for user in users {
          state.ratings.make(user: user)
          for rating in state.ratings.ratings { state.text.append(rating, user: user + 1) }
        }
      }
    }

    /// The rows that it made last.
    var bytes: [UInt8] { state.withLock { $0.text.bytes } }
  }

  private func writeRatings(
    _ plan: RatingsPlan, to path: String, _ progress: ((Int) -> Void)?
  ) throws -> Int {
    // Under another name until it is whole: a file that was cut off would still be read.
    let part = path + ".part"
    try Data().write(to: URL(fileURLWithPath: part))
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: part))
    var bytes = 0
    func write(_ text: [UInt8]) throws {
      bytes += text.count
      try file.write(contentsOf: text)
    }
    try write(Array("userId,movieId,rating,timestamp\n".utf8))
    let threads = ProcessInfo.processInfo.activeProcessorCount
    let makers = (0..<threads).map { _ in Maker(plan) }
    var rows = 0
    for start in stride(from: 0, to: configuration.users, by: Self.blockUsers * threads) {
      // Thread t makes the block t, so that what is written does not depend on which thread is faster.
      @Sendable func users(_ thread: Int) -> Range<Int> {
        let first = start + thread * Self.blockUsers
        return min(first, configuration.users)..<min(first + Self.blockUsers, configuration.users)
      }
      DispatchQueue.concurrentPerform(iterations: threads) { thread in
        makers[thread].make(users(thread))
      }
      for thread in 0..<threads {
        try write(makers[thread].bytes)
        rows += users(thread).reduce(0) { $0 + Int(plan.counts[$1]) }
      }
      progress?(rows)
    }
    try file.close()
    guard rename(part, path) == 0 else {
      throw DatasetError(.file, "cannot rename \(part): \(String(cString: strerror(errno)))")
    }
    return bytes
  }

  private static let genres = [
    "Action", "Adventure", "Animation", "Children", "Comedy", "Crime", "Documentary", "Drama",
    "Fantasy", "Film-Noir", "Horror", "IMAX", "Musical", "Mystery", "Romance", "Sci-Fi",
    "Thriller", "War", "Western",
  ]

  /// Each film has one to three genres, and a year.
  private func movies(_ plan: RatingsPlan) -> [UInt8] {
    var text = "movieId,title,genres\n"
    for number in plan.numbers.sorted() {
      var random = SeededGenerator(seed: configuration.seed ^ UInt64(number) << 32)
      let genres = Set((0...random.index(below: 3)).map { _ in random.pick(Self.genres) })
      text += "\(number),Film \(number) (\(1930 + random.index(below: 90))),"
      text += genres.sorted().joined(separator: "|") + "\n"
    }
    return Array(text.utf8)
  }
}
