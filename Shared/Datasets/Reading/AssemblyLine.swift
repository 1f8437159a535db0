import Dispatch
import Foundation

/// Pieces made by several threads, taken by one in their order. Few are ever waiting: makers who are far ahead
/// wait for the taker.
///
/// Unchecked Sendable: all that changes is touched between `condition.lock` and `unlock` only.
final class AssemblyLine<Piece: Sendable>: @unchecked Sendable {
  private let condition = NSCondition()
  private var pieces: [Int: Piece] = [:]
  private var nextIndex = 0
  private var makers: Int
  private var failure: (any Error)?
  private var isStopped = false
  private let lead: Int

  init(makers: Int) {
    self.makers = makers
    lead = makers * 2
  }

  /// Gives the piece of an index; waits while it is too far ahead.
  ///
  /// - Returns: whether more is wanted.
  func put(_ piece: Piece, at index: Int) -> Bool {
    condition.lock()
    defer { condition.unlock() }
    while index >= nextIndex + lead, !isStopped { condition.wait() }
    pieces[index] = piece
    condition.broadcast()
    return !isStopped
  }

  /// A maker has no more to give.
  func finish(_ error: (any Error)?) {
    condition.lock()
    makers -= 1
    if let error, failure == nil {
      failure = error
      isStopped = true
    }
    condition.broadcast()
    condition.unlock()
  }

  /// The next piece; nil when all is taken.
  ///
  /// - Throws: what a maker failed with.
  func take() throws -> Piece? {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let failure { throw failure }
      if let piece = pieces.removeValue(forKey: nextIndex) {
        nextIndex += 1
        condition.broadcast()
        return piece
      }
      if makers == 0 { return nil }
      condition.wait()
    }
  }

  /// Nothing more is wanted.
  func stop() {
    condition.lock()
    isStopped = true
    condition.broadcast()
    condition.unlock()
  }
}
