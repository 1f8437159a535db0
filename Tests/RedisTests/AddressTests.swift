import Testing

@testable import Redis

struct AddressTests {
  @Test func addressesThatAreUnderstood() throws {
    let plain = try RedisConfiguration(url: "redis://cache")
    #expect(plain.address == .tcp(host: "cache", port: 6379) && plain.database == 0)
    let full = try RedisConfiguration(url: "redis://ann:p%40ss:word@10.0.0.1:7000/12")
    #expect(full.address == .tcp(host: "10.0.0.1", port: 7_000))
    #expect(full.user == "ann" && full.password == "p@ss:word" && full.database == 12)
    let six = try RedisConfiguration(url: "redis://[::1]:6380")
    #expect(six.address == .tcp(host: "::1", port: 6_380))
    #expect(six.address.description == "[::1]:6380")
    let socket = try RedisConfiguration(url: "unix:///run/redis.sock?2")
    #expect(socket.address == .unix(path: "/run/redis.sock") && socket.database == 2)
  }

  @Test(arguments: [
    "", "cache:6379", "http://cache", "redis://", "redis://:6379", "redis://cache:0",
    "redis://cache:x", "redis://cache/x", "redis://cache/-1", "unix://relative", "unix:///a?b",
    "redis://secret@cache",
  ])
  func addressesThatAreNot(_ url: String) {
    let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
    #expect(error?.code == .badAddress)
    #expect(error?.message.contains("secret") == false)
  }
}
