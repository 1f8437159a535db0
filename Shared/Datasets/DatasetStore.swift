import Artifacts
import Foundation
import RecommendationCore

/// A dataset in a folder:
///
/// | file | holds |
/// |---|---|
/// | `manifest.json` | ``DatasetManifest``; written last, so that a folder without it is half made |
/// | `interactions.safetensors` | columns `user` i32, `item` i32, `type` u8, `value` f32, `time_ms` i64, `held_out` u8 |
/// | `impressions.safetensors` | the same columns, where impressions are known |
/// | `items.jsonl`, `users.jsonl` | one a line, by row |
/// | `profile.json` | ``DatasetProfile``, which the next import is held against |
/// | `validation.json`, `validation.txt` | the ``ValidationReport`` |
public struct DatasetStore: Sendable {
  /// Grows when the layout changes; another version is refused.
  public static let formatVersion = 1
  /// The folder.
  public let directory: String

  /// A dataset's folder.
  public init(directory: String) { self.directory = directory }

  /// The manifest, if a whole dataset of this layout lies here.
  public var manifest: DatasetManifest? {
    guard let data = try? Data(contentsOf: url("manifest.json")),
      let manifest = try? JSONDecoder().decode(DatasetManifest.self, from: data),
      manifest.formatVersion == Self.formatVersion
    else { return nil }
    return manifest
  }

  /// The report of the last import.
  public func validationReport() throws -> ValidationReport {
    try decode(ValidationReport.self, "validation.json")
  }

  /// What the next import of the same name can be held against; nil when no whole dataset with a profile lies here.
  public func drift(forImportOf name: String) throws -> DatasetDrift? {
    guard manifest?.name == name,
      FileManager.default.fileExists(atPath: path("profile.json"))
    else { return nil }
    return DatasetDrift(
      before: try decode(DatasetProfile.self, "profile.json"),
      users: try lines("users.jsonl", UserRecord.read),
      items: try lines("items.jsonl", ItemRecord.read))
  }

  /// Writes a dataset; what lay there before goes.
  ///
  /// - Throws: ``DatasetError`` when the folder cannot be written.
  @discardableResult
  public func write(
    _ dataset: Dataset, report: ValidationReport, split: DatasetSplit?
  ) throws -> DatasetManifest {
    do {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true)
      for name in ["manifest.json", "impressions.safetensors"]
      where FileManager.default.fileExists(atPath: path(name)) {
        try FileManager.default.removeItem(atPath: path(name))
      }
      try write(dataset.interactions, to: "interactions.safetensors")
      if dataset.impressions.count > 0 {
        try write(dataset.impressions, to: "impressions.safetensors")
      }
      try writeLines(dataset.items, to: "items.jsonl", ItemRecord.write)
      try writeLines(dataset.users, to: "users.jsonl", UserRecord.write)
      try Data(report.text.utf8).write(to: url("validation.txt"))
      try encode(report, to: "validation.json")
      try encode(DatasetProfile(dataset), to: "profile.json")
      let manifest = DatasetManifest(dataset, split: split)
      try encode(manifest, to: "manifest.json")
      return manifest
    } catch let error as DatasetError {
      throw error
    } catch {
      throw DatasetError(.file, "cannot write the dataset to \(directory)", cause: error)
    }
  }

  /// Reads the dataset.
  ///
  /// - Throws: ``DatasetError`` when it is not whole or contradicts itself.
  public func read() throws -> Dataset {
    guard let manifest else {
      throw DatasetError(.file, "\(directory) holds no dataset of format \(Self.formatVersion)")
    }
    do {
      let users = try lines("users.jsonl", UserRecord.read)
      let items = try lines("items.jsonl", ItemRecord.read)
      let interactions = try table("interactions.safetensors")
      let shown = FileManager.default.fileExists(atPath: path("impressions.safetensors"))
      let dataset = Dataset(
        name: manifest.name, users: users, items: items, interactions: interactions,
        impressions: shown ? try table("impressions.safetensors") : InteractionTable())
      try check(dataset, against: manifest)
      return dataset
    } catch let error as DatasetError {
      throw error
    } catch {
      throw DatasetError(.format, "cannot read the dataset in \(directory)", cause: error)
    }
  }

  /// Every row must point to a user and an item, or later code would read beyond its tables.
  private func check(_ dataset: Dataset, against manifest: DatasetManifest) throws {
    func inside(_ rows: [Int32], _ count: Int) -> Bool {
      rows.allSatisfy { $0 >= 0 && $0 < Int32(count) }
    }
    for table in [dataset.interactions, dataset.impressions] {
      guard inside(table.users, dataset.users.count), inside(table.items, dataset.items.count),
        table.isInTimeOrder
      else { throw DatasetError(.format, "\(directory): columns contradict the tables") }
    }
    guard dataset.users.count == manifest.users, dataset.items.count == manifest.items,
      dataset.interactions.count == manifest.interactions
    else { throw DatasetError(.format, "\(directory): counts differ from the manifest's") }
  }

  private func path(_ name: String) -> String { directory + "/" + name }
  private func url(_ name: String) -> URL { URL(fileURLWithPath: path(name)) }

  private func write(_ table: InteractionTable, to name: String) throws {
    var columns: [String: TensorData] = [
      "user": TensorData(table.users), "item": TensorData(table.items),
      "type": TensorData(table.types), "value": TensorData(table.values),
      "time_ms": TensorData(table.timesMilliseconds),
    ]
    if !table.heldOut.isEmpty { columns["held_out"] = TensorData(table.heldOut) }
    try SafetensorsFile.write(
      columns, metadata: ["format": "recsys-interactions"], to: path(name))
  }

  private func table(_ name: String) throws -> InteractionTable {
    let file = try SafetensorsFile.open(path(name))
    var table = InteractionTable()
    table.users = try file.values("user", as: Int32.self)
    table.items = try file.values("item", as: Int32.self)
    table.types = try file.values("type", as: UInt8.self)
    table.values = try file.values("value", as: Float.self)
    table.timesMilliseconds = try file.values("time_ms", as: Int64.self)
    if file.names.contains("held_out") {
      table.heldOut = try file.values("held_out", as: UInt8.self)
    }
    let lengths: Set<Int> = [
      table.users.count, table.items.count, table.types.count, table.values.count,
      table.timesMilliseconds.count,
    ]
    guard lengths.count == 1, table.heldOut.isEmpty || table.heldOut.count == table.count else {
      throw DatasetError(.format, "\(path(name)): columns differ in length")
    }
    return table
  }

  private func encode(_ value: some Encodable, to name: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try encoder.encode(value).write(to: url(name), options: .atomic)
  }

  private func decode<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(contentsOf: url(name)))
    } catch {
      throw DatasetError(.format, "cannot read \(path(name))", cause: error)
    }
  }

  private func writeLines<Record>(
    _ records: [Record], to name: String, _ write: (Record, inout JSONText) throws -> Void
  ) throws {
    var json = JSONText()
    for record in records { try write(record, &json) }
    try Data(json.bytes).write(to: url(name))
  }

  private func lines<Record>(
    _ name: String, _ read: (JSONScanner.Bytes) throws -> Record
  ) throws -> [Record] {
    var records: [Record] = []
    try LineScanner(path: path(name)).forEachLine { bytes, line in
      do {
        records.append(try read(bytes))
      } catch {
        throw DatasetError(.format, "\(path(name)):\(line) cannot be read", cause: error)
      }
    }
    return records
  }
}
