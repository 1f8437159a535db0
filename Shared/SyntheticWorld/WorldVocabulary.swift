/// The words of which the world's shop is made.
enum WorldVocabulary {
  /// A kind of goods.
  struct Category: Sendable {
    var name: String
    /// What titles call them.
    var nouns: [String]
    /// What they are made of, or what is in them.
    var materials: [String]
    /// What they are for.
    var uses: [String]
    /// A common price.
    var price: Double
    /// Corners of the shape that is drawn for them, and how much of a star it is.
    var corners: Int
    var sharpness: Float
    /// Whether only the outline is drawn.
    var isHollow: Bool
  }

  static let categories: [Category] = [
    Category(
      name: "Lamps", nouns: ["Desk Lamp", "Floor Lamp", "Lantern", "Pendant Light"],
      materials: ["brass", "opal glass", "spun steel", "paper"],
      uses: ["reading corners", "long evenings", "a quiet desk"], price: 70, corners: 12,
      sharpness: 0, isHollow: false),
    Category(
      name: "Chairs", nouns: ["Armchair", "Stool", "Rocking Chair", "Dining Chair"],
      materials: ["oak", "ash", "bent plywood", "woven cane"],
      uses: ["small kitchens", "a sunny window", "guests who stay"], price: 160, corners: 4,
      sharpness: 0, isHollow: false),
    Category(
      name: "Mugs and Teapots", nouns: ["Mug", "Teapot", "Cup and Saucer", "Pour-over Set"],
      materials: ["stoneware", "porcelain", "enamel", "borosilicate glass"],
      uses: ["slow mornings", "the office shelf", "two cups at once"], price: 24, corners: 12,
      sharpness: 0, isHollow: true),
    Category(
      name: "Board Games", nouns: ["Strategy Game", "Card Game", "Tile Game", "Party Game"],
      materials: ["linen cards", "wooden pieces", "a folding board", "thick tiles"],
      uses: ["rainy Sundays", "two to five players", "families"], price: 35, corners: 6,
      sharpness: 0, isHollow: false),
    Category(
      name: "Headphones", nouns: ["Headphones", "Earbuds", "Studio Headphones", "Headset"],
      materials: ["aluminium", "soft leatherette", "recycled plastic", "walnut cups"],
      uses: ["commuting", "mixing at home", "long calls"], price: 120, corners: 8, sharpness: 0,
      isHollow: true),
    Category(
      name: "Backpacks", nouns: ["Backpack", "Daypack", "Roll-top Pack", "Duffel"],
      materials: ["waxed canvas", "ripstop nylon", "recycled sailcloth", "cordura"],
      uses: ["day hikes", "the bike to work", "weekends away"], price: 85, corners: 5,
      sharpness: 0, isHollow: false),
    Category(
      name: "Jackets", nouns: ["Rain Jacket", "Parka", "Overshirt", "Windbreaker"],
      materials: ["waxed cotton", "merino", "three-layer shell", "boiled wool"],
      uses: ["wet springs", "cold platforms", "the coast"], price: 140, corners: 3, sharpness: 0,
      isHollow: false),
    Category(
      name: "Running Shoes", nouns: ["Trail Runner", "Road Runner", "Racing Flat", "Trainer"],
      materials: ["knit mesh", "cork insole", "foam midsole", "gum rubber"],
      uses: ["muddy paths", "a first marathon", "everyday miles"], price: 110, corners: 4,
      sharpness: 0.5, isHollow: false),
    Category(
      name: "Watches", nouns: ["Field Watch", "Diver", "Chronograph", "Dress Watch"],
      materials: ["steel", "sapphire glass", "titanium", "a leather strap"],
      uses: ["every day", "shallow water", "formal evenings"], price: 220, corners: 12,
      sharpness: 0.35, isHollow: true),
    Category(
      name: "Novels", nouns: ["Mystery", "Sea Story", "Family Saga", "Space Opera"],
      materials: ["cloth binding", "deckled edges", "a ribbon marker", "paperback"],
      uses: ["night trains", "one sitting", "a long winter"], price: 15, corners: 4, sharpness: 0,
      isHollow: true),
    Category(
      name: "Garden", nouns: ["Pruning Shears", "Watering Can", "Herb Planter", "Hand Trowel"],
      materials: ["forged steel", "galvanised tin", "terracotta", "beech handles"],
      uses: ["balconies", "roses", "small hands"], price: 30, corners: 8, sharpness: 0.5,
      isHollow: false),
    Category(
      name: "Art Prints", nouns: ["Screen Print", "Poster", "Linocut", "Risograph"],
      materials: ["cotton paper", "two inks", "gold ink", "hand-cut lino"],
      uses: ["a bare hallway", "above the sofa", "a present"], price: 45, corners: 3, sharpness: 0,
      isHollow: true),
    Category(
      name: "Records", nouns: ["LP", "Live Album", "EP", "Box Set"],
      materials: ["heavy vinyl", "a gatefold sleeve", "coloured vinyl", "liner notes"],
      uses: ["late listening", "the first coffee", "dancing in the kitchen"], price: 28, corners: 5,
      sharpness: 0.6, isHollow: false),
    Category(
      name: "Kitchen Knives", nouns: ["Chef's Knife", "Paring Knife", "Bread Knife", "Cleaver"],
      materials: ["carbon steel", "damascus steel", "olive wood", "stainless steel"],
      uses: ["daily cooking", "fine work", "crusty loaves"], price: 95, corners: 3, sharpness: 0.5,
      isHollow: false),
    Category(
      name: "Puzzles", nouns: ["Jigsaw", "Wooden Puzzle", "Brain Teaser", "Puzzle Box"],
      materials: ["1,000 pieces", "laser-cut birch", "recycled board", "hidden drawers"],
      uses: ["patient people", "quiet afternoons", "the whole table"], price: 22, corners: 6,
      sharpness: 0.6, isHollow: false),
    Category(
      name: "Bicycles", nouns: ["City Bike", "Gravel Bike", "Folding Bike", "Cargo Bike"],
      materials: ["steel tubing", "aluminium", "a belt drive", "hub gears"],
      uses: ["flat cities", "white roads", "the school run"], price: 900, corners: 7,
      sharpness: 0.6,
      isHollow: true),
  ]

