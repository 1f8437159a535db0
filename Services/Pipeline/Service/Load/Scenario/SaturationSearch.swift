/// Finds the highest rate that the other side bears: by steps, each a factor more, until one is too much, and
/// then by bisection between the last that was borne and the first that was not.
public struct SaturationSearch: Sendable {
  /// Where to look, and what "borne" means.
  public struct Limits: Sendable, Hashable {
    /// Requests a second of the first step.
    public var from = 100.0
    /// No step asks for more.
    public var to = 20_000.0
    /// How much more each step asks for.
    public var factor = 1.5
    /// The search ends when the two rates are this near, relative to the lower.
    public var precision = 0.05
    /// The share of the requests that must go well.
    public var successShare = 0.99

    /// The defaults.
    public init() {}
  }

  /// A rate that was tried.
  public struct Step: Sendable, Codable, Hashable {
    /// Requests a second.
    public var rate: Double
    /// Whether it was borne.
    public var isBorne: Bool
  }

  /// What was found.
  public struct Finding: Sendable, Codable, Hashable {
    /// The highest rate that was borne; nil when not even the lowest that was tried was.
    public var saturation: Double?
    /// The lowest rate that was not borne; nil when the highest allowed was.
    public var tooMuch: Double?
    /// What was tried, in order.
    public var steps: [Step]
  }

  /// Where to look.
  public var limits: Limits

  /// A search.
  public init(_ limits: Limits) { self.limits = limits }

  /// Tries rates, the next by the outcome of those before.
  ///
  /// - Complexity: O(log(to / from) / log(factor) + log(factor / precision)) tries.
  /// - Parameter isBorne: tries a rate.
  public func run(_ isBorne: (Double) async throws -> Bool) async throws -> Finding {
    var finding = Finding(saturation: nil, tooMuch: nil, steps: [])
    func attempt(_ rate: Double) async throws -> Bool {
      let borne = try await isBorne(rate)
      finding.steps.append(Step(rate: rate, isBorne: borne))
      if borne {
        finding.saturation = max(rate, finding.saturation ?? 0)
      } else {
        finding.tooMuch = min(rate, finding.tooMuch ?? .infinity)
      }
      return borne
    }
    var rate = limits.from
    if try await attempt(rate) {
      while rate < limits.to {
        rate = min(rate * limits.factor, limits.to)
        guard try await attempt(rate) else { break }
      }
    } else {
      // The first step was too much already: down, to no less than a thousandth of it.
      while rate > limits.from / 1000 {
        rate /= max(limits.factor, 2)
        if try await attempt(rate) { break }
      }
    }
    while let low = finding.saturation, let high = finding.tooMuch,
      high - low > low * limits.precision
    {
      _ = try await attempt((low + high) / 2)
    }
    return finding
  }
}
