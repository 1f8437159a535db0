import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Artifacts

@Suite struct LoadedModelsTests {
  let folder: TemporaryDirectory
  let registry: ModelRegistry

  init() throws {
    folder = try TemporaryDirectory("loaded")
    registry = ModelRegistry(root: folder.url.path)
  }

  struct Broken: Error, CustomStringConvertible {
    var description: String { "it is broken" }
  }

  /// Publishes a bundle whose model is a text.
  @discardableResult
  private func publish(_ text: String) throws -> String {
    try registry.publish(kind: "text", description: BundleDescription(name: text)) { folder in
      try Data(text.utf8).write(to: folder.appendingPathComponent("text"))
    }.version
  }

  /// Models that read their text; "broken" cannot be loaded. Counts the loads.
  private func models(spares: Int = 1, loads: LoadCounter = LoadCounter()) -> LoadedModels<String> {
    LoadedModels(registry: registry, kind: "text", spares: spares) { manifest, registry in
      loads.count.withLock { $0 += 1 }
      let bundle = try registry.open(kind: "text", version: manifest.version)
      let text = try String(
        decoding: Data(contentsOf: URL(fileURLWithPath: bundle.path("text"))), as: UTF8.self)
      guard text != "broken" else { throw Broken() }
      return text
    }
  }

  final class LoadCounter: Sendable {
    let count = Mutex(0)
  }

  @Test func aLabelThatMovesOnDiskSwitchesTheModel() throws {
    let (first, second) = (try publish("one"), try publish("two"))
    try registry.setLabel(kind: "text", label: "production", version: first)
    let models = models()
    #expect(models.entry(label: "production") == nil)
    #expect(try models.refresh() == [.switched(label: "production", from: nil, to: first)])
    let held = try #require(models.entry(label: "production"))
    try registry.setLabel(kind: "text", label: "production", version: second)
    #expect(try models.refresh() == [.switched(label: "production", from: first, to: second)])
    #expect(models.entry(label: "production")?.model == "two")
    // A request that took its model before keeps it.
    #expect(held.model == "one")
    #expect(try models.refresh().isEmpty)
  }

  @Test func aVersionThatCannotBeLoadedLeavesTheOldOneServing() throws {
    let (first, second) = (try publish("one"), try publish("broken"))
    try registry.setLabel(kind: "text", label: "production", version: first)
    let models = models()
    try models.refresh()
    try registry.setLabel(kind: "text", label: "production", version: second)
    #expect(
      try models.refresh()
        == [.failed(label: "production", version: second, reason: "it is broken")])
    #expect(models.entry(label: "production")?.model == "one")
    #expect(models.failures == [second: "it is broken"])
    // And the way back ends the trouble.
    try registry.setLabel(kind: "text", label: "production", version: first)
    #expect(try models.refresh().isEmpty)
    #expect(models.entry(label: "production")?.model == "one")
  }

  @Test func aVersionThatFailedIsTriedEverMoreSeldom() throws {
    let version = try publish("broken")
    try registry.setLabel(kind: "text", label: "production", version: version)
    let loads = LoadCounter()
    let models = models(loads: loads)
    for _ in 0..<100 { try models.refresh() }
    #expect((4...8).contains(loads.count.withLock { $0 }))
  }

  @Test func aMoveThatFailsLeavesTheRegistryAlone() throws {
    let (first, second) = (try publish("one"), try publish("broken"))
    let models = models()
    #expect(try models.move(label: "production", to: first) == nil)
    #expect(throws: Broken.self) { try models.move(label: "production", to: second) }
    #expect(throws: ArtifactError.self) { try models.move(label: "production", to: "v77") }
    #expect(try registry.resolve(kind: "text", label: "production") == first)
    #expect(models.entry(label: "production")?.model == "one")
    #expect(try registry.labelMoves("text").map(\.to) == [first])
  }

  @Test func aMoveSwitchesAtOnceAndTellsWhatWasBefore() throws {
    let (first, second) = (try publish("one"), try publish("two"))
    let models = models()
    try models.move(label: "production", to: first)
    #expect(try models.move(label: "production", to: second) == first)
    #expect(models.entry(label: "production")?.model == "two")
    #expect(try registry.resolve(kind: "text", label: "production") == second)
    #expect(try models.refresh().isEmpty)
  }

  @Test func onlySparesStayInMemoryWithoutALabel() throws {
    let versions = try ["one", "two", "three", "four"].map { try publish($0) }
    let loads = LoadCounter()
    let models = models(loads: loads)
    for version in versions { try models.move(label: "production", to: version) }
    #expect(models.versions == Set(versions.suffix(2)))
    // The way back to the one before needs no loading.
    try models.move(label: "production", to: versions[2])
    #expect(loads.count.withLock { $0 } == 4)
    #expect(models.entry(version: versions[3])?.model == "four")
  }

  @Test func aLabelThatIsGoneGivesNoModel() throws {
    try models().move(label: "canary", to: publish("one"))
    let models = models()
    try models.refresh()
    #expect(models.entry(label: "canary") != nil)
    try FileManager.default.removeItem(atPath: "\(registry.root)/text/labels.json")
    #expect(try models.refresh() == [.removed(label: "canary", version: "v1")])
    #expect(models.entry(label: "canary") == nil)
  }
}
