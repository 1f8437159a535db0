extension RidgeRows {
  /// Solves a row exactly, by Cholesky in the smaller of the row's entries and the width (Woodbury's
  /// identity for the former).
  ///
  /// O(entries · width · min(entries, width) + min(entries, width)³).
  ///
  /// - Parameter solution: `width` values.
  /// - Returns: false when the numbers ran away; the solution is spoilt then.
  public func solve(
    _ row: Int, vectors: UnsafePointer<Float>, width: Int, diagonal: UnsafePointer<Float>,
    solution: UnsafeMutablePointer<Float>
  ) -> Bool {
    let entries = starts[row]..<starts[row + 1]
    guard !entries.isEmpty else {
      solution.update(repeating: 0, count: width)
      return true
    }
    let strength = strengths[row]
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: entries.count * width) {
      gathered in
      guard let gathered = gathered.baseAddress else { return false }
      let isShort = entries.count < width
      // Short: Z = W^½ Y B^-½, the rest in the history's dimension. Long: W^½ Y.
      for (place, entry) in entries.enumerated() {
        let source = vectors + Int(columns[entry]) * width
        let target = gathered + place * width
        let root = weights?[entry].squareRoot() ?? 1
        for index in 0..<width {
          target[index] = root * source[index]
          if isShort { target[index] /= (diagonal[index] + strength).squareRoot() }
        }
      }
      return isShort
        ? solveShort(entries, gathered, width, diagonal, strength, solution)
        : solveLong(entries, gathered, width, diagonal, strength, solution)
    }
  }

  /// x = B^-½ Zᵀ (I + Z Zᵀ)⁻¹ W^½ 1.
  private func solveShort(
    _ entries: Range<Int>, _ gathered: UnsafePointer<Float>, _ width: Int,
    _ diagonal: UnsafePointer<Float>, _ strength: Float, _ solution: UnsafeMutablePointer<Float>
  ) -> Bool {
    let count = entries.count
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: count * (count + 1)) { room in
      guard let system = room.baseAddress else { return false }
      let answer = system + count * count
      Kernels.multiplyByTransposed(
        gathered, leftRows: count, gathered, rightRows: count, columns: width, into: system)
      for place in 0..<count {
        system[place * (count + 1)] += 1
        answer[place] = weights?[entries.lowerBound + place].squareRoot() ?? 1
      }
      guard Kernels.factorize(system, size: count) else { return false }
      Kernels.solve(system, size: count, rightHandSides: answer)
      Kernels.multiplyTransposed(
        gathered, rows: count, columns: width, vector: answer, into: solution)
      for index in 0..<width { solution[index] /= (diagonal[index] + strength).squareRoot() }
      return true
    }
  }

  private func solveLong(
    _ entries: Range<Int>, _ gathered: UnsafePointer<Float>, _ width: Int,
    _ diagonal: UnsafePointer<Float>, _ strength: Float, _ solution: UnsafeMutablePointer<Float>
  ) -> Bool {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: width * width) { room in
      guard let system = room.baseAddress else { return false }
      Kernels.gram(
        gathered, rows: entries.count, columns: width, scale: 1, keeping: 0, into: system)
      for index in 0..<width { system[index * (width + 1)] += diagonal[index] + strength }
      let roots = entries.map { weights?[$0].squareRoot() ?? 1 }
      Kernels.multiplyTransposed(
        gathered, rows: entries.count, columns: width, vector: roots, into: solution)
      guard Kernels.factorize(system, size: width) else { return false }
      Kernels.solve(system, size: width, rightHandSides: solution)
      return true
    }
  }
}
