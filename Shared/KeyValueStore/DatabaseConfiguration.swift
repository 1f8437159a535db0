/// How a store uses memory and threads.
public struct DatabaseConfiguration: Sendable {
  /// Make the folder when there is none. Default true.
  public var createIfMissing = true
  /// Memory for new writes, a column family, before they go to a file. Default 32 MiB.
  public var writeBufferBytes = 32 << 20
  /// Background threads for writing and merging files. Default 2.
  public var backgroundJobs = 2
  /// Bits a key of the filters that spare reads of keys that are not there. Default 10 (about 1 % false).
  public var bloomBitsPerKey = 10.0

  /// Merge files in the background. Default true.
  public var mergesFiles = true

  /// The defaults.
  public init() {}
}
