internal import CHiredis
import Foundation

/// One connection of hiredis, and its place in an epoll queue. For the event loop's thread only.
///
/// hiredis says through hooks what it waits for, frees itself when the connection breaks, and says that through
/// a hook too: after that the context is never touched again.
final class HiredisLink {
  typealias Context = UnsafeMutablePointer<redisAsyncContext>

  /// Called once, when the socket is connected.
  var onConnect: () -> Void = {}
  /// Called once, when the connection ends and nobody asked for it.
  var onEnd: (_ reason: String) -> Void = { _ in }

  let descriptor: Int32
  private let poll: Int32  // borrowed
  /// Owned; nil once hiredis has freed it.
  private var context: Context?
  private var interest: UInt32 = 0
  private var isRegistered = false
  private var isEnding = false

  /// Begins to connect.
  init(_ address: RedisConfiguration.Address, poll: Int32) throws {
    self.poll = poll
    let made: Context? =
      switch address {
      case .tcp(let host, let port): redisAsyncConnect(host, Int32(port))
      case .unix(let path): redisAsyncConnectUnix(path)
      }
    guard let made else { throw RedisError(.notConnected, "no memory for a connection") }
    guard made.pointee.err == 0 else {
      let reason = made.pointee.errstr.map { String(cString: $0) } ?? "cannot connect"
      redisAsyncFree(made)
      throw RedisError(.notConnected, reason)
    }
    context = made
    descriptor = made.pointee.c.fd
    LiveHandles.add()
  }

  deinit {
    end()
    LiveHandles.remove()
  }

  /// Sets the hooks; what they tell may come from here on.
  func begin() {
    guard let context else { return }
    let me = Unmanaged.passUnretained(self).toOpaque()
    context.pointee.data = me
    context.pointee.ev.data = me
    context.pointee.ev.addRead = { HiredisLink.of($0)?.want(EPOLLIN.rawValue, true) }
    context.pointee.ev.delRead = { HiredisLink.of($0)?.want(EPOLLIN.rawValue, false) }
    context.pointee.ev.addWrite = { HiredisLink.of($0)?.want(EPOLLOUT.rawValue, true) }
    context.pointee.ev.delWrite = { HiredisLink.of($0)?.want(EPOLLOUT.rawValue, false) }
    context.pointee.ev.cleanup = { HiredisLink.of($0)?.freed() }
    redisAsyncSetConnectCallback(context) { context, status in
      guard let context, let link = HiredisLink.of(context.pointee.data) else { return }
      // A failure is told by the hook that follows at once: the context is freed.
      if status == REDIS_OK { link.onConnect() }
    }
  }

  private static func of(_ data: UnsafeMutableRawPointer?) -> HiredisLink? {
    data.map { Unmanaged<HiredisLink>.fromOpaque($0).takeUnretainedValue() }
  }

  /// Puts a command into the buffer. The handler gets its answer, or nil when the connection ends without it.
  func send(_ command: RedisCommand, _ handler: @escaping (RedisValue?) -> Void) {
    guard let context, !isEnding else { return handler(nil) }
    let box = Unmanaged.passRetained(ReplyHandler(handler))
    let wire = command.wire
    let status = wire.withUnsafeBytes { bytes in
      redisAsyncFormattedCommand(
        context,
        { _, reply, data in
          guard let data else { return }
          let handler = Unmanaged<ReplyHandler>.fromOpaque(data).takeRetainedValue()
          handler.body(reply.map { RedisValue($0.assumingMemoryBound(to: redisReply.self)) })
        }, box.toOpaque(), bytes.assumingMemoryBound(to: CChar.self).baseAddress, bytes.count)
    }
    if status != REDIS_OK {
      box.release()
      handler(nil)
    }
  }

  /// Writes what is in the buffer, as far as the socket takes it now.
  func flush() {
    guard let context, interest & EPOLLOUT.rawValue != 0,
      context.pointee.c.flags & REDIS_CONNECTED != 0
    else { return }
    retained { redisAsyncHandleWrite(context) }
  }

  /// Does what the kernel says can be done.
  func handle(_ events: UInt32) {
    let broken = events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0
    retained {
      if let context, interest & EPOLLIN.rawValue != 0,
        broken || events & EPOLLIN.rawValue != 0
      {
        redisAsyncHandleRead(context)
      }
      if let context, interest & EPOLLOUT.rawValue != 0,
        broken || events & EPOLLOUT.rawValue != 0
      {
        redisAsyncHandleWrite(context)
      }
    }
  }

  /// Ends the connection; its hooks are silent from here on, handlers get nil.
  func end() {
    guard let context, !isEnding else { return }
    isEnding = true
    onConnect = {}
    onEnd = { _ in }
    // Inside of a callback hiredis frees the context when that returns.
    redisAsyncFree(context)
  }

  /// hiredis may end the connection from within, whereupon the owner may let go of this object.
  private func retained(_ body: () -> Void) { withExtendedLifetime(self, body) }

  private func want(_ event: UInt32, _ isWanted: Bool) {
    let next = isWanted ? interest | event : interest & ~event
    guard next != interest || !isRegistered else { return }
    interest = next
    var event = epoll_event()
    event.events = next
    event.data.fd = descriptor
    epoll_ctl(poll, isRegistered ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, descriptor, &event)
    isRegistered = true
  }

  /// hiredis is freeing the context: its descriptor is still open.
  private func freed() {
    if isRegistered { epoll_ctl(poll, EPOLL_CTL_DEL, descriptor, nil) }
    isRegistered = false
    interest = 0
    var reason = "the server closed the connection"
    if let context, context.pointee.err != 0, let text = context.pointee.errstr {
      reason = String(cString: text)
    }
    context = nil
    onEnd(reason)
  }
}

/// Holds a handler while hiredis holds its address.
private final class ReplyHandler {
  let body: (RedisValue?) -> Void
  init(_ body: @escaping (RedisValue?) -> Void) { self.body = body }
}
