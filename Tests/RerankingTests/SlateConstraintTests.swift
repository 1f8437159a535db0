import RecommendationCore
import Testing

@testable import Reranking

@Suite struct SlateConstraintTests {
  /// Whether an item at the end of a list would be one too many in a window.
  private func breaks(_ window: SlateWindow, _ list: [Int]) -> Bool {
    guard let last = list.last else { return false }
    let run = list.dropLast().suffix(window.length - 1)
    return window.groups[last].contains { group in
      run.count { window.groups[$0].contains(group) } >= window.maximum
    }
  }

  @Test("no place breaks a window while another candidate would not, across the seam of pages too")
  func windows() {
    var problems = RandomProblems(seed: 21)
    var relaxedOnce = false
    for _ in 0..<600 {
      let before = problems.int(0...5)
      var problem = problems.problem(candidates: 1...20, count: 1...12, before: before)
      let size = problem.items.count + before
      let window = SlateWindow(
        name: "genre", length: problems.int(2...6), maximum: 1,
        groups: problems.groups(size, of: 4, most: 2))
      problem.windows = [window]
      let choice = MMRSelector(strength: 0.3).select(problem)
      #expect(choice.indices.count == problem.count)
      var list = Array(problem.items.count..<size)
      var relaxed = 0
      for index in choice.indices {
        if breaks(window, list + [index]) {
          relaxed += 1
          let left = problem.items.indices.filter { !list.contains($0) }
          #expect(left.allSatisfy { breaks(window, list + [$0]) })
        }
        list.append(index)
      }
      #expect(choice.relaxed["genre", default: 0] == relaxed)
      relaxedOnce = relaxedOnce || relaxed > 0
    }
    #expect(relaxedOnce)
  }

  @Test("a window sees pinned items ahead of the place")
  func windowsAndPins() {
    var problems = RandomProblems(seed: 22)
    for _ in 0..<600 {
      var problem = problems.problem(candidates: 8...20, count: 8...8)
      let window = SlateWindow(
        name: "g", length: problems.int(2...5), maximum: problems.int(1...2),
        groups: problems.groups(problem.items.count, of: 5, most: 1))
      problem.windows = [window]
      let slot = problems.int(0...7)
      problem.pins = [SlatePin(slot: slot, index: problems.int(0...problem.items.count - 1))]
      let slate = DPPSelector(strength: 0.2).select(problem).indices
      #expect(slate[slot] == problem.pins[0].index)
      // Every window of the finished slate is counted; each place above it is one that nothing could mend.
      func tooMany(_ slate: [Int], _ place: Int) -> Bool {
        window.groups[slate[place]].contains { group in
          (0..<window.length).contains { shift in
            let run = slate.indices.filter {
              $0 >= place - shift && $0 < place - shift + window.length
            }
            return run.count { window.groups[slate[$0]].contains(group) } > window.maximum
          }
        }
      }
      for place in 0..<slot where tooMany(Array(slate[...place]), place) == false {
        // With the pin in its place the item must still fit, unless no other would have fitted.
        var part: [Int] = Array(slate[...place])
        guard part.count <= slot else { continue }
        let gap = slot - place
        guard gap < window.length else { continue }
        // Count only what is fixed at the time: the places so far and the pin.
        func fits(_ index: Int) -> Bool {
          part[place] = index
          return window.groups[index].allSatisfy { group in
            (max(0, place + gap - window.length + 1)...place).allSatisfy { start in
              let fixed =
                part.indices.count {
                  $0 >= start && $0 < start + window.length
                    && window.groups[part[$0]].contains(group)
                }
              let pin =
                slot >= start && slot < start + window.length
                && window.groups[slate[slot]].contains(group)
              return fixed + (pin ? 1 : 0) <= window.maximum
            }
          }
        }
        let chosen = slate[place]
        if !fits(chosen) {
          let left = problem.items.indices.filter {
            !slate[..<place].contains($0) && $0 != slate[slot]
          }
          #expect(left.allSatisfy { !fits($0) || tooMany(Array(slate[..<place]) + [$0], place) })
        }
      }
    }
  }

  @Test("pins stand where they are put, and at the end when the slate is too short")
  func pins() {
    var problem = SlateProblem(
      items: (1...6).map { ItemID(rawValue: $0) }, relevance: [6, 5, 4, 3, 2, .nan], count: 4)
    problem.pins = [SlatePin(slot: 1, index: 5), SlatePin(slot: 3, index: 4)]
    #expect(MMRSelector(strength: 0).select(problem).indices == [0, 5, 1, 4])
    problem.pins = [SlatePin(slot: 0, index: 2)]
    #expect(MMRSelector(strength: 0).select(problem).indices == [2, 0, 1, 3])
    problem.count = 6
    problem.quotas = [
      SlateQuota(minimum: 0, maximum: 1, members: [true, true, true, true, true, false])
    ]
    problem.pins = [SlatePin(slot: 4, index: 5)]
    #expect(MMRSelector(strength: 0).select(problem).indices == [0, 5])
  }

