/// The limits that the protos promise, in one place.
public enum Limits {
  /// Length of an external id of a user, session or item.
  public static let externalIDBytes = 256
  /// Length of an event id or request id.
  public static let requestIDBytes = 128
  /// Length of a surface or device name.
  public static let nameBytes = 64
  /// Length of an attribute's name, a category, a locale or a value in a list.
  public static let labelBytes = 256
  /// Length of an attribution token.
  public static let tokenBytes = 4_096
  /// Length of an item's title.
  public static let titleBytes = 1_024
  /// Length of an item's description or of one text attribute.
  public static let descriptionBytes = 65_536
  /// Values of one list attribute, of a match, or categories of one item or filter.
  public static let listCount = 256
  /// Attributes of one item.
  public static let itemAttributeCount = 256
  /// Key-values of a request's context.
  public static let contextAttributeCount = 64
  /// Ranges or matches of one filter.
  public static let filterConditionCount = 32
  /// Ids in an allow or deny list.
  public static let filterIDCount = 10_000
  /// Events of one call or stream message.
  public static let eventCount = 10_000
  /// Items of one upsert.
  public static let upsertCount = 1_000
  /// Items of one delete.
  public static let deleteCount = 10_000
  /// Length of a slate.
  public static let slateCount = 500
  /// Windows or caps of one request.
  public static let spreadRuleCount = 16
  /// Names of attributes to return.
  public static let returnAttributeCount = 32
  /// Recent items of an anonymous session, as a client gives them.
  public static let sessionItemCount = 100
  /// Recent items of an anonymous session between services.
  public static let recentItemCount = 1_000
  /// Entries of a history between services.
  public static let historyCount = 5_000
  /// Keys of candidates in one call.
  public static let candidateCount = 5_000
  /// Sources of one retrieval.
  public static let sourceCount = 32
  /// Keys to exclude in one retrieval.
  public static let excludeCount = 30_000
  /// Columns of one feature matrix, and features of one set.
  public static let featureCount = 4_096
  /// How far in the future an event may claim to be, in milliseconds.
  public static let futureMilliseconds: Int64 = 5 * 60 * 1_000
}
