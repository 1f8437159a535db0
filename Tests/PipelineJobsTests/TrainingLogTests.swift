import Datasets
import Features
import RecommendationCore
import Testing

@testable import PipelineJobs

@Suite struct TrainingLogTests {
  @Test func neitherHeldOutActsNorWhatWasShownFromThenOnAreSeen() {
    let dataset = TinyData.dataset(users: 4, items: 20)
    let log = TrainingLog(dataset)
    let table = dataset.interactions
    #expect(log.rows.count == 4 * 18)
    #expect(log.rows.allSatisfy { !table.isHeldOut(Int($0)) })
    for row in log.shown.map(Int.init) {
      let user = Int(dataset.impressions.users[row])
      #expect(dataset.impressions.timesMilliseconds[row] < log.firstHeldOut[user])
    }
    // What was shown a moment before the first held-out act is the past; what came later is not.
    #expect(log.shown.count == 4 * 19)
  }

  @Test func eventsComeInTheOrderOfTimeAndEachOnce() {
    let log = TrainingLog(TinyData.dataset(users: 4, items: 20))
    let events = Array(TrainingLogCursor(log))
    #expect(events.count == log.eventCount)
    #expect(
      zip(events, events.dropFirst()).allSatisfy { $0.timeMilliseconds <= $1.timeMilliseconds })
    var cursor = TrainingLogCursor(log)
    var early: [Event] = []
    cursor.advance(to: 5000) { early.append($0) }
    #expect(early.allSatisfy { $0.timeMilliseconds < 5000 })
    #expect(Array(cursor) == Array(events.dropFirst(early.count)))
  }

  @Test func columnsAreTheEventsOfTheCursor() {
    let log = TrainingLog(TinyData.dataset(users: 4, items: 20))
    let columns = log.columns()
    let events = (0..<columns.count).map { row in
      Event(
        user: columns.users[Int(columns.userRows[row])],
        item: columns.items[Int(columns.itemRows[row])],
        type: EventType(rawValue: columns.types[row]) ?? .view, value: Double(columns.values[row]),
        timeMilliseconds: columns.timesMilliseconds[row], position: columns.positions[row])
    }
    #expect((events == Array(TrainingLogCursor(log))) as Bool)
  }

  @Test func aCutInTimeFindsItsRows() {
    let log = TrainingLog(TinyData.dataset(users: 4, items: 20))
    let cut = log.time(atShare: 0.5)
    let table = log.dataset.interactions
    let count = log.rowCount(before: cut)
    #expect(log.rows[..<count].allSatisfy { table.timesMilliseconds[Int($0)] < cut })
    #expect(log.rows[count...].allSatisfy { table.timesMilliseconds[Int($0)] >= cut })
    #expect(count == 36)
  }
}