  @Test("a quota's least is kept as long as there are such items, its most always")
  func quotas() {
    var problems = RandomProblems(seed: 23)
    for round in 0..<1_000 {
      var problem = problems.problem(candidates: 1...20, count: 1...10)
      let members = problem.items.map { _ in problems.int(0...3) == 0 }
      let minimum = problems.int(0...6)
      let maximum = round.isMultiple(of: 3) ? nil : minimum + problems.int(0...2)
      problem.quotas = [SlateQuota(minimum: minimum, maximum: maximum, members: members)]
      if problems.int(0...1) == 1 {
        problem.pins = [
          SlatePin(
            slot: problems.int(0...problem.count - 1),
            index: problems.int(0...problem.items.count - 1))
        ]
      }
      let choice = MMRSelector(strength: 0.4).select(problem)
      let pinned = problem.pins.count { members[$0.index] }
      let own = choice.indices.count { members[$0] }
      let possible = min(
        members.count { $0 }, problem.count - (problem.pins.count - pinned))
      #expect(own >= min(minimum, possible))
      if let maximum { #expect(own <= max(maximum, pinned)) }
      // Nothing but the maximum may keep the slate short.
      if choice.indices.count < min(problem.count, problem.items.count) {
        let left = problem.items.indices.filter { !choice.indices.contains($0) }
        #expect(left.allSatisfy { members[$0] })
      }
    }
  }

  @Test("where two quotas cannot both be kept the earlier one is, and one item may serve both")
  func quotasTogether() {
    var problem = SlateProblem(
      items: (1...6).map { ItemID(rawValue: $0) }, relevance: [6, 5, 4, 3, 2, 1], count: 2)
    problem.quotas = [
      SlateQuota(minimum: 2, maximum: nil, members: [false, false, false, true, true, false]),
      SlateQuota(minimum: 2, maximum: nil, members: [false, true, true, false, false, false]),
    ]
    #expect(MMRSelector(strength: 0).select(problem).indices == [3, 4])
    problem.quotas[1].members[4] = true
    #expect(MMRSelector(strength: 0).select(problem).indices == [4, 3])
    problem.quotas[0].minimum = 1
    problem.quotas[1].minimum = 1
    let choice = MMRSelector(strength: 0).select(problem)
    #expect(choice.indices == [4, 0] || choice.indices == [1, 3] || choice.indices == [0, 4])
  }

  @Test(
    "boosts move the order on the ranker's scale, and what they cost is told by the ranker's own scores"
  )
  func boosts() {
    var problem = SlateProblem(
      items: (1...4).map { ItemID(rawValue: $0) }, relevance: [10, 8, 6, 0], count: 2)
    problem.boosts = [0, 0, 5, 0]
    let choice = MMRSelector(strength: 0).select(problem)
    #expect(choice.indices == [2, 0])
    #expect(abs(choice.relevanceKept - (0.6 + 1) / (0.8 + 1)) < 1e-6)
  }

  @Test("a later page chooses as one long page would")
  func pages() {
    var problems = RandomProblems(seed: 24)
    for _ in 0..<300 {
      var whole = problems.problem(candidates: 8...20, count: 8...8)
      let groups = problems.groups(whole.items.count, of: 5)
      whole.similarity = SetSimilarity(groups)
      whole.windows = [SlateWindow(name: "g", length: 4, maximum: 2, groups: groups)]
      whole.calibration = SlateCalibration(weight: 0.3, mass: [1, 2, 0, 1], groups: groups)
      for selector: any SlateSelector in [MMRSelector(strength: 0.5), DPPSelector(strength: 0.5)] {
        whole.count = 8
        let all = selector.select(whole).indices
        whole.count = 4
        let first = selector.select(whole).indices
        #expect(first == Array(all[..<4]))
        let rest = whole.items.indices.filter { !first.contains($0) }
        let order = rest + first
        let reordered = ItemGroups(order.map { Array(groups[$0]) })
        var second = SlateProblem(
          items: rest.map { whole.items[$0] }, relevance: rest.map { whole.relevance[$0] },
          count: 4, similarity: SetSimilarity(reordered), before: first.count)
        second.windows = [SlateWindow(name: "g", length: 4, maximum: 2, groups: reordered)]
        second.calibration = SlateCalibration(weight: 0.3, mass: [1, 2, 0, 1], groups: reordered)
        second.range = (whole.relevance.min() ?? 0)...(whole.relevance.max() ?? 0)
        #expect(selector.select(second).indices.map { rest[$0] } == Array(all[4...]))
      }
    }
  }
}
