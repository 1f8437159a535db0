import LinearAlgebra
import Models
import RecommendationCore

/// The state of a contrastive fit.
///
/// A step takes a batch of taken items and one set of drawn items that all its users share, so that scores
/// and slopes are products of matrices. Blocks of rows are handed to threads; each row's sums are made in one
/// order, so that the result is the same on any number of threads.
struct ContrastiveTrainer {
  private let feedback: Feedback
  private let settings: ContrastiveSettings
  private let threads: Int?
  /// Of users, or of the items that stand for them (``ContrastiveSettings/usesNeighbours``).
  private var users: FactorTable
  private var items: FactorTable
  private var userAdam: RowAdam
  private var itemAdam: RowAdam
  private var generator: SeededGenerator
  private let propagation: GraphPropagation?
  private let scratch: ContrastiveBatch
  private let userOfPair: [Int32]
  private var order: [Int32]
  /// Place + 1 of a drawn item in the batch; 0: not drawn. A repeated one counts at its first place, the
  /// others chain on.
  private var placeOfDrawn: [Int32]

  private static let block = 128

  init(_ feedback: Feedback, _ settings: ContrastiveSettings, seed: UInt64, threads: Int?) throws {
    guard feedback.pairCount > 0 else {
      throw RecommenderError(.unsuitableData, "there is no interaction to learn from")
    }
    self.feedback = feedback
    self.settings = settings
    self.threads = threads
    users = FactorTable(
      count: settings.usesNeighbours ? feedback.itemCount : feedback.userCount,
      factors: settings.factors, deviation: 0.1, seed: seed)
    items = FactorTable(
      count: feedback.itemCount, factors: settings.factors, deviation: 0.1,
      seed: seed ^ 0x5851_f42d_4c95_7f2d)
    userAdam = RowAdam(
      users, factors: settings.factors, rate: settings.rate, decay: settings.decay)
    itemAdam = RowAdam(
      items, factors: settings.factors, rate: settings.rate, decay: settings.decay)
    generator = SeededGenerator(seed: seed &+ 0x9e37_79b9)
    propagation =
      settings.layers > 0
      ? GraphPropagation(feedback, layers: settings.layers, threads: threads) : nil
    scratch = ContrastiveBatch(
      capacity: min(settings.batch, feedback.pairCount), negatives: settings.negatives,
      width: users.width)
    var userOfPair = [Int32](repeating: 0, count: feedback.pairCount)
    for user in 0..<feedback.userCount {
      for pair in feedback.byUser.range(user) { userOfPair[pair] = Int32(truncatingIfNeeded: user) }
    }
    self.userOfPair = userOfPair
    order = (0..<feedback.pairCount).map { Int32(truncatingIfNeeded: $0) }
    placeOfDrawn = [Int32](repeating: 0, count: feedback.itemCount)
  }

  /// Goes once through all that was taken.
  ///
  /// - Returns: the mean loss.
  mutating func runEpoch() -> Double {
    order.shuffle(using: &generator)
    var loss = 0.0
    for start in stride(from: 0, to: order.count, by: scratch.capacity) {
      loss += step(start..<min(order.count, start + scratch.capacity))
    }
    return loss / Double(order.count)
  }

  /// Learns from a batch.
  ///
  /// - Returns: the sum of losses.
  private mutating func step(_ pairs: Range<Int>) -> Double {
    let owners = pairs.map { userOfPair[Int(order[$0])] }
    let batchUsers =
      settings.usesNeighbours ? pairs.map { neighbour(of: Int(order[$0])) } : owners
    // Taken ones in the first places, drawn ones behind the batch's capacity.
    var batchItems = pairs.map { feedback.byUser.columns[Int(order[$0])] }
    batchItems += [Int32](repeating: 0, count: scratch.capacity - pairs.count)
    let drawn = draw()
    batchItems += drawn
    let encoded = propagation?.mean(users: users, items: items)
    score(
      owners, batchUsers, batchItems, drawn, users: encoded?.users ?? users,
      items: encoded?.items ?? items)
    for item in drawn { placeOfDrawn[Int(item)] = 0 }

    let userKeys = Self.keys(batchUsers, places: 0..<pairs.count)
    let itemKeys =
      (Self.keys(batchItems, places: 0..<pairs.count)
      + Self.keys(batchItems, places: scratch.capacity..<batchItems.count)).sorted()
    if let propagation {
      let slopes = propagation.mean(
        users: Self.spread(userKeys, scratch.users.slopes, like: users),
        items: Self.spread(itemKeys, scratch.items.slopes, like: items))
      Self.move(&users, &userAdam, slopes.users, threads)
      Self.move(&items, &itemAdam, slopes.items, threads)
    } else {
      userAdam.step(
        &users, keys: userKeys.sorted(), slopes: scratch.users.slopes, threads: threads)
      itemAdam.step(&items, keys: itemKeys, slopes: scratch.items.slopes, threads: threads)
    }
    return (0..<pairs.count).reduce(0) { $0 + Double(scratch.losses[$1]) }
  }

