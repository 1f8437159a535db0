/// A field of a request that is wrong, and why.
public struct FieldViolation: Sendable, Hashable {
  /// The path of the field, such as `filter.years.min` or `events[3].item_id`.
  public var field: String
  /// What is wrong with it, in words for the caller's developer.
  public var description: String

  /// Makes a violation.
  public init(field: String, description: String) {
    self.field = field
    self.description = description
  }
}

/// A quota that was exceeded.
public struct QuotaViolation: Sendable, Hashable {
  /// Whose quota it is, such as `client:shop-eu`.
  public var subject: String
  /// What was exceeded.
  public var description: String

  /// Makes a violation.
  public init(subject: String, description: String) {
    self.subject = subject
    self.description = description
  }
}

/// A thing that could not be used.
public struct ResourceDescription: Sendable, Hashable {
  /// Its kind, such as `item`.
  public var type: String
  /// Its name or id.
  public var name: String
  /// Who owns it, if that helps.
  public var owner: String
  /// What went wrong with it.
  public var description: String

  /// Makes a description.
  public init(type: String, name: String, owner: String = "", description: String = "") {
    self.type = type
    self.name = name
    self.owner = owner
    self.description = description
  }
}

/// A machine-readable part of an error: one of the `google.rpc` detail messages.
public enum ErrorDetail: Sendable, Hashable {
  /// Fields of the request that are wrong (`google.rpc.BadRequest`).
  case badRequest([FieldViolation])
  /// A stable reason in a domain (`google.rpc.ErrorInfo`).
  case errorInfo(reason: String, domain: String, metadata: [String: String])
  /// When to try again (`google.rpc.RetryInfo`).
  case retryInfo(delay: Duration)
  /// Quotas that were exceeded (`google.rpc.QuotaFailure`).
  case quotaFailure([QuotaViolation])
  /// The thing that could not be used (`google.rpc.ResourceInfo`).
  case resourceInfo(ResourceDescription)
  /// The request's id, to find it in logs (`google.rpc.RequestInfo`).
  case requestInfo(id: String)
  /// A detail of a type that this library does not know.
  case other(typeURL: String, value: [UInt8])
}
