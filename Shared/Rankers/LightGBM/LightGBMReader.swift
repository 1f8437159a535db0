/// Reads LightGBM's text models; nothing of a file is trusted.
struct LightGBMReader {
  /// Larger numbers than this in a header are damage, not models.
  private static let mostColumns = 1 << 24

  private typealias Fields = [Substring: Substring]

  /// A model from the bytes of a `model.txt`.
  ///
  /// - Throws: ``RankerError/Code/malformedModel`` with what is wrong and in which tree.
  static func model(_ bytes: [UInt8]) throws -> LightGBMModel {
    let text = String(decoding: bytes, as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.hasSuffix("\r") ? line.dropLast() : line
    }
    guard lines.first == "tree" else { throw malformed("it does not begin with the line \"tree\"") }
    guard let end = lines.firstIndex(of: "end of trees") else {
      throw malformed("the line \"end of trees\" is missing: the file was cut off")
    }
    let sections = lines[1..<end].split(omittingEmptySubsequences: false) {
      $0.hasPrefix("Tree=")
    }
    let header = fields(sections[sections.startIndex])
    var model = try self.model(header: header)
    for (index, lines) in sections.dropFirst().enumerated() {
      model.trees.append(
        try TreeReader(fields: fields(lines), index: index, columns: model.columnCount).tree())
    }
    let sizes = (header["tree_sizes"] ?? "").split(separator: " ").count
    guard sizes == model.trees.count else {
      throw malformed("\(model.trees.count) trees, the header tells of \(sizes)")
    }
    return model
  }

  /// A model without trees.
  private static func model(header: Fields) throws -> LightGBMModel {
    for (name, wanted) in [("num_class", "1"), ("num_tree_per_iteration", "1")] {
      guard header[Substring(name)] == Substring(wanted) else {
        throw malformed("\(name) must be 1: a ranker gives one score a row")
      }
    }
    guard let last = header["max_feature_idx"].flatMap({ Int($0) }), last >= 0,
      last < mostColumns
    else { throw malformed("max_feature_idx is not a column") }
    let names = (header["feature_names"] ?? "").split(separator: " ").map(String.init)
    guard names.count == last + 1 else {
      throw malformed("\(names.count) feature_names for \(last + 1) columns")
    }
    let line = String(header["objective"] ?? "")
    guard let objective = LightGBMObjective(line) else {
      throw malformed("no ranker is made of the objective \"\(line)\"")
    }
    return LightGBMModel(
      columnCount: last + 1, columnNames: names, trees: [], objective: objective,
      isAveraged: header["average_output"] != nil)
  }

  /// `name=value` of each line; a line without `=` is a name alone.
  private static func fields(_ lines: ArraySlice<Substring>) -> Fields {
    var fields: Fields = [:]
    for line in lines where !line.isEmpty {
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if fields[parts[0]] == nil { fields[parts[0]] = parts.count > 1 ? parts[1] : "" }
    }
    return fields
  }

  fileprivate static func malformed(_ why: String) -> RankerError {
    RankerError(.malformedModel, "not a LightGBM model: \(why)")
  }
}

/// One tree of the file.
private struct TreeReader {
  /// Taking scores apart goes down a tree by recursion, and keeps a path a level.
  static let deepest = 512

  let fields: [Substring: Substring]
  let index: Int
  let columns: Int

  func tree() throws -> LightGBMModel.Tree {
    guard let leafCount = fields["num_leaves"].flatMap({ Int($0) }), leafCount > 0,
      leafCount < 1 << 24
    else { throw malformed("num_leaves is not a number of leaves") }
    guard (fields["is_linear"] ?? "0") == "0" else {
      throw malformed("linear trees are not read")
    }
    let leaves = try numbers("leaf_value", leafCount)
    guard leaves.allSatisfy(\.isFinite) else { throw malformed("a leaf_value is not finite") }
    var tree = LightGBMModel.Tree(
      splits: [], leaves: leaves, leafCounts: [1], categories: try categories())
    guard leafCount > 1 else { return tree }
    tree.leafCounts = try counts("leaf_count", leafCount)
    tree.splits = try splits(leafCount - 1, categories: tree.categories.count)
    try checkShape(tree)
    return tree
  }