  /// Another item of the same history; the item itself where there is none.
  private mutating func neighbour(of pair: Int) -> Int32 {
    let range = feedback.byUser.range(Int(userOfPair[pair]))
    guard range.count > 1 else { return feedback.byUser.columns[pair] }
    let other = Int.random(in: range.lowerBound..<(range.upperBound - 1), using: &generator)
    return feedback.byUser.columns[other >= pair ? other + 1 : other]
  }

  /// Items to hold the taken ones against, each once.
  private mutating func draw() -> [Int32] {
    var drawn: [Int32] = []
    drawn.reserveCapacity(scratch.negatives)
    let itemCount = Int32(truncatingIfNeeded: feedback.itemCount)
    for place in 0..<scratch.negatives {
      let isPopular =
        settings.popularShare > 0
        && Double.random(in: 0..<1, using: &generator) < settings.popularShare
      let item =
        isPopular
        ? feedback.byUser.columns[Int.random(in: 0..<feedback.pairCount, using: &generator)]
        : Int32.random(in: 0..<itemCount, using: &generator)
      drawn.append(item)
      if placeOfDrawn[Int(item)] == 0 { placeOfDrawn[Int(item)] = Int32(place + 1) }
    }
    return drawn
  }

  /// Fills the batch with scores, losses and slopes.
  private func score(
    _ owners: [Int32], _ batchUsers: [Int32], _ batchItems: [Int32], _ drawn: [Int32],
    users: FactorTable,
    items: FactorTable
  ) {
    let (count, normalises, loss) = (batchUsers.count, settings.loss.usesCosine, settings.loss)
    let negatives = drawn.count
    let capacity = scratch.capacity
    // The places behind each drawn item's first where it was drawn again.
    var again = [Int32](repeating: 0, count: negatives)
    var lastPlace: [Int32: Int] = [:]
    for (place, item) in drawn.enumerated() where Int(placeOfDrawn[Int(item)]) != place + 1 {
      let before = lastPlace[item] ?? Int(placeOfDrawn[Int(item)]) - 1
      again[before] = Int32(place + 1)
      lastPlace[item] = place
    }
    let (placeOfDrawn, byUser, chain) = (placeOfDrawn, feedback.byUser, again)
    // Each thread writes only to the places that it was handed.
    nonisolated(unsafe) let batch = scratch
    let parallel = ParallelRows(threads: threads, blockSize: Self.block)
    parallel.run(count: negatives) { _, range in
      batchItems.withUnsafeBufferPointer { rows in
        guard let rows = rows.baseAddress else { return }
        batch.gather(
          batch.items, (capacity + range.lowerBound)..<(capacity + range.upperBound), rows: rows,
          from: items, normalises: normalises)
      }
    }
    parallel.run(count: count) { _, range in
      batchUsers.withUnsafeBufferPointer { userRows in
        batchItems.withUnsafeBufferPointer { itemRows in
          guard let userRows = userRows.baseAddress, let itemRows = itemRows.baseAddress else {
            return
          }
          batch.gather(
            batch.users, range, rows: userRows, from: users, normalises: normalises)
          batch.gather(
            batch.items, range, rows: itemRows, from: items, normalises: normalises)
          batch.score(range, loss: loss) { place, row in
            for item in byUser.columns(ofRow: Int(owners[place])) {
              var hidden = Int(placeOfDrawn[Int(item)])
              while hidden > 0 {
                row[hidden - 1] = -.infinity
                hidden = Int(chain[hidden - 1])
              }
            }
          }
        }
      }
    }
    parallel.run(count: negatives) { _, range in
      batch.slopesOfDrawn(range, count: count)
      if normalises {
        batch.unnormalise(
          batch.items, (capacity + range.lowerBound)..<(capacity + range.upperBound))
      }
    }
    // The drawn items' slopes were made from the users' vectors, which stay as they are.
    guard normalises else { return }
    parallel.run(count: count) { _, range in
      batch.unnormalise(batch.users, range)
      batch.unnormalise(batch.items, range)
    }
  }