  /// What a high and a low value of each direction of taste sounds like.
  static let styles: [(high: [String], low: [String])] = [
    (["Nordic", "Plain", "Airy"], ["Ornate", "Baroque", "Gilded"]),
    (["Vivid", "Playful", "Bright"], ["Muted", "Sober", "Ashen"]),
    (["Vintage", "Heritage", "Old-school"], ["Modern", "Futurist", "Next"]),
    (["Rugged", "Alpine", "Workshop"], ["Delicate", "Silk", "Feather"]),
    (["Handmade", "Folk", "Village"], ["Precision", "Lab", "Industrial"]),
    (["Compact", "Pocket", "Slim"], ["Grand", "Oversized", "Double"]),
    (["Botanical", "Forest", "Meadow"], ["Urban", "Metro", "Neon"]),
    (["Coastal", "Harbour", "Tidal"], ["Desert", "Ember", "Canyon"]),
  ]

  static let makerStarts = [
    "Hal", "Mar", "Ost", "Brae", "Kell", "Lind", "Ves", "Tor", "Aria", "Pen", "Sol", "Quill", "Ren",
    "Fen", "Ash", "Bor", "Cas", "Dun", "Elm", "Gar", "Isk", "Jun", "Lor", "Nor",
  ]
  static let makerEnds = [
    "den", "low", "berg", "worth", "ona", "field", "mark", "ley", "ström", "ford", "ette", "wick",
    "gard", "ham", "ino", "dale",
  ]

  static let firstNames = [
    "Ada", "Ben", "Chloe", "Dev", "Elif", "Finn", "Greta", "Hugo", "Ines", "Jon", "Kofi", "Lena",
    "Mara", "Noah", "Olga", "Paul", "Quinn", "Rosa", "Sami", "Tess", "Uma", "Viktor", "Wen", "Yara",
  ]
  static let cities = [
    "Berlin", "Lisbon", "Oslo", "Leeds", "Lyon", "Turin", "Gdansk", "Ghent", "Porto", "Malmö",
  ]
  static let ageGroups = ["18-24", "25-34", "35-44", "45-54", "55-64", "65+"]
}
