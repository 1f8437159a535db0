import RecommendationProtos
import ServiceContracts

extension AdmittedRequest {
  /// How the slate is spread. Everything may be asked for at once.
  struct Diversity: Sendable, Equatable {
    /// How candidates unlike the slate are favoured.
    enum Mode: String, Sendable, CaseIterable { case off, mmr, dpp }

    /// At most `maximum` items with one value of the attribute in any `length` places that follow each other.
    struct Window: Sendable, Equatable {
      var attribute: String
      var length: Int
      var maximum: Int
    }

    /// At most `maximum` items with one value of the attribute in the slate.
    struct Cap: Sendable, Equatable {
      var attribute: String
      var maximum: Int
    }

    static let category = "category"
    static let year = "year"

    var mode = Mode.mmr
    /// 0 (relevance only) to 1.
    var strength: Double
    /// At most so many items a category; nil: no such limit.
    var maximumPerCategory: Int?
    var windows: [Window] = []
    var caps: [Cap] = []
    /// Each 0 (not at all) to 1.
    var calibration = 0.0
    var freshness = 0.0
    var serendipity = 0.0
    var popularityPenalty = 0.0

    init(strength: Double, maximumPerCategory: Int?) {
      self.strength = strength
      self.maximumPerCategory = maximumPerCategory
    }

    /// Nothing but the order of relevance.
    static var none: Diversity {
      var none = Diversity(strength: 0, maximumPerCategory: nil)
      none.mode = .off
      return none
    }

    /// Whether the order of relevance is all that is asked for.
    var isNone: Bool {
      (mode == .off || strength == 0) && maximumPerCategory == nil && windows.isEmpty
        && caps.isEmpty && calibration == 0 && !hasFactors
    }

    /// Whether relevance is weighted by something before the choice.
    var hasFactors: Bool { freshness > 0 || serendipity > 0 || popularityPenalty > 0 }
  }
}

extension AdmittedRequest.Diversity {
  /// The options of a request over those of its policy.
  init(
    _ proto: Recsys_Gateway_V1_DiversityOptions, policy: Self, _ checks: inout FieldChecks
  ) {
    self = policy
    switch proto.mode {
    case .unspecified:
      // A strength without a mode is not to fall flat where the policy has no mode.
      if proto.hasStrength, mode == .off { mode = .mmr }
    case .off:
      self = .none
      checks.require(
        !proto.hasStrength || proto.strength == 0, "strength", "means nothing with MODE_OFF")
    case .mmr: mode = .mmr
    case .dpp: mode = .dpp
    case .UNRECOGNIZED: checks.refuse("mode", "is not a known mode")
    }
    func share(_ value: Double, _ isSet: Bool, _ field: String, _ target: inout Double) {
      guard isSet else { return }
      checks.require((0...1).contains(value), field, "must be from 0 to 1")
      target = value
    }
    share(proto.strength, proto.hasStrength, "strength", &strength)
    share(proto.calibration, proto.hasCalibration, "calibration", &calibration)
    share(proto.freshness, proto.hasFreshness, "freshness", &freshness)
    share(proto.serendipity, proto.hasSerendipity, "serendipity", &serendipity)
    share(
      proto.popularityPenalty, proto.hasPopularityPenalty, "popularity_penalty",
      &popularityPenalty)
    if proto.hasMaxPerCategory {
      checks.require(proto.maxPerCategory >= 1, "max_per_category", "must be 1 or more")
      maximumPerCategory = Int(proto.maxPerCategory)
    }
    if !proto.windows.isEmpty { windows = Self.windows(proto.windows, &checks) }
    if !proto.caps.isEmpty { caps = Self.caps(proto.caps, &checks) }
  }

  private static func windows(
    _ protos: [Recsys_Gateway_V1_WindowRule], _ checks: inout FieldChecks
  ) -> [Window] {
    guard checks.count(protos.count, "windows", atMost: Limits.spreadRuleCount) else { return [] }
    return protos.enumerated().map { index, proto in
      checks.within("windows", index) { checks in
        checks.requiredText(proto.attribute, "attribute", limit: Limits.labelBytes)
        checks.range(proto.window, "window", 2...UInt32(Limits.slateCount))
        checks.require(
          proto.maximum >= 1 && proto.maximum < proto.window, "maximum",
          "must be 1 or more, and less than window")
        return Window(
          attribute: proto.attribute, length: Int(proto.window), maximum: Int(proto.maximum))
      }
    }
  }

  private static func caps(
    _ protos: [Recsys_Gateway_V1_AttributeCap], _ checks: inout FieldChecks
  ) -> [Cap] {
    guard checks.count(protos.count, "caps", atMost: Limits.spreadRuleCount) else { return [] }
    return protos.enumerated().map { index, proto in
      checks.within("caps", index) { checks in
        checks.requiredText(proto.attribute, "attribute", limit: Limits.labelBytes)
        checks.require(proto.maximum >= 1, "maximum", "must be 1 or more")
        return Cap(attribute: proto.attribute, maximum: Int(proto.maximum))
      }
    }
  }
}
