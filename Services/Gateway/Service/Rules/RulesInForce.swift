import BusinessRules
import Catalogue
import Synchronization

/// The gateway's business rules: one book at a time, made ready for the catalogue as it stands.
final class RulesInForce: Sendable {
  private struct State {
    var book = RuleBook.empty
    var matcher: RuleMatcher?
  }

  private let state = Mutex(State())

  /// The rules in force.
  var book: RuleBook { state.withLock { $0.book } }

  /// Puts other rules into force.
  ///
  /// - Throws: ``CatalogueError`` for conditions that cannot mean anything; then the old ones stay.
  func replace(with book: RuleBook, catalogue: CatalogueSnapshot) throws {
    let matcher = book.isOff ? nil : try RuleMatcher(book, catalogue: catalogue)
    let old = state.withLock { state in
      defer { state = State(book: book, matcher: matcher) }
      return state
    }
    // A large book is let go outside the lock.
    withExtendedLifetime(old) {}
  }

  /// The rules for one request; nil where none is in force.
  ///
  /// Where the catalogue has numbered new categories since, the book is made ready anew: O(rules), and seldom.
  func active(in catalogue: CatalogueSnapshot, now: Int64, surface: String) throws -> ActiveRules? {
    guard let matcher = state.withLock({ $0.matcher }) else { return nil }
    guard matcher.categoryNumbering != catalogue.categoryNumbering else {
      return ActiveRules(matcher, now: now, surface: surface)
    }
    let fresh = try RuleMatcher(matcher.book, catalogue: catalogue)
    state.withLock { state in
      if state.matcher === matcher { state.matcher = fresh }
    }
    return ActiveRules(fresh, now: now, surface: surface)
  }
}
