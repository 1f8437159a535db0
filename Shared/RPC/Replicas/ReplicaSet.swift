internal import SwiftProtobuf
import Synchronization
import Timing

/// The replicas of one service: which of them a call goes to, and what to do when it is late or away.
final class ReplicaSet: Sendable {
  private struct State {
    var healths: [ReplicaHealth]
    var next = 0
    var intervalEnd: ContinuousClock.Instant
  }

  /// A late call's timer has to be finer than a stage's deadline.
  private static let timer = DeadlineTimer(resolution: .milliseconds(1))
  /// Failovers that may fail before calls fail at once: a service that is down as a whole must not get every
  /// call twice.
  private static let failoverCapacity = 100

  let channels: [Channel]
  private let policy: ReplicaPolicy
  private let state: Mutex<State>
  private let latencies = Mutex<[String: LatencyWindow]>([:])
  private let hedges: TokenBucket
  private let failovers = TokenBucket(gain: 0.1, capacity: failoverCapacity)

  /// - Parameter channels: one a replica, two or more; they neither balance nor retry.
  init(channels: [Channel], policy: ReplicaPolicy) {
    self.channels = channels
    self.policy = policy
    hedges = TokenBucket(
      gain: policy.hedging?.budget ?? 0, capacity: policy.hedging?.burst ?? 0)
    state = Mutex(
      State(
        healths: channels.map { _ in ReplicaHealth() },
        intervalEnd: .now + (policy.outliers?.interval ?? .seconds(1))))
  }

  /// The next replica that may be called, but for one; when none may, the next of all.
  func pick(except excluded: Int? = nil) -> Int {
    state.withLock { state in
      let now = ContinuousClock.now
      let start = state.next
      state.next = (start + 1) % channels.count
      for offset in channels.indices {
        let index = (start + offset) % channels.count
        if index != excluded, state.healths[index].admits(at: now) { return index }
      }
      return start == excluded ? (start + 1) % channels.count : start
    }
  }

  // MARK: Calls

  /// Calls one replica; a second one when the first is late, and another when it cannot be reached.
  func perform<Q, R>(
    _ method: UnaryMethod<Q, R>, _ request: Q, _ options: CallOptions
  ) async throws -> HedgeRace<R>.Answer {
    let deadline = Self.deadline(options)
    let first = pick()
    do {
      return try await hedged(method, request, options, at: first, until: deadline)
    } catch let error as RPCError where error.code == .unavailable && !options.waitForReady {
      guard !Task.isCancelled, failovers.take() else { throw error }
      let second = pick(except: first)
      policy.onEvent?(.failedOver(path: method.path))
      let answer = try await single(
        method, request, Self.rest(of: options, until: deadline), at: second)
      // A failover that helped costs nothing.
      for _ in 0..<10 { failovers.earn() }
      return answer
    }
  }

  /// One call at one replica.
  private func single<Q, R>(
    _ method: UnaryMethod<Q, R>, _ request: Q, _ options: CallOptions, at index: Int
  ) async throws -> HedgeRace<R>.Answer {
    let begun = ContinuousClock.now
    do {
      let call = try await channels[index].open(.unary, method.path, options)
      let response: R = try await call.perform(request)
      learn(.answered, of: index, begun: begun, method.path, method.isRead)
      return (call, response)
    } catch let error as RPCError {
      let outcome = Task.isCancelled ? .nothing : CallOutcome(error)
      learn(outcome, of: index, begun: begun, method.path, method.isRead)
      throw error
    }
  }

  /// One call at one replica, which a second one at another joins when it is late.
  private func hedged<Q, R>(
    _ method: UnaryMethod<Q, R>, _ request: Q, _ options: CallOptions, at index: Int,
    until deadline: ContinuousClock.Instant?
  ) async throws -> HedgeRace<R>.Answer {
    guard method.isRead, let hedging = policy.hedging else {
      return try await single(method, request, options, at: index)
    }
    hedges.earn()
    guard let late = latencies(of: method.path, hedging).value else {
      return try await single(method, request, options, at: index)
    }
    let begun = ContinuousClock.now
    let first = try await channels[index].open(.unary, method.path, options)
    let race = HedgeRace<R>()
    let token = Self.timer.schedule(at: begun + max(late, hedging.minimumDelay)) { [self] in
      guard hedges.take() else {
        policy.onEvent?(.hedgeRefused(path: method.path))
        return
      }
      policy.onEvent?(.hedged(path: method.path))
      let rest = Self.rest(of: options, until: deadline)
      race.join(
        { [self] in try await single(method, request, rest, at: pick(except: index)) },
        overtake: { first.cancel() })
    }
    defer { Self.timer.cancel(token) }
    do {
      let response: R = try await first.perform(request)
      race.firstHasWon()
      learn(.answered, of: index, begun: begun, method.path, true)
      return (first, response)
    } catch {
      let (second, hasWon) = race.end()
      if Task.isCancelled {
        second?.cancel()
        throw error
      }
      learn(hasWon ? .silent : CallOutcome(error), of: index, begun: begun, method.path, true)
      if hasWon { policy.onEvent?(.hedgeWon(path: method.path)) }
      guard let second, hasWon || error.code == .unavailable else {
        second?.cancel()
        throw error
      }
      return try await withTaskCancellationHandler {
        try await second.value.get()
      } onCancel: {
        second.cancel()
      }
    }
  }

