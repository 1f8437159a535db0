/// HMAC with SHA-256 (RFC 2104, FIPS 198-1): tells whether a text comes from somebody who has the key.
public enum HMACSHA256 {
  /// The 32 bytes of a message's code.
  public static func code(for message: [UInt8], key: [UInt8]) -> [UInt8] {
    var block = key.count > 64 ? digest(key) : key
    block += [UInt8](repeating: 0, count: 64 - block.count)
    return digest(block.map { $0 ^ 0x5c } + digest(block.map { $0 ^ 0x36 } + message))
  }

  /// Whether two codes are equal, in a time that tells nothing of where they differ.
  public static func areEqual(_ first: some Collection<UInt8>, _ second: some Collection<UInt8>)
    -> Bool
  {
    guard first.count == second.count else { return false }
    return zip(first, second).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }

  private static func digest(_ bytes: [UInt8]) -> [UInt8] {
    var digest = SHA256Digest()
    bytes.withUnsafeBytes { digest.update($0) }
    return digest.bytes()
  }
}
