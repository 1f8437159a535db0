import RecommendationCore

/// The numbers from which an item's evidence and sentence are made.
struct ItemNumbers {
  /// A past item and its part of the collaborative score.
  struct PastItem {
    var item: ItemID
    var title: String
    var act: Act
    var contribution: Double
  }

  /// The past item that the item is described most like.
  struct ContentNeighbour {
    var item: ItemID
    var title: String
    var act: Act
    /// Of both in the text space.
    var cosine: Double
  }

  /// How many of the user's past items have some categories.
  struct CategoryShare {
    var categories: [String]
    var count: Int
    var of: Int
    var basis: Claim.Basis
  }

  /// The item's place among all by what people did lately.
  struct TrendingPlace {
    var place: Int
    var of: Int
    var score: Double
  }

  /// Whether a source that looks at the user's past found the item.
  var isPersonal = false
  /// The collaborative score.
  var score = 0.0
  /// Sum of the contributions above 0, also of past items that cannot be named.
  var positiveTotal = 0.0
  /// Past items with a contribution above 0 that have a title, largest first.
  var pastItems: [PastItem] = []
  /// Nil where the item was not found by how it is described, or is described like nothing that was liked.
  var neighbour: ContentNeighbour?
  /// Shared categories, best first.
  var categories: [CategoryShare] = []
  /// Nil where nothing is known of it.
  var trending: TrendingPlace?
  /// The business rule that put it there; empty: none did.
  var ruleID = ""
  /// Where it was put in to learn of it: the probability with which it was. 0: it was not.
  var propensity = 0.0
  /// What features gave to the ranker's score.
  var rankerParts = RankerParts()
}
