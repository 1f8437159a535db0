import LinearAlgebra
import Testing
import RecommendationCore

/// Each way of solving, held to Gaussian elimination in 64-bit floats.
@Suite struct RidgeRowsTests {
  private struct Case {
    var vectors: [Float]
    var width: Int
    var rows: RidgeRows
    var diagonal: [Float]
    var expected: [[Float]]

    /// Rows of 0 to 40 entries over 30 vectors, some of the last values always 0.
    init(width: Int, isWeighted: Bool) {
      self.width = width
      var random = SeededGenerator(seed: UInt64(width) + (isWeighted ? 1 : 0))
      func value() -> Float { Float.random(in: -1...1, using: &random) }
      let vectorCount = 30
      vectors = (0..<(vectorCount * width)).map { $0 % width >= width - 3 ? 0 : value() }
      diagonal = (0..<width).map { _ in abs(value()) + 0.1 }
      let counts = [0, 1, 2, 3, 4, 5, 8, 11, 40]
      let columns = counts.flatMap { count in
        (0..<count).map { _ in Int32.random(in: 0..<Int32(vectorCount), using: &random) }
      }
      let weights = columns.map { _ in isWeighted ? abs(value()) + 0.05 : 1 }
      let strengths = counts.map { _ in abs(value()) + 0.1 }
      let starts = counts.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
      rows = RidgeRows(
        starts: starts, columns: columns, weights: isWeighted ? weights : nil,
        strengths: strengths)
      expected = []
      for row in counts.indices {
        var matrix = (0..<width).map { line in
          (0..<width).map { line == $0 ? Double(diagonal[line] + strengths[row]) : 0 }
        }
        var side = [Double](repeating: 0, count: width)
        for entry in starts[row]..<starts[row + 1] {
          let vector = vectors[(Int(columns[entry]) * width)..<((Int(columns[entry]) + 1) * width)]
            .map(Double.init)
          for line in 0..<width {
            side[line] += Double(weights[entry]) * vector[line]
            for column in 0..<width {
              matrix[line][column] += Double(weights[entry]) * vector[line] * vector[column]
            }
          }
        }
        expected.append(ReferenceKernels.solve(matrix, side).map { Float($0) })
      }
    }

    func largestMiss(_ solutions: [Float]) -> Float {
      expected.enumerated().reduce(0) { miss, row in
        row.element.enumerated().reduce(miss) {
          max($0, abs($1.element - solutions[row.offset * width + $1.offset]))
        }
      }
    }

    func solved(
      _ body: (Int, UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Bool
    )
      -> [Float]
    {
      var solutions = [Float](repeating: 0.25, count: rows.count * width)
      vectors.withUnsafeBufferPointer { vectors in
        diagonal.withUnsafeBufferPointer { diagonal in
          solutions.withUnsafeMutableBufferPointer { solutions in
            guard let vectors = vectors.baseAddress, let diagonal = diagonal.baseAddress,
              let start = solutions.baseAddress
            else { return }
            for row in 0..<rows.count {
              #expect(body(row, vectors, diagonal, start + row * width))
            }
          }
        }
      }
      return solutions
    }

    func descended(steps: Int) -> [Float] {
      var solutions = [Float](repeating: 0.25, count: rows.count * width)
      solutions.withUnsafeMutableBufferPointer { solutions in
        guard let start = solutions.baseAddress else { return }
        // In two ranges, as threads divide them.
        for range in [0..<4, 4..<rows.count] {
          rows.descend(
            range, steps: steps, vectors: vectors, width: width, diagonal: diagonal,
            solutions: start)
        }
      }
      return solutions
    }
  }

  @Test(arguments: [16, 32, 48, 64, 128], [false, true])
  func conjugateGradientsReachTheSolution(width: Int, isWeighted: Bool) {
    let test = Case(width: width, isWeighted: isWeighted)
    #expect(test.largestMiss(test.descended(steps: 60)) < 1e-3)
    // A row of one entry differs from its preconditioner by rank one: two steps are exact.
    let two = test.descended(steps: 2)
    #expect((0..<width).allSatisfy { abs(two[width + $0] - test.expected[1][$0]) < 1e-4 })
  }

  @Test(arguments: [16, 48], [false, true])
  func choleskyGivesTheSolution(width: Int, isWeighted: Bool) {
    let test = Case(width: width, isWeighted: isWeighted)
    let solutions = test.solved { row, vectors, diagonal, solution in
      test.rows.solve(
        row, vectors: vectors, width: width, diagonal: diagonal, solution: solution)
    }
    #expect(test.largestMiss(solutions) < 1e-4)
  }

  @Test(arguments: [16, 48], [false, true])
  func blocksComeNearRoundByRound(width: Int, isWeighted: Bool) {
    let test = Case(width: width, isWeighted: isWeighted)
    func rounds(_ count: Int, block: Int) -> Float {
      test.largestMiss(
        test.solved { row, vectors, diagonal, solution in
          (0..<count).allSatisfy { _ in
            test.rows.improve(
              row, block: block, vectors: vectors, width: width, diagonal: diagonal,
              solution: solution)
          }
        })
    }
    // One block of all values is the whole system.
    #expect(rounds(1, block: width) < 1e-4)
    #expect(rounds(60, block: 7) < 1e-3)
    #expect(rounds(1, block: 7) > rounds(60, block: 7))
  }

  @Test func widthIsFilledUp() {
    #expect([0, 1, 16, 17, 64].map(RidgeRows.width) == [16, 16, 16, 32, 64])
  }
}
