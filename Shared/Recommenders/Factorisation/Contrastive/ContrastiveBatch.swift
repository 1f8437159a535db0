import LinearAlgebra

/// The vectors of a batch with their slopes: of users, of the items they took, of drawn items.
///
/// Not Sendable: one a fit. Threads share it, each writing only the rows that it was handed.
final class ContrastiveBatch {
  /// Vectors as scores take them (normalised for cosines), their slopes, and their lengths before.
  struct Side {
    let vectors: UnsafeMutablePointer<Float>
    let slopes: UnsafeMutablePointer<Float>
    let lengths: UnsafeMutablePointer<Float>

    init(count: Int, width: Int) {
      vectors = .allocate(capacity: count * width)
      slopes = .allocate(capacity: count * width)
      lengths = .allocate(capacity: count)
      slopes.initialize(repeating: 0, count: count * width)
      lengths.initialize(repeating: 1, count: count)
    }

    func deallocate() {
      vectors.deallocate()
      slopes.deallocate()
      lengths.deallocate()
    }
  }

  let width: Int
  let capacity: Int
  let negatives: Int
  let users: Side
  /// Taken items, then drawn ones: their slopes go to the same table.
  let items: Side
  /// Scores of drawn items for each user, then their slopes.
  let scores: UnsafeMutablePointer<Float>
  let losses: UnsafeMutablePointer<Float>
  /// Slopes of the taken items' scores.
  private let takenSlopes: UnsafeMutablePointer<Float>

  init(capacity: Int, negatives: Int, width: Int) {
    self.width = width
    self.capacity = capacity
    self.negatives = negatives
    users = Side(count: capacity, width: width)
    items = Side(count: capacity + negatives, width: width)
    scores = .allocate(capacity: capacity * negatives)
    losses = .allocate(capacity: capacity)
    takenSlopes = .allocate(capacity: capacity)
  }

  deinit {
    users.deallocate()
    items.deallocate()
    scores.deallocate()
    losses.deallocate()
    takenSlopes.deallocate()
  }

  /// Takes a table's rows in, normalised or as they are.
  func gather(
    _ side: Side, _ range: Range<Int>, rows: UnsafePointer<Int32>, from table: FactorTable,
    normalises: Bool
  ) {
    table.matrix.withUnsafeValues { values in
      guard let values = values.baseAddress else { return }
      for place in range {
        let source = values + Int(rows[place]) * width
        let target = side.vectors + place * width
        target.update(from: source, count: width)
        guard normalises else { continue }
        let length = max(1e-12, Kernels.dot(source, source, count: width).squareRoot())
        side.lengths[place] = length
        Kernels.scale(target, by: 1 / length, count: width)
      }
    }
  }

  /// Turns slopes in normalised vectors into slopes in the vectors themselves.
  func unnormalise(_ side: Side, _ range: Range<Int>) {
    for place in range {
      let vector = side.vectors + place * width
      let slope = side.slopes + place * width
      let along = Kernels.dot(vector, slope, count: width)
      Kernels.add(vector, scale: -along, to: slope, count: width)
      Kernels.scale(slope, by: 1 / side.lengths[place], count: width)
    }
  }

  /// Scores, loss and slopes of some users and the items that they took; the drawn items' come when all
  /// users' are done.
  func score(
    _ range: Range<Int>, loss: ContrastiveLoss, hide: (Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    let first = range.lowerBound
    let drawn = items.vectors + capacity * width
    let block = scores + first * negatives
    Kernels.multiplyByTransposed(
      users.vectors + first * width, leftRows: range.count, drawn, rightRows: negatives,
      columns: width, into: block)
    for place in range {
      let row = scores + place * negatives
      hide(place, row)
      let user = users.vectors + place * width
      let taken = Kernels.dot(user, items.vectors + place * width, count: width)
      let slopes = loss.slopes(
        taken: taken, drawn: UnsafeMutableBufferPointer(start: row, count: negatives))
      losses[place] = slopes.loss
      let target = items.slopes + place * width
      for index in 0..<width { target[index] = slopes.taken * user[index] }
      takenSlopes[place] = slopes.taken
    }
    Kernels.multiply(
      block, leftRows: range.count, inner: negatives, drawn, rightColumns: width,
      into: users.slopes + first * width)
    for place in range {
      Kernels.add(
        items.vectors + place * width, scale: takenSlopes[place], to: users.slopes + place * width,
        count: width)
    }
  }

  /// Slopes of some drawn items, from `count` users' scores.
  func slopesOfDrawn(_ range: Range<Int>, count: Int) {
    Kernels.multiplyTransposed(
      scores + range.lowerBound, rows: count, leftColumns: range.count, leftStride: negatives,
      users.vectors, rightColumns: width,
      into: items.slopes + (capacity + range.lowerBound) * width)
  }
}
