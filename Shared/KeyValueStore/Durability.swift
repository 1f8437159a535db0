/// When a write counts as done.
public enum Durability: Sendable, Hashable {
  /// When it is on disk: it survives the machine's sudden end.
  case synced
  /// When the operating system has it: it survives the process's sudden end.
  case unsynced
  /// When memory has it: lost unless ``Database/flush()`` follows. For bulk loads only.
  case unlogged
}
