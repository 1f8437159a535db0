import Artifacts
import Catalogue
import Datasets
import Evaluation
import Features
import Foundation
import Models
import Rankers
import RecommendationCore
import SyntheticWorld
import TestSupport
import Testing

@testable import PipelineJobs

@Suite struct TrainJobTests {
  @Test func aWorldIsTrainedPublishedEvaluatedAndMaterialized() async throws {
    let (folder, state) = try await TinyData.state()
    defer { withExtendedLifetime(folder) {} }
    let quiet = ProgressPrinter(quiet: true)
    var options = TrainJob.Options()
    options.factors = 16
    options.epochs = 6
    options.rounds = 15
    let outcome = try TrainJob(options: options).run(in: state, progress: quiet)
    #expect(
      Set(outcome.bundles.map(\.kind)) == [
        "als", "item-to-item", "item-sequence", "content", "trending", "category-popular",
        "exposure", "popularity", "catalogue", "ranker",
      ])
    for bundle in outcome.bundles {
      #expect(
        try state.registry.resolve(kind: bundle.kind, label: "production") == bundle.version)
      let manifest = try state.registry.manifest(kind: bundle.kind, version: bundle.version)
      #expect(manifest.dataFingerprint == state.dataset.manifest?.fingerprint)
    }
    let ranker = try #require(outcome.bundles.first { $0.kind == "ranker" })
    #expect(ranker.metrics["validation_ndcg@10"] ?? 0 > 0)
    #expect(ranker.metrics["validation_retrieval_ndcg@10"] ?? 0 > 0)

    let reports = try EvaluateJob().run(in: state, progress: quiet)
    func ndcg(_ name: String) -> Double {
      reports.first { $0.name == name }?.metrics(at: 10)?.ndcg ?? 0
    }
    #expect(reports.map(\.name) == ["random", "popularity", "als", "als+ranker"])
    #expect(ndcg("als") > 1.3 * ndcg("popularity"))
    #expect(ndcg("als+ranker") > ndcg("popularity"))
    #expect(ndcg("popularity") > ndcg("random"))

    let materialized = try MaterializeJob().run(in: state, progress: quiet)
    let log = TrainingLog(try state.requireDataset())
    #expect(materialized.events == log.eventCount)
    let store = try EmbeddedStore(path: state.featuresPath)
    #expect(store.catalogue.snapshot.count == TinyData.world.items)
    let user = try await store.user(log.users[0])
    let expected = Set(
      log.rows.map(Int.init).filter { log.dataset.interactions.users[$0] == 0 }
        .map { log.items[Int(log.dataset.interactions.items[$0])] })
    #expect(Set(user.history.newest(.max).items) == expected)
    store.close()
  }

  @Test func withoutADatasetTheCommandToRunIsNamed() throws {
    let folder = try TemporaryDirectory("pipeline")
    #expect {
      try TrainJob().run(
        in: StateFolder(folder.path("none")), progress: ProgressPrinter(quiet: true))
    } throws: {
      ("\($0)").contains("recsys import")
    }
  }

  @Test func aStrictImportStoresNothingWhenRulesAreBroken() throws {
    let folder = try TemporaryDirectory("pipeline")
    let file = folder.path("log.csv")
    try Data("user,item\na,b\na\n".utf8).write(to: URL(fileURLWithPath: file))
    let state = StateFolder(folder.path("var"))
    let quiet = ProgressPrinter(quiet: true)
    var job = ImportJob(source: .delimited(interactions: file, items: nil), isStrict: true)
    #expect(throws: PipelineError.self) { try job.run(into: state, progress: quiet) }
    #expect(state.dataset.manifest == nil)
    job.isStrict = false
    #expect(try job.run(into: state, progress: quiet).validation.count(of: "schema") == 1)
    #expect(state.dataset.manifest?.interactions == 1)
  }

  @Test func theListingSplitsEachUsersItems() {
    let listing = DatasetListing(TinyData.dataset(users: 2, items: 20))
    #expect(listing.users[0].history.count == 18)
    #expect(listing.users[0].test == ["i18", "i19"])
    #expect(listing.users[1].testTimeMilliseconds == 18_001)
  }
}