  private func splits(_ count: Int, categories: Int) throws -> [LightGBMModel.Split] {
    let columnOf = try integers("split_feature", count)
    let thresholds = try numbers("threshold", count)
    let decisions = try integers("decision_type", count)
    let (left, right) = (try integers("left_child", count), try integers("right_child", count))
    let counts = try counts("internal_count", count)
    return try (0..<count).map { node in
      guard (0..<columns).contains(columnOf[node]) else {
        throw malformed("a split reads column \(columnOf[node]) of \(columns)")
      }
      // Bit 0: categorical; bit 1: missing goes left; bits 2 and 3: what counts as missing.
      let decision = decisions[node]
      guard (0..<16).contains(decision),
        let missing = LightGBMModel.Missing(rawValue: decision >> 2)
      else { throw malformed("unknown decision_type \(decision)") }
      let isCategorical = decision & 1 == 1
      guard !thresholds[node].isNaN else { throw malformed("a threshold is no number") }
      if isCategorical {
        let place = thresholds[node]
        guard place >= 0, place < Double(categories), place == place.rounded() else {
          throw malformed("a split reads set \(place) of \(categories) sets of categories")
        }
      }
      for child in [left[node], right[node]] {
        guard child < count, child >= -1 - count else { throw malformed("no child \(child)") }
      }
      return LightGBMModel.Split(
        column: Int32(columnOf[node]), left: Int32(left[node]), right: Int32(right[node]),
        threshold: thresholds[node], isCategorical: isCategorical,
        defaultsLeft: decision & 2 == 2, missing: missing, count: counts[node])
    }
  }

  /// Every split and leaf must have one way to it from the root.
  private func checkShape(_ tree: LightGBMModel.Tree) throws {
    var isSeen = [Bool](repeating: false, count: tree.splits.count)
    var leafIsSeen = [Bool](repeating: false, count: tree.leaves.count)
    var waiting: [(node: Int32, depth: Int)] = [(0, 0)]
    while let (node, depth) = waiting.popLast() {
      guard depth <= Self.deepest else { throw malformed("deeper than \(Self.deepest) splits") }
      if node < 0 {
        guard !leafIsSeen[Int(-1 - node)] else { throw malformed("a leaf has two parents") }
        leafIsSeen[Int(-1 - node)] = true
      } else {
        guard !isSeen[Int(node)] else { throw malformed("a split has two parents") }
        isSeen[Int(node)] = true
        waiting.append((tree.splits[Int(node)].left, depth + 1))
        waiting.append((tree.splits[Int(node)].right, depth + 1))
      }
    }
    guard isSeen.allSatisfy({ $0 }), leafIsSeen.allSatisfy({ $0 }) else {
      throw malformed("a part of the tree has no parent")
    }
  }

  private func categories() throws -> [[UInt32]] {
    guard let count = fields["num_cat"].flatMap({ Int($0) }), count >= 0, count < 1 << 24 else {
      throw malformed("num_cat is not a number")
    }
    guard count > 0 else { return [] }
    let bounds = try integers("cat_boundaries", count + 1)
    let words = (fields["cat_threshold"] ?? "").split(separator: " ").map { UInt32($0) }
    guard bounds.first == 0, bounds.last == words.count, !words.contains(nil),
      zip(bounds, bounds.dropFirst()).allSatisfy({ $0 <= $1 })
    else { throw malformed("cat_boundaries and cat_threshold do not fit") }
    return (0..<count).map { words[bounds[$0]..<bounds[$0 + 1]].compactMap { $0 } }
  }

  /// Numbers of rows.
  private func counts(_ name: Substring, _ count: Int) throws -> [Double] {
    let values = try numbers(name, count)
    guard values.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
      throw malformed("\(name) holds what is no number of rows")
    }
    return values
  }

  private func numbers(_ name: Substring, _ count: Int) throws -> [Double] {
    let values = (fields[name] ?? "").split(separator: " ").compactMap { Double($0) }
    guard values.count == count else { throw malformed("\(name) does not hold \(count) numbers") }
    return values
  }

  private func integers(_ name: Substring, _ count: Int) throws -> [Int] {
    let values = (fields[name] ?? "").split(separator: " ").compactMap { Int($0) }
    guard values.count == count else {
      throw malformed("\(name) does not hold \(count) whole numbers")
    }
    return values
  }

  private func malformed(_ why: String) -> RankerError {
    LightGBMReader.malformed("tree \(index): \(why)")
  }
}
