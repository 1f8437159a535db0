internal import CHiredis
import Foundation
import Synchronization

/// The thread that talks to one server: hiredis's asynchronous connection on an epoll loop of its own.
///
/// Everything here but ``inbox`` is touched by that thread only. Commands are written in the order in which they
/// came, all that wait in one system call; answers come in the same order.
final class EventLoop {
  private enum Phase {
    /// Connecting, or saying the first words; must be done by then.
    case connecting(until: ContinuousClock.Instant)
    case ready
    case waiting(until: ContinuousClock.Instant)
  }

  let inbox: LoopInbox
  private let configuration: RedisConfiguration
  private let report: @Sendable (RedisEvent) -> Void
  private let poll: Int32  // owned
  private var link: HiredisLink?
  private var phase: Phase
  private var failures = 0
  /// Sent and not answered, oldest first; those before `head` are done.
  private var sent: [PendingBatch] = []
  private var head = 0
  /// Answered, their callers not resumed yet.
  private var complete: [PendingBatch] = []
  /// Taken before the first connection stood.
  private var early: [PendingBatch] = []
  private var hasEverConnected = false
  /// When the loop must look at deadlines again.
  private var nextDeadline: ContinuousClock.Instant?
  /// When the last bytes came, or the connection began.
  private var lastSign = ContinuousClock.now
  private var isStalled = false

  init(
    configuration: RedisConfiguration, inbox: LoopInbox,
    report: @escaping @Sendable (RedisEvent) -> Void
  ) throws {
    self.configuration = configuration
    self.inbox = inbox
    self.report = report
    phase = .waiting(until: .now)
    poll = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard poll >= 0 else {
      throw RedisError(.notConnected, "no event queue: \(String(cString: strerror(errno)))")
    }
    var event = epoll_event()
    event.events = EPOLLIN.rawValue
    event.data.fd = inbox.bell
    epoll_ctl(poll, EPOLL_CTL_ADD, inbox.bell, &event)
    LiveHandles.add()
  }

  deinit {
    close(poll)
    LiveHandles.remove()
  }

  /// Runs until the inbox is stopped.
  func run() {
    // A write to a connection that the server has closed raises it, and hiredis does not ask otherwise: on this
    // thread it must not end the process.
    var pipe = sigset_t()
    sigemptyset(&pipe)
    sigaddset(&pipe, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &pipe, nil)
    var events = [epoll_event](repeating: epoll_event(), count: 4)
    while !inbox.isStopped {
      step()
      let count = epoll_wait(poll, &events, Int32(events.count), pause())
      guard count > 0 else { continue }
      for event in events[0..<Int(count)] {
        if event.data.fd == inbox.bell {
          inbox.silence()
        } else if let link, event.data.fd == link.descriptor {
          lastSign = event.events & EPOLLIN.rawValue != 0 ? .now : lastSign
          link.handle(event.events)
        }
      }
      finish()
    }
    drop(RedisError(.closed, "the client has been closed"))
    fail(early, RedisError(.closed, "the client has been closed"))
    fail(inbox.take(), RedisError(.closed, "the client has been closed"))
  }

  /// All that is due now: connecting, deadlines, sending.
  private func step() {
    let now = ContinuousClock.now
    switch phase {
    case .waiting(let until) where now >= until: connect()
    case .connecting(let until) where now >= until:
      lost(RedisError(.timedOut, "no connection within \(configuration.connectTimeout)"))
    default: break
    }
    if let nextDeadline, now >= nextDeadline { checkDeadlines(now) }
    take()
    link?.flush()
  }

  /// Milliseconds until something is due; -1: nothing is.
  private func pause() -> Int32 {
    var next = nextDeadline
    switch phase {
    case .connecting(let until), .waiting(let until): next = min(next ?? until, until)
    case .ready: break
    }
    guard let next else { return -1 }
    let left = next - .now
    let milliseconds =
      left.components.seconds * 1_000 + left.components.attoseconds / 1_000_000_000_000_000
    return Int32(clamping: max(milliseconds + 1, left > .zero ? 1 : 0))
  }

  // MARK: Commands

  private func take() {
    for batch in inbox.take() {
      if batch.isEnded {
        inbox.settle(batch.commands.count)
      } else if case .ready = phase {
        send(batch)
      } else if hasEverConnected {
        inbox.settle(batch.commands.count)
        batch.fail(RedisError(.notConnected, "there is no connection to \(configuration.address)"))
      } else {
        early.append(batch)
        watch(batch)
      }
    }
  }

  private func send(_ batch: PendingBatch) {
    guard let link else {
      return fail([batch], RedisError(.notConnected, "there is no connection"))
    }
    sent.append(batch)
    watch(batch)
    for command in batch.commands {
      link.send(command) { [unowned self] value in answered(batch, value) }
    }
  }

  /// Resumes the callers whose answers are all there. Not from within hiredis: a caller may run on this thread.
  private func finish() {
    guard !complete.isEmpty else { return }
    let batches = complete
    complete = []
    for batch in batches { batch.finish() }
  }

  private func watch(_ batch: PendingBatch) {
    nextDeadline = min(nextDeadline ?? batch.deadline, batch.deadline)
  }