  // MARK: Time

  /// When the caller, or who called it, gives up. A second call is made outside of the caller's task, and so
  /// would not know.
  private static func deadline(_ options: CallOptions) -> ContinuousClock.Instant? {
    let own = options.timeout.map { ContinuousClock.now + $0 }
    guard let inbound = ServerContext.current?.deadline else { return own }
    return own.map { min($0, inbound) } ?? inbound
  }

  private static func rest(
    of options: CallOptions, until deadline: ContinuousClock.Instant?
  ) -> CallOptions {
    var options = options
    if let deadline { options.timeout = max(.zero, deadline - .now) }
    return options
  }

  private func latencies(of path: String, _ hedging: HedgePolicy) -> LatencyWindow {
    latencies.withLock { latencies in
      if let known = latencies[path] { return known }
      let new = LatencyWindow(
        percentile: hedging.percentile, minimumSamples: hedging.minimumSamples)
      latencies[path] = new
      return new
    }
  }

  // MARK: Learning

  private func learn(
    _ outcome: CallOutcome, of index: Int, begun: ContinuousClock.Instant, _ path: String,
    _ isRead: Bool
  ) {
    let now = ContinuousClock.now
    if outcome == .answered { failovers.earn() }
    if isRead, outcome == .answered || outcome == .silent, let hedging = policy.hedging {
      latencies(of: path, hedging).add(now - begun)
    }
    let events = state.withLock { state in
      let lesson = state.healths[index].learn(
        outcome, begun: begun, at: now, typical: Self.typical(state.healths, except: index),
        policy: policy.outliers)
      var events: [ReplicaEvent] = []
      switch lesson {
      case .nothing: break
      case .becameUnreachable: events.append(.unreachable(target: channels[index].target))
      case .restored: events.append(.restored(target: channels[index].target))
      case .wasSilentTooOften:
        // When the siblings are silent too, it is the load, and one replica less would not help.
        let isAlone = state.healths.indices.contains {
          $0 != index && !state.healths[$0].isBlocked && state.healths[$0].silentInARow == 0
        }
        if isAlone { leaveOut(index, .silent, &state, at: now, &events) }
      }
      compare(&state, at: now, &events)
      return events
    }
    if let onEvent = policy.onEvent { for event in events { onEvent(event) } }
  }

  /// The siblings' mean time in this interval.
  private static func typical(_ healths: [ReplicaHealth], except index: Int) -> Duration? {
    var sum = ReplicaHealth.Tally()
    for place in healths.indices where place != index && !healths[place].isBlocked {
      sum = sum + healths[place].tally
    }
    return sum.calls == 0 ? nil : sum.meanTime
  }

  /// At the end of an interval, leaves out the replica that is worst, if it is far off its siblings.
  private func compare(
    _ state: inout State, at now: ContinuousClock.Instant, _ events: inout [ReplicaEvent]
  ) {
    guard let outliers = policy.outliers, now >= state.intervalEnd else { return }
    state.intervalEnd = now + outliers.interval
    let judged = state.healths.indices.filter {
      !state.healths[$0].isBlocked && state.healths[$0].tally.calls >= outliers.minimumCalls
    }
    let worst = judged.compactMap { index -> (index: Int, reason: ReplicaEvent.LeftOutReason)? in
      let siblings = judged.filter { $0 != index }.map { state.healths[$0].tally }
      guard !siblings.isEmpty else { return nil }
      let others = siblings.reduce(ReplicaHealth.Tally(), +)
      return Self.fault(of: state.healths[index].tally, among: others, outliers)
        .map { (index, $0) }
    }.max { left, right in
      let (first, second) = (state.healths[left.index].tally, state.healths[right.index].tally)
      return (first.errorRate, first.meanTime) < (second.errorRate, second.meanTime)
    }
    for index in state.healths.indices { state.healths[index].endInterval() }
    if let worst { leaveOut(worst.index, worst.reason, &state, at: now, &events) }
  }

  private static func fault(
    of tally: ReplicaHealth.Tally, among others: ReplicaHealth.Tally, _ policy: OutlierPolicy
  ) -> ReplicaEvent.LeftOutReason? {
    if tally.errorRate > others.errorRate + policy.errorRateMargin { return .errors }
    let limit = max(others.meanTime * policy.latencyFactor, others.meanTime + policy.latencyMargin)
    return tally.meanTime > limit ? .slow : nil
  }

  /// Never more than half.
  private func leaveOut(
    _ index: Int, _ reason: ReplicaEvent.LeftOutReason, _ state: inout State,
    at now: ContinuousClock.Instant, _ events: inout [ReplicaEvent]
  ) {
    guard let outliers = policy.outliers,
      (state.healths.count { $0.isOutlier } + 1) * 2 <= channels.count
    else { return }
    let pause = state.healths[index].leaveOut(at: now, policy: outliers)
    events.append(.leftOut(target: channels[index].target, reason: reason, pause: pause))
  }
}
