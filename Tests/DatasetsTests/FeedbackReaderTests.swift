import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite struct FeedbackReaderTests {
  private func read(
    _ text: String, _ format: FeedbackReader.Format
  ) throws -> (FeedbackReader, FeedbackReader.Acts) {
    let folder = try TemporaryDirectory()
    let file = folder.url.appending(path: "feedback.tsv")
    try Data(text.utf8).write(to: file)
    var reader = FeedbackReader()
    let acts = try reader.read(file.path, format: format)
    return (reader, acts)
  }

  @Test func listsKeepUsersWithoutItemsAndAnyIDs() throws {
    let (reader, acts) = try read("7 a b\nü\n\n7 c\n08 a\n", .lists)
    #expect(reader.users == ["7", "ü", "08"])
    #expect(reader.items == ["a", "b", "c"])
    #expect(acts.users == [0, 0, 0, 2])
    #expect(acts.items == [0, 1, 2, 0])
    #expect(acts.listed == [0, 1, 2])
    #expect(acts.values == nil && acts.times == nil)
  }

  @Test func pairsMayHaveValuesAndTimesAndSpacesInIDs() throws {
    let (reader, acts) = try read("u 1\tx\t4.5\t20\r\nu 1\ty\t-1\t10\n", .pairs)
    #expect(reader.users == ["u 1"])
    #expect(acts.values == [4.5, -1])
    #expect(acts.times == [20, 10])
    let (plain, _) = try read("1 2\n", .pairs)
    #expect(plain.users == ["1"] && plain.items == ["2"])
  }

  @Test(arguments: [
    ("", "is empty"), ("1\t2\n1\n", ":2: user"), ("1\t2\t3\n1\t2\n", ":2: 2 fields"),
    ("1\t2\tx\n", ":1: value"), ("1\t2\tnan\n", ":1: value"), ("1\t2\t1e39\n", ":1: value"),
    ("1\t2\t1\tinf\n", ":1: time"), ("1\t2\t3\t4\t5\n", "more than four"),
  ])
  func brokenPairsAreRefusedWithThePlace(text: String, reason: String) {
    let error = #expect(throws: DatasetError.self) { try read(text, .pairs) }
    #expect(error?.message.contains(reason) == true)
  }

  @Test func filesShareTheirRows() throws {
    let folder = try TemporaryDirectory()
    let (first, second) = (folder.url.appending(path: "1"), folder.url.appending(path: "2"))
    try Data("a x y\n".utf8).write(to: first)
    try Data("b y\na z\n".utf8).write(to: second)
    var reader = FeedbackReader()
    _ = try reader.read(first.path, format: .sequence)
    let acts = try reader.read(second.path, format: .sequence)
    #expect(acts.users == [1, 0] && acts.items == [1, 2] && acts.listed == [1, 0])
  }
}
