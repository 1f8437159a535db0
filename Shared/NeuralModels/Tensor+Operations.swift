internal import CTorch
internal import Recommenders

// MARK: Element by element, and sums

extension Tensor {
  private func unary(_ operation: ctorch_unary) throws -> Tensor {
    try Tensor.made { ctorch_apply_unary(operation, handle, $0, $1) }
  }

  private static func binary(
    _ operation: ctorch_binary, _ left: Tensor, _ right: Tensor
  ) throws -> Tensor {
    try made { ctorch_apply_binary(operation, left.handle, right.handle, $0, $1) }
  }

  func relu() throws -> Tensor { try unary(CTORCH_RELU) }
  func sigmoid() throws -> Tensor { try unary(CTORCH_SIGMOID) }
  func logSigmoid() throws -> Tensor { try unary(CTORCH_LOG_SIGMOID) }
  func exp() throws -> Tensor { try unary(CTORCH_EXP) }
  func log() throws -> Tensor { try unary(CTORCH_LOG) }
  func squared() throws -> Tensor { try unary(CTORCH_SQUARE) }
  func squareRoot() throws -> Tensor { try unary(CTORCH_SQRT) }
  func detached() throws -> Tensor { try unary(CTORCH_DETACH) }
  /// Of all elements.
  func sum() throws -> Tensor { try unary(CTORCH_SUM) }
  /// Of all elements.
  func mean() throws -> Tensor { try unary(CTORCH_MEAN) }
  /// Along the last dimension, which stays with extent 1.
  func rowSums() throws -> Tensor { try unary(CTORCH_ROW_SUMS) }
  /// Along the last dimension.
  func logSoftmax() throws -> Tensor { try unary(CTORCH_LOG_SOFTMAX) }
  func transposed() throws -> Tensor { try unary(CTORCH_TRANSPOSE) }

  static func + (left: Tensor, right: Tensor) throws -> Tensor {
    try binary(CTORCH_ADD, left, right)
  }
  static func - (left: Tensor, right: Tensor) throws -> Tensor {
    try binary(CTORCH_SUBTRACT, left, right)
  }
  static func * (left: Tensor, right: Tensor) throws -> Tensor {
    try binary(CTORCH_MULTIPLY, left, right)
  }
  static func / (left: Tensor, right: Tensor) throws -> Tensor {
    try binary(CTORCH_DIVIDE, left, right)
  }
  /// The product of two matrices.
  func matmul(_ right: Tensor) throws -> Tensor { try Tensor.binary(CTORCH_MATMUL, self, right) }

  /// `factor * self + offset`.
  func affine(_ factor: Double, _ offset: Double = 0) throws -> Tensor {
    try Tensor.made { ctorch_affine(handle, factor, offset, $0, $1) }
  }
}

// MARK: Shape

extension Tensor {
  func reshaped(_ shape: [Int]) throws -> Tensor {
    let extents = shape.map(Int64.init)
    return try Tensor.made { ctorch_reshape(handle, extents, Int32(shape.count), $0, $1) }
  }

  /// The two side by side.
  func beside(_ right: Tensor) throws -> Tensor {
    try Tensor.made { ctorch_concatenate(handle, right.handle, $0, $1) }
  }

  /// The rows that indices name.
  func rows(_ indices: Tensor) throws -> Tensor {
    try Tensor.made { ctorch_gather_rows(handle, indices.handle, $0, $1) }
  }

  /// The means of the rows of lists that lie one after the other; zeros for an empty list.
  ///
  /// - Parameter starts: of the lists, and the end of the last.
  func bagMeans(_ rows: [Int64], starts: [Int64]) throws -> Tensor {
    try Tensor.made {
      ctorch_bag_means(handle, rows, starts, Int64(starts.count - 1), $0, $1)
    }
  }

  /// Each row divided by its length.
  func rowsNormalized() throws -> Tensor {
    try self / squared().rowSums().affine(1, Double(TwoTowerShape.smallestSquare)).squareRoot()
  }

  /// In each row the element of the column that indices name.
  func picked(_ columns: Tensor) throws -> Tensor {
    try Tensor.made { ctorch_pick(handle, columns.handle, $0, $1) }
  }
}

// MARK: Layers

extension Tensor {
  /// `self * transpose(weight) + bias`.
  func linear(_ weight: Tensor, _ bias: Tensor) throws -> Tensor {
    try Tensor.made { ctorch_linear(handle, weight.handle, bias.handle, $0, $1) }
  }

  /// Over the last dimension (Ba, Kiros, Hinton 2016).
  func layerNorm(_ weight: Tensor, _ bias: Tensor, epsilon: Double) throws -> Tensor {
    try Tensor.made { ctorch_layer_norm(handle, weight.handle, bias.handle, epsilon, $0, $1) }
  }

  /// Zeroes a share of the elements, drawn from the seed, and scales up the others.
  func dropout(_ share: Double, seed: UInt64) throws -> Tensor {
    share <= 0 ? self : try Tensor.made { ctorch_dropout(handle, share, seed, $0, $1) }
  }

  /// Causal self-attention of queries, keys and values side by side, within sequences one after the other.
  ///
  /// - Parameter starts: of the sequences, and the end of the last.
  func causalAttention(
    starts: [Int64], heads: Int, dropout share: Double, seed: UInt64
  ) throws -> Tensor {
    try Tensor.made {
      ctorch_causal_attention(
        handle, starts, Int64(starts.count - 1), Int32(heads), share, seed, $0, $1)
    }
  }

  /// The sum over rows of `-log softmax(self * transpose(classes))[target]`.
  ///
  /// - Parameter drawn: classes drawn evenly for all rows, which stand for all but the target; nil for all
  ///   themselves.
  func softmaxLoss(classes: Tensor, targets: [Int64], drawn: [Int64]? = nil) throws -> Tensor {
    let count = Int64(targets.count)
    guard let drawn else {
      return try Tensor.made {
        ctorch_softmax_loss(handle, classes.handle, targets, count, nil, 0, $0, $1)
      }
    }
    return try Tensor.made {
      ctorch_softmax_loss(
        handle, classes.handle, targets, count, drawn, Int64(drawn.count), $0, $1)
    }
  }
}
