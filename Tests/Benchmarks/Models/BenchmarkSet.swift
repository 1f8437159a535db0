import Datasets
import Evaluation
import Foundation
import Recommenders

/// A data set of `../shared/data` with its published protocol.
struct BenchmarkSet {
  /// How answers are measured.
  enum Measure {
    /// All items that the user has not taken are ranked.
    case allItems(k: Int)
    /// The test item among the listed ones.
    case listed(k: Int)
  }

  let name: String
  let feedback: Feedback
  /// The histories that the test is answered from, where they are longer than what is learned from.
  let testHistories: Histories
  /// Test items of each user.
  let test: [[Int32]]
  /// For ``Measure/listed(k:)``: the listed negatives of each user.
  let negatives: [[Int32]]
  let measure: Measure
  /// How a validation part is held out of what is learned from.
  let validation: ValidationSplit.Rule

  /// The names that ``init(_:data:)`` takes.
  static let names = ["gowalla", "electronics", "ncf", "ml-1m", "beauty", "toys"]

  init(_ name: String, data: String) throws {
    self.name = name
    switch name {
    case "gowalla", "electronics":
      let folder = "\(data)/\(name == "gowalla" ? "gowalla" : "amazon-electronics")"
      var reader = FeedbackReader()
      let train = try reader.read("\(folder)/train.txt.gz", format: .lists)
      let trainItems = reader.itemCount
      let test = try reader.read("\(folder)/test.txt.gz", format: .lists)
      feedback = try Feedback(
        train, isOrdered: false, userCount: reader.userCount, itemCount: trainItems)
      testHistories = feedback.histories
      self.test = Self.lists(test, userCount: reader.userCount)
      negatives = []
      measure = .allItems(k: 20)
      validation = .share(0.1, latest: false)
    case "ml-1m", "beauty", "toys":
      let whole: [[Int32]]
      let itemCount: Int
      if name == "ml-1m" {
        let movies = try Self.movieLens("\(data)/ml-1m/interactions.tsv.gz")
        (whole, itemCount) = (movies.lists, movies.items.count)
      } else {
        var reader = FeedbackReader()
        let file = name == "beauty" ? "Beauty" : "Toys_and_Games"
        let acts = try reader.read("\(data)/amazon-sequences/\(file).txt.gz", format: .sequence)
        (whole, itemCount) = (Self.lists(acts, userCount: reader.userCount), reader.itemCount)
      }
      feedback = try Feedback(
        histories: Histories(whole.map { Array($0.dropLast(1)) }, isOrdered: true),
        itemCount: itemCount)
      testHistories = feedback.histories
      test = whole.map { Array($0.suffix(1)) }
      negatives = []
      measure = .allItems(k: 10)
      validation = .lastAct
    case "ncf":
      (feedback, test, negatives) = try Self.ncf("\(data)/ml-1m")
      testHistories = feedback.histories
      measure = .listed(k: 10)
      validation = .lastAct
    default:
      throw DatasetError(.format, "one of \(Self.names.joined(separator: ", ")) wanted")
    }
  }

  private static func lists(_ acts: FeedbackReader.Acts, userCount: Int) -> [[Int32]] {
    var lists = [[Int32]](repeating: [], count: userCount)
    for (user, item) in zip(acts.users, acts.items) { lists[Int(user)].append(item) }
    return lists
  }

  /// `user item position liked` with a header: each user's items in the order of position, and the ids.
  private static func movieLens(
    _ path: String
  ) throws -> (lists: [[Int32]], users: [String: Int], items: [String: Int32]) {
    var (users, items) = ([String: Int](), [String: Int32]())
    var placed: [[(position: Int, item: Int32)]] = []
    for line in try TextFile.lines(path).dropFirst() {
      let fields = line.split(separator: "\t").map(String.init)
      guard fields.count >= 3, let position = Int(fields[2]) else {
        throw DatasetError(.format, "\(path): user, item, position wanted")
      }
      let user = users[fields[0], default: users.count]
      users[fields[0]] = user
      let item = items[fields[1], default: Int32(items.count)]
      items[fields[1]] = item
      if user == placed.count { placed.append([]) }
      placed[user].append((position, item))
    }
    let lists = placed.map { $0.sorted { $0.position < $1.position }.map(\.item) }
    return (lists, users, items)
  }

  /// He et al.'s test lists; the test item and negatives that no item of ours stands for are -1.
  private static func ncf(
    _ folder: String
  ) throws -> (feedback: Feedback, test: [[Int32]], negatives: [[Int32]]) {
    var (whole, rowOfUser, rowOfItem) = try movieLens("\(folder)/interactions.tsv.gz")
    var itemOfNCF: [String: Int32] = [:]
    for line in try TextFile.lines("\(folder)/ncf_items.tsv.gz").dropFirst() {
      let fields = line.split(separator: "\t")
      itemOfNCF[String(fields[0])] = rowOfItem[String(fields[1])] ?? -1
    }
    var test = [[Int32]](repeating: [], count: whole.count)
    var negatives = test
    let positives = try TextFile.lines("\(folder)/ncf.test.rating.gz").map {
      $0.split(separator: "\t").map(String.init)
    }
    let others = try TextFile.lines("\(folder)/ncf.test.negative.gz").map {
      $0.split(separator: "\t").dropFirst().map(String.init)
    }
    for (positive, listed) in zip(positives, others) {
      guard let number = Int(positive[0]), let user = rowOfUser["\(number + 1)"] else { continue }
      let item = itemOfNCF[positive[1]] ?? -1
      test[user] = [item]
      negatives[user] = listed.map { itemOfNCF[$0] ?? -1 }
      whole[user].removeAll { $0 == item }
    }
    let feedback = try Feedback(
      histories: Histories(whole, isOrdered: true), itemCount: rowOfItem.count)
    return (feedback, test, negatives)
  }
}
