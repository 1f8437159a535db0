internal import Synchronization

/// Boosters of one model, each used by one caller at a time.
///
/// A caller that finds none free makes one from the model's bytes; up to `capacity` are kept.
final class XGBoostBoosterPool: Sendable {
  let model: [UInt8]
  private let capacity: Int
  private let free: Mutex<[XGBoostBooster]>

  /// A pool with all its boosters loaded, so that no request pays for it.
  init(model: [UInt8], capacity: Int) throws {
    self.model = model
    self.capacity = max(1, capacity)
    var boosters: [XGBoostBooster] = []
    for _ in 0..<self.capacity { boosters.append(try XGBoostBooster(model: model)) }
    free = Mutex(boosters)
  }

  /// Runs work on a booster that is the caller's alone while it does.
  func withBooster<Result>(_ body: (XGBoostBooster) throws -> Result) throws -> Result {
    // The last one back is the next one out: its trees are still in this core's cache.
    let booster = try free.withLock { $0.popLast() } ?? XGBoostBooster(model: model)
    defer {
      free.withLock { boosters in
        if boosters.count < capacity { boosters.append(booster) }
      }
    }
    return try body(booster)
  }
}
