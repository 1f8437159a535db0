extension RidgeRows {
  /// One round of the block solver for wide vectors (iALS++: Rendle, Krichene, Zhang, Koren 2021): each block
  /// of values in turn is solved exactly with the others held.
  ///
  /// O(entries · width · block + width · block²).
  ///
  /// - Returns: false when the numbers ran away; the solution is spoilt then.
  public func improve(
    _ row: Int, block: Int, vectors: UnsafePointer<Float>, width: Int,
    diagonal: UnsafePointer<Float>, solution: UnsafeMutablePointer<Float>
  ) -> Bool {
    let entries = starts[row]..<starts[row + 1]
    guard !entries.isEmpty else {
      solution.update(repeating: 0, count: width)
      return true
    }
    let count = entries.count
    let block = max(1, min(block, width))
    let strength = strengths[row]
    return withUnsafeTemporaryAllocation(
      of: Float.self, capacity: count * (block + 1) + block * (block + 1)
    ) { room in
      guard let gathered = room.baseAddress else { return false }
      // misses = W^½ (1 - Y x), kept up to date block by block.
      let misses = gathered + count * block
      let system = misses + count
      let change = system + block * block
      for (place, entry) in entries.enumerated() {
        let vector = vectors + Int(columns[entry]) * width
        misses[place] =
          (weights?[entry].squareRoot() ?? 1) * (1 - Kernels.dot(vector, solution, count: width))
      }
      for first in stride(from: 0, to: width, by: block) {
        let size = min(block, width - first)
        for (place, entry) in entries.enumerated() {
          let source = vectors + Int(columns[entry]) * width + first
          let root = weights?[entry].squareRoot() ?? 1
          for index in 0..<size { gathered[place * size + index] = root * source[index] }
        }
        Kernels.gram(gathered, rows: count, columns: size, scale: 1, keeping: 0, into: system)
        Kernels.multiplyTransposed(
          gathered, rows: count, columns: size, vector: misses, into: change)
        for index in 0..<size {
          let weight = diagonal[first + index] + strength
          system[index * (size + 1)] += weight
          change[index] -= weight * solution[first + index]
        }
        guard Kernels.factorize(system, size: size) else { return false }
        Kernels.solve(system, size: size, rightHandSides: change)
        for index in 0..<size { solution[first + index] += change[index] }
        for place in 0..<count {
          misses[place] -= Kernels.dot(gathered + place * size, change, count: size)
        }
      }
      return true
    }
  }
}
