import RecommendationCore
import Testing

@testable import Features

struct ActHistoryTests {
  @Test func theLastActGivesTheTimeAndTheStrongestTheWeight() {
    var history = ActHistory()
    history.record(item: 1, weight: 0.3, time: 10, mark: 1)
    history.record(item: 2, weight: 1, time: 20, mark: 2)
    history.record(item: 1, weight: -1, time: 30, mark: 3)
    history.record(item: 1, weight: 1, time: 25, mark: 4)
    // Of two equally strong acts the later by time counts.
    #expect(history.newest(9).items.map(\.rawValue) == [1, 2])
    #expect(history.newest(9).weights == [-1, 1])
    #expect(history.newest(9).timesMilliseconds == [30, 20])
  }

  @Test func actsOfOneTimeKeepTheirOrderOfArrivalAfterStoring() {
    var history = ActHistory()
    for item in UInt64(1)...20 { history.record(item: item, weight: 1, time: 5, mark: item) }
    history.record(item: 3, weight: 1, time: 5, mark: 21)
    #expect(history.newest(2).items.map(\.rawValue) == [3, 20])
    #expect(ActHistory(entries: history.entries.shuffled()) == history)
  }

  @Test func theOldestGoesBeyondTheLimit() {
    var history = ActHistory(
      entries: (1...UInt64(ActHistory.limit)).map {
        ActHistory.Entry(item: $0, weight: 1, time: Int64($0), mark: $0)
      })
    let change = history.record(item: 99_999_999, weight: 1, time: 50_000, mark: 50_000)
    #expect(change.evicted == 1)
    #expect(change.entry?.item == 99_999_999)
    #expect(history.count == ActHistory.limit)
    // An act older than all that is remembered does not stay.
    let late = history.record(item: 77_777_777, weight: 1, time: 0, mark: 50_001)
    #expect(late.evicted == 77_777_777)
    #expect(late.entry == nil)
    #expect(history.count == ActHistory.limit)
  }

  @Test func randomActsAgreeWithAPlainModel() {
    var generator = SeededGenerator(seed: 31)
    var history = ActHistory()
    var model: [UInt64: (weight: Float, time: Int64, mark: UInt64)] = [:]
    for mark in UInt64(1)...3_000 {
      let item = UInt64.random(in: 1...200, using: &generator)
      let weight = Float(Int.random(in: -2...2, using: &generator)) / 2
      let time = Int64.random(in: 0...500, using: &generator)
      history.record(item: item, weight: weight, time: time, mark: mark)
      if let old = model[item] {
        let isLater = time >= old.time
        var strongest = abs(weight) > abs(old.weight) ? weight : old.weight
        if abs(weight) == abs(old.weight), isLater { strongest = weight }
        model[item] = (strongest, max(time, old.time), isLater ? mark : old.mark)
      } else {
        model[item] = (weight, time, mark)
      }
    }
    let expected = model.sorted {
      ($0.value.time, $0.value.mark) > ($1.value.time, $1.value.mark)
    }
    #expect(history.newest(300).items.map(\.rawValue) == expected.map(\.key))
    #expect(history.newest(300).weights == expected.map(\.value.weight))
  }
}
