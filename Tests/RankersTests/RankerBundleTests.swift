import Artifacts
import Foundation
import RecommendationCore
import TestSupport
import Testing

@testable import Rankers

@Suite struct RankerBundleTests {
  let specification = RankingFixture.specification()

  @Test func aPublishedRankerScoresAsTheOneThatWasTrained() throws {
    let folder = try TemporaryDirectory("registry")
    let registry = ModelRegistry(root: folder.url.path)
    let ranker = try XGBoostRanker(
      model: RankingFixture.model(specification: specification), specification: specification)
    let manifest = try RankerFiles.publish(
      ranker, in: registry, description: BundleDescription(name: "test"))
    let bundle = try registry.open(kind: RankerFiles.bundleKind, version: manifest.version)
    let loaded = try RankerFiles.load(from: bundle, threads: 1)
    var fixture = RankingFixture(seed: 41)
    let rows = fixture.rows(30, columns: specification.columnCount)
    let expected = try ranker.score(rows)
    #expect(try loaded.score(rows) == expected)
    #expect(manifest.parameters["kind"] == "xgboost")
    #expect(manifest.featureFingerprint == String(specification.fingerprint, radix: 16))
  }

  @Test func aBundleThatNamesOtherFeaturesIsRefused() throws {
    let folder = try TemporaryDirectory("registry")
    let registry = ModelRegistry(root: folder.url.path)
    let ranker = try LinearRanker(terms: [:], specification: specification)
    let manifest = try registry.publish(
      kind: RankerFiles.bundleKind,
      description: BundleDescription(name: "test", featureFingerprint: "abc")
    ) { try RankerFiles.write(ranker, to: $0.path) }
    let bundle = try registry.open(kind: RankerFiles.bundleKind, version: manifest.version)
    #expect {
      _ = try RankerFiles.load(from: bundle, threads: 1)
    } throws: {
      ($0 as? RankerError)?.code == .specificationMismatch
    }
  }
}
