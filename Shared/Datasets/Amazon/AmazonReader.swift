import Foundation
import RecommendationCore

/// Reads Amazon product reviews as they are published (J. McAuley's sets of 2014, 2018 and 2023): a JSON object a
/// line, plain or `.gz`.
///
/// Reviews: `reviewerID` or `user_id`, `parent_asin` or `asin`, `overall` or `rating`, `unixReviewTime` (seconds) or
/// `timestamp` (milliseconds). Products: `parent_asin` or `asin`, `title`, `description`, `categories` or `category`,
/// `price`, an image, `brand` or `store`. Whatever else a line holds is passed over, not built.
public struct AmazonReader: Sendable {
  /// The reviews' file.
  public var reviews: String
  /// The products' file, if any.
  public var metadata: String?
  /// What the dataset is called.
  public var name: String
  /// Bytes of a block of lines; small in tests.
  var blockBytes: Int?

  /// A reader.
  public init(reviews: String, metadata: String? = nil, name: String) {
    self.reviews = reviews
    self.metadata = metadata
    self.name = name
  }

  /// Reads the files. Lines that are no JSON, or lack a user, item, rating or time, are counted and left out.
  ///
  /// - Throws: ``DatasetError`` when a file cannot be read or nothing in it is a review.
  public func read(progress: ProgressReport? = nil) throws -> (Dataset, ValidationReport) {
    var builder = DatasetBuilder(
      name: name,
      rules: DatasetRules(values: 1...5, repetition: .pair, listsItems: metadata != nil))
    if let metadata { try readProducts(metadata, into: &builder) }
    var file = InteractionFile(path: reviews, parser: AmazonReviewRows(rules: builder.rules))
    if let blockBytes { file.blockBytes = blockBytes }
    let rows = try file.read(into: &builder, progress)
    return try builder.finish(rowsRead: rows)
  }

  private func readProducts(_ path: String, into builder: inout DatasetBuilder) throws {
    try LineScanner(path: path).forEachLine { bytes, line in
      guard !bytes.isEmpty else { return }
      let item: Item
      do {
        item = try AmazonProduct.read(bytes)
      } catch {
        return builder.refuseRow("\(error)", at: "\(path):\(line)")
      }
      builder.describe(item, at: "\(path):\(line)")
    }
  }
}

/// A review's line as a row.
struct AmazonReviewRows: RowParser {
  var rules: DatasetRules

  func makeScratch() {}

  func parse(
    _ bytes: FieldParser.Bytes, line: Int, scratch: inout Void, into block: inout RowBlock
  ) throws {
    if bytes.isEmpty { return }
    block.rows += 1
    let review: Review
    do {
      review = try Review(bytes)
    } catch {
      return block.refuse(.schema, line: line, "\(error)")
    }
    guard let user = review.user, !user.isEmpty, let item = review.item, !item.isEmpty,
      let rating = review.rating, let time = review.milliseconds
    else {
      return block.refuse(.schema, line: line, "no user, item, rating or time")
    }
    guard rules.values.contains(rating) else {
      return block.refuse(.value, line: line, "\(rating)")
    }
    guard rules.timesMilliseconds.contains(time) else {
      return block.refuse(.time, line: line, "\(time) ms")
    }
    block.append(user: user, item: item, type: .rating, value: rating, time: time)
  }

  /// What is wanted of a line. Ids have no escapes; one that has keeps them.
  private struct Review {
    var user: FieldParser.Bytes?
    var item: FieldParser.Bytes?
    var rating: Double?
    var milliseconds: Int64?
    private var hasParent = false

    init(_ bytes: FieldParser.Bytes) throws {
      var scanner = JSONScanner(bytes)
      try scanner.forEachMember { key, scanner in
        switch key.count {
        case 10 where Self.equal(key, "reviewerID"): user = try Self.text(&scanner)
        case 7 where Self.equal(key, "user_id"): user = try Self.text(&scanner)
        case 4 where Self.equal(key, "asin"):
          let text = try Self.text(&scanner)
          if !hasParent { item = text }
        case 11 where Self.equal(key, "parent_asin"):
          // Colours and sizes of one product are one item.
          if let text = try Self.text(&scanner) {
            item = text
            hasParent = true
          }
        case 7 where Self.equal(key, "overall"): rating = try Self.number(&scanner)
        case 6 where Self.equal(key, "rating"): rating = try Self.number(&scanner)
        case 14 where Self.equal(key, "unixReviewTime"), 9 where Self.equal(key, "timestamp"):
          milliseconds = try Self.number(&scanner).flatMap { number in
            // From 10^11 on it counts milliseconds.
            abs(number) < 1e15 ? Int64(abs(number) >= 1e11 ? number : number * 1000) : nil
          }
        default: try scanner.skip()
        }
      }
      try scanner.end()
    }

    private static func equal(_ key: FieldParser.Bytes, _ name: StaticString) -> Bool {
      name.withUTF8Buffer { $0.elementsEqual(key) }
    }

    /// A text, or nil for a value of another kind.
    private static func text(_ scanner: inout JSONScanner) throws -> FieldParser.Bytes? {
      if try scanner.kind() == .string { return try scanner.rawString() }
      try scanner.skip()
      return nil
    }

    /// A number, or nil for a value of another kind.
    private static func number(_ scanner: inout JSONScanner) throws -> Double? {
      if try scanner.kind() == .number { return try scanner.number() }
      try scanner.skip()
      return nil
    }
  }
}
