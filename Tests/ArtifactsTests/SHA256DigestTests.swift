import Artifacts
import Testing

@Suite struct SHA256DigestTests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func standardVectorsHold(_ text: String, _ expected: String) {
    #expect(SHA256Digest.hexadecimal(of: [UInt8](text.utf8)) == expected)
  }

  @Test func aMillionLettersHaveTheStandardDigest() {
    #expect(
      SHA256Digest.hexadecimal(of: [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func piecesOfAnySizeGiveTheDigestOfTheWhole() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    for size in [1, 3, 63, 64, 65, 127, 500] {
      var digest = SHA256Digest()
      for start in stride(from: 0, to: bytes.count, by: size) {
        bytes[start..<min(bytes.count, start + size)].withUnsafeBytes { digest.update($0) }
      }
      #expect(digest.hexadecimal() == SHA256Digest.hexadecimal(of: bytes))
    }
  }
}
