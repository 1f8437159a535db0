import Datasets
import Models
import RecommendationCore
import RecommendationProtos

/// Four kinds of visitor whose slates show what the suite can do.
public struct Persona: Sendable {
  /// For people.
  public var title: String
  /// Who asks.
  public var subject: Recsys_Gateway_V1_Subject
  /// What the visitor liked last, for people.
  public var likedTitles: [String]
}

/// Chooses the personas from a dataset.
struct PersonaPicker {
  let log: TrainingLog
  let als: ALSModel

  func pick() -> [Persona] {
    let table = log.dataset.interactions
    let groups = table.groupedByUser(userCount: log.users.count)
    let counts = log.users.indices.map { groups.offsets[$0 + 1] - groups.offsets[$0] }
    let active = counts.indices.filter { counts[$0] >= 5 }.sorted {
      (counts[$0], $0) < (counts[$1], $1)
    }
    var personas: [Persona] = []
    if let heavy = active.dropLast(active.count / 100).last {
      personas.append(known("heavy user", heavy, groups))
    }
    if let light = active.first(where: { counts[$0] >= 8 }) ?? active.first {
      personas.append(known("light user", light, groups))
    }
    var newcomer = Recsys_Gateway_V1_Subject()
    newcomer.userID = "a-brand-new-user"
    personas.append(
      Persona(title: "brand-new user, of whom nothing is known", subject: newcomer, likedTitles: [])
    )
    personas.append(anonymous())
    return personas
  }

  private func known(
    _ kind: String, _ user: Int, _ groups: (offsets: [Int], rows: [Int32])
  ) -> Persona {
    let table = log.dataset.interactions
    let rows = groups.rows[groups.offsets[user]..<groups.offsets[user + 1]].map(Int.init)
      .filter { !table.isHeldOut($0) }
    var titles: [String] = []
    for row in rows.reversed() where table.preference(row) > 0 {
      let title = log.dataset.items[Int(table.items[row])].title
      if !titles.contains(title) { titles.append(title) }
      if titles.count == 8 { break }
    }
    let name = log.dataset.users[user].externalID
    var subject = Recsys_Gateway_V1_Subject()
    subject.userID = name
    return Persona(
      title: "\(kind) \(name), \(rows.count) acts", subject: subject, likedTitles: titles)
  }

  /// A visitor who looked at one popular item and two that the same people like.
  private func anonymous() -> Persona {
    let table = log.dataset.interactions
    var counts = [Int](repeating: 0, count: log.items.count)
    for row in log.rows { counts[Int(table.items[Int(row)])] += 1 }
    let ranked = counts.indices.sorted { (counts[$1], $0) < (counts[$0], $1) }
    var subject = Recsys_Gateway_V1_Subject()
    var session = Recsys_Gateway_V1_AnonymousSession()
    session.sessionID = "a-visitor"
    var titles: [String] = []
    if let anchor = ranked.dropFirst(min(9, ranked.count - 1)).first {
      let alike = als.similarItems(to: log.items[anchor], count: 2).map(\.item)
      let chosen = [log.items[anchor]] + alike
      for item in log.dataset.items where chosen.contains(item.id) {
        session.recentItemIds.append(item.externalID)
        titles.append(item.title)
      }
    }
    subject.session = session
    return Persona(
      title: "anonymous session that looked at \(titles.count) items", subject: subject,
      likedTitles: titles)
  }
}
