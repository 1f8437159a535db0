import RPC

/// How a request ended.
public struct LoadAnswer: Sendable, Hashable {
  /// Which kind of request it was: an index into the names given to the generator.
  public var kind: Int
  /// The name of its status code, or of its error's type; nil: it went well.
  public var error: String?

  /// An answer.
  public init(kind: Int, error: String? = nil) {
    self.kind = kind
    self.error = error
  }

  /// What a report calls an error: the name of its gRPC code, else of its type.
  static func name(of error: any Error) -> String {
    (error as? RPCError)?.code.description ?? String(describing: type(of: error))
  }
}
