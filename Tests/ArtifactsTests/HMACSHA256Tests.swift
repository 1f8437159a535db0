import Testing

@testable import Artifacts

@Suite struct HMACSHA256Tests {
  private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  @Test("the codes are those of RFC 4231")
  func vectors() {
    #expect(
      hexadecimal(
        HMACSHA256.code(for: Array("Hi There".utf8), key: [UInt8](repeating: 0x0b, count: 20)))
        == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
    #expect(
      hexadecimal(
        HMACSHA256.code(
          for: Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8)))
        == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    #expect(
      hexadecimal(
        HMACSHA256.code(
          for: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
          key: [UInt8](repeating: 0xaa, count: 131)))
        == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
  }

  @Test("codes are equal when every byte is")
  func equality() {
    #expect(HMACSHA256.areEqual([1, 2], [1, 2]))
    #expect(!HMACSHA256.areEqual([1, 2], [1, 3]))
    #expect(!HMACSHA256.areEqual([1, 2], [1]))
  }
}
