import Foundation
import Synchronization

/// A child process that cannot outlive its parent.
///
/// It gets SIGTERM from the kernel when the parent dies, however it dies (see ``bound(_:to:)``), is in a process
/// group of its own, so that Ctrl-C reaches it through the parent alone, and starts with default signal handling.
final class ChildProcess: Sendable {
  /// How a process ended.
  enum Ending: Sendable, Equatable {
    case exited(Int32)
    case signalled(Int32)
  }

  let name: String
  let processID: pid_t
  private let state = Mutex<(ending: Ending?, waiting: [CheckedContinuation<Ending, Never>])>(
    (nil, []))

  /// Starts a program with its output in a file.
  ///
  /// - Throws: ``PipelineError`` with code `service` when it cannot be started.
  init(
    name: String, executable: String, arguments: [String], environment: [String: String],
    logPath: String
  ) throws {
    self.name = name
    let words = Self.bound([executable] + arguments, to: "\(getpid())")
    let variables = environment.map { "\($0.key)=\($0.value)" }
    let result = SpawnThread.shared.run { Self.spawn(words, variables, logPath) }
    switch result {
    case .success(let identifier): processID = identifier
    case .failure(let error): throw error
    case nil: throw PipelineError(.service, "cannot start \(name)")
    }
    let thread = Thread { [self] in waitForEnd() }
    thread.name = "recsys-wait-\(name)"
    thread.start()
  }

  /// A command that the kernel ends when the process that starts it dies (`setpriv --pdeathsig`, util-linux).
  ///
  /// The kernel does so from `setpriv` on. For a parent that died before, the shell looks whether the parent is
  /// still the one that was meant; then the command is not begun.
  static func bound(_ command: [String], to parent: String) -> [String] {
    let guardian = "/usr/bin/setpriv"
    guard FileManager.default.isExecutableFile(atPath: guardian) else { return command }
    let check = #"[ "$PPID" = "$0" ] && exec "$@""#
    return [guardian, "--pdeathsig", "TERM", "--", "/bin/sh", "-c", check, parent] + command
  }

  /// How it ended; nil while it runs.
  var ending: Ending? { state.withLock { $0.ending } }

  /// Waits for its end.
  func waitUntilEnd() async -> Ending {
    await withCheckedContinuation { continuation in
      let ended = state.withLock { state -> Ending? in
        if state.ending == nil { state.waiting.append(continuation) }
        return state.ending
      }
      if let ended { continuation.resume(returning: ended) }
    }
  }

  /// Sends a signal if it still runs.
  func send(_ signal: Int32) {
    // Under the lock, so that the number cannot have gone to another process.
    state.withLock { state in
      if state.ending == nil { kill(processID, signal) }
    }
  }

  private func waitForEnd() {
    var information = siginfo_t()
    // Waits without reaping, so that `send` never meets a number that was given away.
    while waitid(P_PID, id_t(processID), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    let waiting = state.withLock { state -> ([CheckedContinuation<Ending, Never>], Ending) in
      var status: Int32 = 0
      while waitpid(processID, &status, 0) < 0, errno == EINTR {}
      let signal = status & 0x7f
      let ending: Ending = signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
      state.ending = ending
      defer { state.waiting = [] }
      return (state.waiting, ending)
    }
    for continuation in waiting.0 { continuation.resume(returning: waiting.1) }
  }

  private static func spawn(
    _ command: [String], _ environment: [String], _ logPath: String
  ) -> Result<pid_t, PipelineError> {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(
      &actions, STDOUT_FILENO, logPath, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
    var arguments = command.map { strdup($0) } + [nil]
    var variables = environment.map { strdup($0) } + [nil]
    defer { for text in arguments + variables { free(text) } }
    var identifier: pid_t = 0
    let code = posix_spawn(
      &identifier, command[0], &actions, &attributes, &arguments, &variables)
    guard code == 0 else {
      let reason = String(cString: strerror(code))
      return .failure(PipelineError(.service, "cannot start \(command[0]): \(reason)"))
    }
    return .success(identifier)
  }
}
