import RecommendationCore
import Testing

@Suite struct EntityKeyTests {
  @Test("keys are those that the documentation promises, for ever")
  func keysAreStable() {
    #expect(entityKey("") == StableHashReference.key(of: ""))
    #expect(entityKey("1") == StableHashReference.key(of: "1"))
    #expect(entityKey("Amélie") == StableHashReference.key(of: "Amélie"))
    #expect(ItemID(external: "42").rawValue == UserID(external: "42").rawValue)
    #expect(UserID(session: "42") != UserID(external: "42"))
  }

  @Test("a million ids have a million keys, and their bits are spread")
  func keysAreSpread() {
    var keys = Set<UInt64>()
    var ones = [Int](repeating: 0, count: 64)
    for number in 0..<200_000 {
      let key = entityKey(String(number))
      keys.insert(key)
      for bit in 0..<64 where key >> UInt64(bit) & 1 == 1 { ones[bit] += 1 }
    }
    #expect(keys.count == 200_000)
    #expect(ones.allSatisfy { abs($0 - 100_000) < 2_000 })
  }

  @Test("a fingerprint sees names, versions and order")
  func fingerprints() {
    let first = FeatureReference(view: "user", name: "a")
    let second = FeatureReference(view: "user", name: "b")
    let newer = FeatureReference(view: "user", name: "b", version: 2)
    #expect(FeatureSet([]).fingerprint == 0)
    #expect(FeatureSet([first, second]).fingerprint == FeatureSet([first, second]).fingerprint)
    #expect(FeatureSet([first, second]).fingerprint != FeatureSet([second, first]).fingerprint)
    #expect(FeatureSet([first, second]).fingerprint != FeatureSet([first, newer]).fingerprint)
  }
}

/// A second writing of the key function, from its description.
enum StableHashReference {
  static func key(of text: String) -> UInt64 {
    let offset: UInt64 = 14_695_981_039_346_656_037
    let prime: UInt64 = 1_099_511_628_211
    var hash = text.utf8.reduce(offset) { ($0 ^ UInt64($1)) &* prime }
    for multiplier: UInt64 in [18_397_679_294_719_823_053, 14_181_476_777_654_086_739] {
      hash = (hash ^ (hash >> 33)) &* multiplier
    }
    return hash ^ (hash >> 33)
  }
}
