import BusinessRules
import Catalogue
import Logging
import Metrics
import RPC
import Synchronization

/// Keeps the rules in force in step with their file, and the file with what operators set.
///
/// A file that is not valid changes nothing: the old rules stay in force, the log says what is wrong, and
/// `recsys_gateway_rules_file_valid` is 0 until it is mended.
final class RulesKeeper: Sendable {
  private let inForce: RulesInForce
  private let file: RulesFile?
  private let catalogue: LiveCatalogue
  private let logger: Logger
  private let seen = Mutex<RulesFile.Stamp?>(nil)
  /// Changes one at a time.
  private let changing = Mutex<Void>(())
  private let isValid = Gauge(label: "recsys_gateway_rules_file_valid")
  private let count = Gauge(label: "recsys_gateway_rules")
  private let failures = Counter(label: "recsys_gateway_rules_file_errors_total")

  /// - Parameter path: of the file; empty: there is none, and operators cannot set rules.
  init(_ inForce: RulesInForce, path: String, catalogue: LiveCatalogue, logger: Logger) {
    self.inForce = inForce
    file = path.isEmpty ? nil : RulesFile(path: path)
    self.catalogue = catalogue
    self.logger = logger
  }

  /// Reads the file for the first time.
  ///
  /// - Throws: what is wrong with it: a gateway that would have to serve without its rules, blocked items and all,
  ///   does not start.
  func load() throws {
    guard let file else { return }
    try changing.withLock { _ in
      let stamp = file.stamp
      try enforce(file.read())
      seen.withLock { $0 = stamp }
    }
    isValid.record(1)
  }

  /// Takes in the file if it has changed since.
  ///
  /// - Returns: whether it had changed, to the better or the worse.
  @discardableResult
  func follow() -> Bool {
    guard let file else { return false }
    return changing.withLock { _ in
      let stamp = file.stamp
      guard stamp != seen.withLock({ $0 }) else { return false }
      seen.withLock { $0 = stamp }
      do {
        try enforce(file.read())
        isValid.record(1)
        logger.info(
          "rules taken from their file",
          metadata: ["version": "\(inForce.book.version)", "rules": "\(inForce.book.rules.count)"])
      } catch {
        isValid.record(0)
        failures.increment()
        logger.error(
          "the rules' file is not valid; the old rules stay in force",
          metadata: ["path": "\(file.path)", "error": "\(error)"])
      }
      return true
    }
  }

  /// Follows the file until cancelled.
  func run(every pause: Duration) async {
    guard file != nil else { return }
    while !Task.isCancelled {
      follow()
      try? await Task.sleep(for: pause)
    }
  }

  /// Writes other rules and puts them into force.
  ///
  /// - Throws: FAILED_PRECONDITION without a file, UNAVAILABLE when it cannot be written; nothing changes then.
  func set(_ book: RuleBook) throws {
    guard let file else {
      throw RPCError(
        .failedPrecondition, "Rules cannot be set: this gateway has no rules.path to keep them in.")
    }
    try changing.withLock { _ in
      do {
        try file.write(book)
      } catch {
        throw RPCError(.unavailable, "The rules cannot be kept: \(error)")
      }
      seen.withLock { $0 = file.stamp }
      try enforce(book)
      isValid.record(1)
    }
    logger.notice(
      "rules set by an operator",
      metadata: ["version": "\(book.version)", "rules": "\(book.rules.count)"])
  }

  private func enforce(_ book: RuleBook) throws {
    try inForce.replace(with: book, catalogue: catalogue.snapshot)
    count.record(book.isOff ? 0 : book.rules.count)
  }
}
