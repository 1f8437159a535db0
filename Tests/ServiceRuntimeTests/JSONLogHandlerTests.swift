import Foundation
import Logging
import Testing

@testable import ServiceRuntime

@Suite struct JSONLogHandlerTests {
  @Test("a record is one line of JSON that gives everything back")
  func recordIsJSON() throws {
    let line = JSONLogHandler.json(
      level: .warning, label: "recsys.gateway", message: "said \"no\"\n",
      [
        "text": "tab\t\u{1}\\ é 🎬", "list": .array(["a", "b"]),
        "map": .dictionary(["k": .stringConvertible(3)]),
      ])
    #expect(!line.contains("\n"))
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    #expect(object["level"] as? String == "warning")
    #expect(object["logger"] as? String == "recsys.gateway")
    #expect(object["message"] as? String == "said \"no\"\n")
    #expect(object["text"] as? String == "tab\t\u{1}\\ é 🎬")
    #expect(object["list"] as? [String] == ["a", "b"])
    #expect(object["map"] as? [String: String] == ["k": "3"])
    #expect((object["time"] as? String)?.hasSuffix("Z") == true)
  }
}