  private static func keys(_ rows: [Int32], places: Range<Int>) -> [UInt64] {
    places.map { UInt64(rows[$0]) << 32 | UInt64($0) }
  }

  /// Slopes of some rows as a whole table.
  private static func spread(
    _ keys: [UInt64], _ slopes: UnsafePointer<Float>, like table: FactorTable
  ) -> FactorTable {
    var spread = FactorTable(count: table.count, factors: table.width)
    let width = table.width
    spread.matrix.withUnsafeMutableValues { target in
      guard let target = target.baseAddress else { return }
      for key in keys {
        Kernels.add(
          slopes + Int(key & 0xffff_ffff) * width, scale: 1, to: target + Int(key >> 32) * width,
          count: width)
      }
    }
    return spread
  }

  private static func move(
    _ table: inout FactorTable, _ adam: inout RowAdam, _ slopes: FactorTable, _ threads: Int?
  ) {
    let keys = (0..<table.count).map { UInt64($0) << 32 | UInt64($0) }
    slopes.matrix.withUnsafeValues { slopes in
      guard let slopes = slopes.baseAddress else { return }
      adam.step(&table, keys: keys, slopes: slopes, threads: threads)
    }
  }

  /// What is learned so far.
  func model(found: [String: SettingValue]) throws -> FactorModel {
    var (users, items) = (users, items)
    if let propagation { (users, items) = propagation.mean(users: users, items: items) }
    if settings.loss.usesCosine {
      users.matrix = users.matrix.rowsNormalized()
      items.matrix = items.matrix.rowsNormalized()
    }
    let foldIn: any FoldIn =
      settings.usesNeighbours
      ? FoldInMean(vectors: users)
      : try FoldInMap(
        users: users, items: items, histories: feedback.histories, threads: threads)
    if settings.usesNeighbours {
      let count = feedback.userCount
      var means = FactorTable(count: count, factors: settings.factors)
      if let matrix = Matrix(
        rows: count, columns: items.width,
        values: foldIn.vectors(0..<count, feedback.histories, items: items))
      {
        means.matrix = matrix
      }
      users = means
    }
    return FactorModel(
      users: users, items: items, foldIn: foldIn,
      popularity: (0..<feedback.itemCount).map { Float(feedback.byItem.range($0).count) },
      found: found)
  }
}

/// Runs a contrastive fit, to its end or to where the validation no longer grows.
enum ContrastiveFit {
  static func run(
    _ feedback: Feedback, _ settings: ContrastiveSettings, context: FitContext
  ) throws -> any FittedRecommender {
    var trainer = try ContrastiveTrainer(
      feedback, settings, seed: context.seed, threads: context.threads)
    var best: FactorModel?
    var bestQuality = -Double.infinity
    var lastBetter = 0
    for epoch in 1...max(1, settings.epochs) {
      let loss = trainer.runEpoch()
      guard loss.isFinite else {
        throw RecommenderError(.numericFailure, "the loss ran away: a smaller rate is needed")
      }
      var quality: Double?
      if let validate = context.validate {
        let model = try trainer.model(found: ["epochs": .integer(epoch)])
        let reached = try validate(model)
        if reached > bestQuality { (best, bestQuality, lastBetter) = (model, reached, epoch) }
        quality = reached
      }
      context.progress(
        FitProgress(pass: epoch, passes: settings.epochs, loss: loss, quality: quality))
      if context.shouldStop || (context.validate != nil && epoch - lastBetter >= context.patience) {
        break
      }
    }
    return try best ?? trainer.model(found: [:])
  }
}
