/// What each candidate would give the slate at its next place. Gains only fall as the slate grows.
protocol SlateGains {
  /// What the candidate's gain was when it was last asked for: never less than it is.
  var latest: [Float] { get }
  /// The candidate's gain in an empty slate: never less than it is, and in the order of utility.
  func ceiling(_ index: Int) -> Float
  /// The candidate's gain; -infinity where its relevance is no number.
  mutating func gain(_ index: Int) -> Float
  /// Counts an item of the slate, or one before it.
  mutating func take(_ index: Int)
}

/// Similarity of two items, with the usual kind called directly: the loops over it are the hot part of a slate.
enum PairSimilarity {
  case sets(SetSimilarity)
  case other(any ItemSimilarity)

  init(_ similarity: any ItemSimilarity) {
    if let sets = similarity as? SetSimilarity {
      self = .sets(sets)
    } else {
      self = .other(similarity)
    }
  }

  @inline(__always)
  func similarity(_ first: Int, _ second: Int) -> Float {
    switch self {
    case .sets(let sets): sets.similarity(first, second)
    case .other(let other): other.similarity(first, second)
    }
  }
}

/// A slate in the making, place by place. Every place takes, of the candidates that are free:
///
/// 1. the one pinned there; else, of those that exceed no quota's maximum,
/// 2. one that a quota needs, where later places would not suffice for what the quotas need;
/// 3. one that breaks the fewest caps and windows;
/// 4. the one of the greatest gain, with its cost in calibration; of equals the first by relevance.
///
/// Complexity: O(candidates x count), and what gains, windows and calibration cost by themselves. What a problem does
/// not ask for costs nothing.
struct GreedySlate<Gains: SlateGains> {
  private let problem: SlateProblem
  private var gains: Gains
  /// Candidates that are free, by relevance.
  private var remaining: [Int]
  /// Items before the slate, then those of the slate.
  private var placed: [Int]
  private var selected: [Int] = []
  private var relaxed: [String: Int] = [:]
  private var quotaPlaces: [Int: Int] = [:]
  /// How many caps and windows each candidate would break.
  private var broken: [Int32]
  private var caps: [CapCounter] = []
  private var windows: [WindowCounter] = []
  private var quotas: QuotaCounter
  private var calibration: CalibrationCounter?
  private var pins: ArraySlice<SlatePin>

  init(problem: SlateProblem, utility: [Float], gains: Gains) {
    self.problem = problem
    self.gains = gains
    pins = problem.pins[...]
    placed = Array(problem.items.count..<problem.items.count + problem.before)
    remaining = SlateProblem.order(by: utility)
    if !problem.pins.isEmpty {
      let pinned = Set(problem.pins.map(\.index))
      remaining.removeAll { pinned.contains($0) }
    }
    broken = [Int32](repeating: 0, count: problem.items.count)
    for cap in problem.caps { caps.append(CapCounter(cap, broken: &broken)) }
    windows = problem.windows.map { WindowCounter($0) }
    calibration = problem.calibration.map { CalibrationCounter($0) }
    if problem.quotas.isEmpty {
      quotas = QuotaCounter([], pins: [], isFree: [])
    } else {
      var isFree = [Bool](repeating: false, count: problem.items.count)
      for index in remaining { isFree[index] = true }
      quotas = QuotaCounter(
        problem.quotas, pins: problem.pins.filter { $0.slot < problem.count }, isFree: isFree)
    }
    for index in placed {
      self.gains.take(index)
      calibration?.add(index)
    }
  }

  /// The whole slate.
  consuming func choice() -> SlateChoice {
    while selected.count < problem.count {
      if let pin = pins.first, pin.slot <= selected.count {
        pins.removeFirst()
        place(pin.index, isPinned: true)
      } else if let place = next() {
        self.place(remaining.remove(at: place), isPinned: false)
      } else if let pin = pins.popFirst() {
        place(pin.index, isPinned: true)
      } else {
        break
      }
    }
    return SlateChoice(selected, relaxed: relaxed, quotaPlaces: quotaPlaces, of: problem)
  }

  private mutating func place(_ index: Int, isPinned: Bool) {
    for number in caps.indices where caps[number].add(index, broken: &broken) && !isPinned {
      relaxed[problem.caps[number].name, default: 0] += 1
    }
    for number in windows.indices where !isPinned && windows[number].isBroken(by: index) {
      relaxed[problem.windows[number].name, default: 0] += 1
    }
    if !quotas.isEmpty, !isPinned { quotas.add(index) }
    calibration?.add(index)
    selected.append(index)
    placed.append(index)
    if selected.count < problem.count { gains.take(index) }
  }

  /// Place in `remaining` of the best candidate; nil when none may be taken.
  private mutating func next() -> Int? {
    if !windows.isEmpty { lookAtWindows() }
    guard quotas.isEmpty else { return nextUnderQuotas() }
    return calibration == nil ? nextByGain() : nextBest { _ in true }
  }

  /// The plain case, which most slates are: candidates stand by their ceilings, so the search ends where no later
  /// one can be better.
  private mutating func nextByGain() -> Int? {
    var best: (place: Int, broken: Int32, gain: Float)?
    for place in remaining.indices {
      let index = remaining[place]
      let count = broken[index]
      if let current = best {
        if current.broken == 0, gains.ceiling(index) <= current.gain { break }
        if count > current.broken { continue }
        if count == current.broken, gains.latest[index] <= current.gain { continue }
      }
      let gain = gains.gain(index)
      if let current = best, count == current.broken, gain <= current.gain { continue }
      best = (place, count, gain)
    }
    return best?.place
  }

  private mutating func nextBest(where isWanted: (Int) -> Bool) -> Int? {
    let weight = calibration?.calibration.weight ?? 0
    var best: (place: Int, broken: Int32, gain: Double)?
    for place in remaining.indices {
      let index = remaining[place]
      let count = broken[index]
      guard isWanted(index), count <= best?.broken ?? count else { continue }
      // A divergence is never below 0.
      if let current = best, count == current.broken,
        (1 - weight) * Double(gains.latest[index]) <= current.gain
      {
        continue
      }
      var gain = (1 - weight) * Double(gains.gain(index))
      if gain.isNaN { gain = -.infinity }
      if weight > 0 { gain -= weight * (calibration?.divergence(with: index) ?? 0) }
      if let current = best, count == current.broken, gain <= current.gain { continue }
      best = (place, count, gain)
    }
    return best?.place
  }

  private mutating func nextUnderQuotas() -> Int? {
    let quotas = quotas
    let pinned = pins.count { $0.slot < problem.count }
    let due = quotas.due(open: problem.count - selected.count - pinned)
    guard !due.isEmpty else { return nextBest { !quotas.isShut($0) } }
    // Of those that serve most of the quotas that are due; where there are too few places for all, the earlier
    // quota comes first.
    var most = (count: 0, first: Int.max)
    for index in remaining where !quotas.isShut(index) {
      let service = quotas.service(of: index, to: due)
      if (service.count, -service.first) > (most.count, -most.first) { most = service }
    }
    guard most.count > 0 else { return nextBest { !quotas.isShut($0) } }
    let place = nextBest {
      !quotas.isShut($0) && quotas.service(of: $0, to: due) == most
    }
    if place != nil { quotaPlaces[selected.count] = most.first }
    return place
  }

  private mutating func lookAtWindows() {
    let after = pins.map { (offset: $0.slot - selected.count, index: $0.index) }
    for number in windows.indices {
      windows[number].update(before: placed, after: after, broken: &broken)
    }
  }
}