  private func answered(_ batch: PendingBatch, _ value: RedisValue?) {
    // Nothing: the connection is going, and `lost` fails all at once.
    guard let value else { return }
    if isStalled {
      isStalled = false
      inbox.refuse(nil)
    }
    guard batch.answer(value) else { return }
    complete.append(batch)
    inbox.settle(batch.commands.count)
    head += 1
    if head == sent.count {
      sent.removeAll(keepingCapacity: true)
      head = 0
      nextDeadline = nil
    } else if head >= 1_024, head * 2 >= sent.count {
      sent.removeFirst(head)
      head = 0
    }
  }

  /// Lets those go whose time is up. When nothing has come since the oldest of them was sent the server is
  /// silent: new commands are turned away at once until it speaks, and before long the connection is given up.
  private func checkDeadlines(_ now: ContinuousClock.Instant) {
    nextDeadline = nil
    early.removeAll { batch in
      guard now >= batch.deadline || batch.isEnded else {
        watch(batch)
        return false
      }
      inbox.settle(batch.commands.count)
      batch.fail(RedisError(.timedOut, "there was no connection in time"))
      return true
    }
    var oldest: ContinuousClock.Instant?
    for batch in sent[head...] {
      if now < batch.deadline {
        watch(batch)
      } else {
        oldest = min(oldest ?? batch.deadline, batch.deadline)
        batch.fail(RedisError(.timedOut, "no answer in time"))
      }
    }
    guard let oldest, case .ready = phase else { return }
    let limit = max(oldest, lastSign) + configuration.connectTimeout
    guard now < limit else {
      return lost(RedisError(.timedOut, "the server is silent"))
    }
    nextDeadline = min(nextDeadline ?? limit, limit)
    if lastSign < oldest, !isStalled {
      isStalled = true
      inbox.refuse(RedisError(.notConnected, "\(configuration.address) does not answer"))
      report(.stalled)
    }
  }

  private func fail(_ batches: [PendingBatch], _ error: RedisError) {
    for batch in batches {
      inbox.settle(batch.commands.count)
      batch.fail(error)
    }
  }

  // MARK: The connection

  private func connect() {
    phase = .connecting(until: .now + configuration.connectTimeout)
    lastSign = .now
    do {
      let link = try HiredisLink(configuration.address, poll: poll)
      self.link = link
      link.onConnect = { [unowned self] in greet() }
      link.onEnd = { [unowned self] reason in lost(RedisError(.connectionLost, reason)) }
      link.begin()
    } catch let error as RedisError {
      lost(error)
    } catch {
      lost(RedisError(.notConnected, "\(error)"))
    }
  }

  /// The first words on a connection: who we are, which database, and whether the server is ready for us.
  private func greet() {
    var words: [RedisCommand] = []
    if !configuration.password.isEmpty {
      words.append(
        configuration.user.isEmpty
          ? RedisCommand("AUTH", configuration.password)
          : RedisCommand("AUTH", configuration.user, configuration.password))
    }
    if configuration.database != 0 {
      words.append(RedisCommand("SELECT", configuration.database))
    }
    words.append(RedisCommand("PING"))
    for (index, word) in words.enumerated() {
      let isLast = index == words.count - 1
      link?.send(word) { [unowned self] value in
        guard let value, case .connecting = phase else { return }
        if case .error(let error) = value {
          refusal = refusal ?? error
        }
        if isLast { greeted() }
      }
    }
  }

  /// What the server said against the first words.
  private var refusal: RedisError?

  private func greeted() {
    if let refusal {
      self.refusal = nil
      return lost(refusal)
    }
    phase = .ready
    failures = 0
    hasEverConnected = true
    inbox.refuse(nil)
    report(.connected)
    let waiting = early
    early = []
    for batch in waiting {
      if batch.isEnded { inbox.settle(batch.commands.count) } else { send(batch) }
    }
  }

  /// The connection is gone, or must go: callers hear of it, and the next attempt is set.
  private func lost(_ error: RedisError) {
    if case .waiting = phase { return }
    let wasReady = if case .ready = phase { true } else { false }
    failures += 1
    let exponent = min(failures - 1, 16)
    let wait = min(configuration.backoff * (1 << exponent), configuration.longestBackoff)
    phase = .waiting(until: .now + wait * Double.random(in: 0.5...1))
    refusal = nil
    if hasEverConnected || failures > 1 {
      inbox.refuse(
        RedisError(.notConnected, "no connection to \(configuration.address): \(error.message)"))
    }
    drop(
      wasReady
        ? RedisError(.connectionLost, "the connection was lost: \(error.message)") : error)
    if failures > 1 || hasEverConnected {
      let waiting = early
      early = []
      fail(waiting, RedisError(.notConnected, error.message))
    }
    if wasReady || failures == 1 { report(.lost(error)) }
  }

  private func drop(_ error: RedisError) {
    let link = link
    self.link = nil
    isStalled = false
    link?.end()
    let unanswered = Array(sent[head...])
    sent = []
    head = 0
    fail(unanswered, error)
  }
}
