/// How a dataset is divided into training, validation and test rows. The same data and the same split give the
/// same parts, always.
public enum DatasetSplit: Sendable, Equatable {
  /// Each user's last items are for tests.
  case lastItems(HoldoutSplit)
  /// Everything from a moment on is for tests, the same moment for all users.
  case time(TimeSplit)
  /// Rows drawn at random.
  case random(RandomSplit)
  /// The source says it: a column, or files of their own.
  case given

  /// Fills the held-out column of a dataset.
  ///
  /// - Throws: ``DatasetError`` when nothing would be left to learn from, and for ``given`` when the source says
  ///   nothing.
  /// - Complexity: O(rows + users + items).
  public func apply(to dataset: inout Dataset) throws {
    switch self {
    case .lastItems(let split): split.apply(to: &dataset)
    case .time(let split): split.apply(to: &dataset.interactions)
    case .random(let split): split.apply(to: &dataset.interactions)
    case .given:
      guard !dataset.interactions.heldOut.isEmpty else {
        throw DatasetError(
          .validation,
          "the data do not say what is for tests: no column split (train, validation, test) and no "
            + "file of test rows")
      }
    }
    guard dataset.interactions.heldOut.contains(DatasetPart.train.rawValue) else {
      throw DatasetError(.validation, "\(dataset.name): the split leaves no row for training")
    }
  }
}

/// What a row is for. Only ``train`` is seen by training and materialization.
public enum DatasetPart: UInt8, Sendable, CaseIterable {
  /// Learned from.
  case train = 0
  /// Held out until the end.
  case test = 1
  /// Held out, for choosing models.
  case validation = 2

  /// A part by the name that files use, in any case.
  public init?(named name: String) {
    switch name.lowercased() {
    case "train", "training": self = .train
    case "test": self = .test
    case "valid", "validation", "val", "dev": self = .validation
    default: return nil
    }
  }
}

/// The newest rows are for tests, the next newest for validation; a moment belongs to one part.
public struct TimeSplit: Sendable, Codable, Equatable {
  /// Share of the rows, the newest, for tests; 0 to 1.
  public var testShare: Double
  /// Share of the rows before them for validation; 0 to 1.
  public var validationShare: Double

  /// A split.
  public init(testShare: Double = 0.1, validationShare: Double = 0) {
    self.testShare = testShare
    self.validationShare = validationShare
  }

  /// - Parameter table: in time order.
  func apply(to table: inout InteractionTable) {
    let times = table.timesMilliseconds
    /// The first row of a part: rows of one time stay together, in the earlier part.
    func start(_ share: Double) -> Int {
      let wanted = times.count - Int((Double(times.count) * min(max(share, 0), 1)).rounded())
      guard wanted > 0, wanted < times.count else { return wanted }
      var row = wanted
      while row < times.count, times[row] == times[wanted - 1] { row += 1 }
      return row
    }
    let test = start(testShare)
    let validation = min(test, start(testShare + validationShare))
    var parts = [UInt8](repeating: DatasetPart.train.rawValue, count: times.count)
    for row in validation..<test { parts[row] = DatasetPart.validation.rawValue }
    for row in test..<times.count { parts[row] = DatasetPart.test.rawValue }
    table.heldOut = parts
  }
}

/// Each row is drawn by a hash of what it says and a seed: other rows, their order and their number do not matter.
public struct RandomSplit: Sendable, Codable, Equatable {
  /// Likelihood of a row to be for tests; 0 to 1.
  public var testShare: Double
  /// Likelihood of a row to be for validation; 0 to 1.
  public var validationShare: Double
  /// Equal seeds draw equal rows.
  public var seed: UInt64

  /// A split.
  public init(testShare: Double = 0.1, validationShare: Double = 0, seed: UInt64 = 1) {
    self.testShare = testShare
    self.validationShare = validationShare
    self.seed = seed
  }

  func apply(to table: inout InteractionTable) {
    let rows = table
    let (test, validation) = (testShare, testShare + validationShare)
    table.heldOut = ParallelParts.filled(count: rows.count) { range, parts in
      for row in range {
        let draw = Double(hash(rows, row) >> 11) * 0x1p-53
        let part: DatasetPart =
          draw < test ? .test : draw < validation ? .validation : .train
        (parts + row).initialize(to: part.rawValue)
      }
    }
  }

  /// Of user, item, type and time, mixed as SplitMix64 does.
  private func hash(_ table: InteractionTable, _ row: Int) -> UInt64 {
    var state = seed
    func mix(_ value: UInt64) {
      state = (state ^ value) &+ 0x9e37_79b9_7f4a_7c15
      state = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
      state = (state ^ (state >> 27)) &* 0x94d0_49bb_1331_11eb
      state ^= state >> 31
    }
    mix(
      UInt64(UInt32(bitPattern: table.users[row])) << 32
        | UInt64(UInt32(bitPattern: table.items[row])))
    mix(UInt64(table.types[row]))
    mix(UInt64(bitPattern: table.timesMilliseconds[row]))
    return state
  }
}

extension DatasetSplit: Codable {
  private enum Keys: String, CodingKey { case kind }

  /// Reads a split; one without a kind holds out last items.
  public init(from decoder: any Decoder) throws {
    let kind = try decoder.container(keyedBy: Keys.self).decodeIfPresent(String.self, forKey: .kind)
    switch kind {
    case nil, "last": self = .lastItems(try HoldoutSplit(from: decoder))
    case "time": self = .time(try TimeSplit(from: decoder))
    case "random": self = .random(try RandomSplit(from: decoder))
    case "given": self = .given
    case .some(let kind):
      throw DatasetError(.format, "no split is called \(kind)")
    }
  }

  /// Writes the kind and what it is told.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    switch self {
    case .lastItems(let split):
      try container.encode("last", forKey: .kind)
      try split.encode(to: encoder)
    case .time(let split):
      try container.encode("time", forKey: .kind)
      try split.encode(to: encoder)
    case .random(let split):
      try container.encode("random", forKey: .kind)
      try split.encode(to: encoder)
    case .given: try container.encode("given", forKey: .kind)
    }
  }
}
