import Artifacts
import Foundation
import TestSupport
import Testing

@Suite struct ModelRegistryTests {
  let folder: TemporaryDirectory
  let registry: ModelRegistry

  init() throws {
    folder = try TemporaryDirectory("registry")
    registry = ModelRegistry(root: folder.path("models"))
  }

  private struct Stop: Error {}

  @discardableResult
  private func publish(_ contents: String, version: String? = nil) throws -> BundleManifest {
    try registry.publish(
      kind: "als", version: version,
      description: BundleDescription(
        name: "test", dataFingerprint: "d1", metrics: ["ndcg": 0.5], parameters: ["factors": "8"])
    ) { url in
      try Data(contents.utf8).write(to: url.appendingPathComponent("model.bin"))
    }
  }

  @Test func aPublishedBundleIsOpenedWithItsFiles() throws {
    let manifest = try publish("hello")
    #expect(manifest.version == "v1")
    let bundle = try registry.open(kind: "als", version: "v1")
    #expect(bundle.manifest == manifest)
    #expect(bundle.manifest.files.first?.bytes == 5)
    let read = FileManager.default.contents(atPath: try bundle.path("model.bin"))
    #expect(read == Data("hello".utf8))
    #expect(throws: ArtifactError.self) { try bundle.path("other.bin") }
    #expect(registry.kinds() == ["als"])
  }

  @Test func aDamagedFileIsRefused() throws {
    try publish("hello")
    try Data("hellO".utf8).write(to: URL(fileURLWithPath: registry.root + "/als/v1/model.bin"))
    let error = #expect(throws: ArtifactError.self) {
      try registry.open(kind: "als", version: "v1")
    }
    #expect(error?.code == .malformed)
  }

  @Test func aMissingFileOrABadManifestIsRefused() throws {
    try publish("hello")
    try FileManager.default.removeItem(atPath: registry.root + "/als/v1/model.bin")
    #expect(throws: ArtifactError.self) { try registry.open(kind: "als", version: "v1") }
    try Data("{".utf8).write(to: URL(fileURLWithPath: registry.root + "/als/v1/manifest.json"))
    #expect(throws: ArtifactError.self) { try registry.open(kind: "als", version: "v1") }
  }

  @Test func namesThatLeaveTheFolderAreRefused() throws {
    for name in ["..", "a/b", "", ".hidden", "a\0b", "über"] {
      #expect(throws: ArtifactError.self) { try registry.open(kind: name, version: "v1") }
      #expect(throws: ArtifactError.self) { try registry.open(kind: "als", version: name) }
      #expect(throws: ArtifactError.self) { try publish("x", version: name) }
    }
  }

  @Test func aPublisherThatFailsLeavesNothingBehind() throws {
    #expect(throws: Stop.self) {
      try registry.publish(kind: "als", description: BundleDescription(name: "x")) { url in
        try Data([1]).write(to: url.appendingPathComponent("half.bin"))
        #expect(registry.versions("als").isEmpty)
        throw Stop()
      }
    }
    #expect(registry.versions("als").isEmpty)
    let left = try FileManager.default.contentsOfDirectory(atPath: registry.root + "/als")
    #expect(left.isEmpty)
  }

  @Test func aVersionIsNeverOverwritten() throws {
    try publish("one", version: "2026.1")
    let error = #expect(throws: ArtifactError.self) { try publish("two", version: "2026.1") }
    #expect(error?.code == .alreadyExists)
    let bundle = try registry.open(kind: "als", version: "2026.1")
    #expect(
      FileManager.default.contents(atPath: try bundle.path("model.bin")) == Data("one".utf8))
  }

  @Test func concurrentPublishersGetDifferentVersions() async throws {
    let versions = try await withThrowingTaskGroup(of: String.self) { group in
      for index in 0..<12 {
        group.addTask { try publish("content \(index)").version }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(versions).count == 12)
    #expect(registry.versions("als") == (1...12).map { "v\($0)" })
    for version in versions { _ = try registry.open(kind: "als", version: version) }
  }

  @Test func labelsMoveAndEachMoveIsLogged() throws {
    try publish("one")
    try publish("two")
    #expect(try registry.labels("als").isEmpty)
    #expect(throws: ArtifactError.self) { try registry.resolve(kind: "als", label: "production") }
    try registry.setLabel(kind: "als", label: "production", version: "v1")
    try registry.setLabel(kind: "als", label: "canary", version: "v2")
    try registry.setLabel(kind: "als", label: "production", version: "v2")
    #expect(try registry.resolve(kind: "als", label: "production") == "v2")
    #expect(try registry.labels("als") == ["production": "v2", "canary": "v2"])
    let moves = try registry.labelMoves("als")
    #expect(moves.map(\.label) == ["production", "canary", "production"])
    #expect(moves.map(\.from) == [nil, nil, "v1"])
    #expect(moves.map(\.to) == ["v1", "v2", "v2"])
  }

  @Test func aLabelCannotPointAtNothing() throws {
    try publish("one")
    let error = #expect(throws: ArtifactError.self) {
      try registry.setLabel(kind: "als", label: "production", version: "v9")
    }
    #expect(error?.code == .notFound)
  }

  @Test func concurrentMovesOfDifferentLabelsAllHold() async throws {
    try publish("one")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for index in 0..<16 {
        group.addTask { try registry.setLabel(kind: "als", label: "l\(index)", version: "v1") }
      }
      try await group.waitForAll()
    }
    #expect(try registry.labels("als").count == 16)
    #expect(try registry.labelMoves("als").count == 16)
  }
}
