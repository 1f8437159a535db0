/// A load, phase after phase.
public struct LoadScenario: Sendable, Hashable {
  /// A part of a load.
  public struct Phase: Sendable, Hashable {
    /// How much is asked for.
    public enum Rate: Sendable, Hashable {
      /// So many requests a second.
      case constant(Double)
      /// More and more, to find what the suite can bear.
      case saturation(SaturationSearch.Limits)
    }

    /// What it is called.
    public var name: String
    /// How much is asked for.
    public var rate: Rate
    /// How long to measure; of a search: each step.
    public var duration: Duration
    /// How long to send before measuring; of a search: before each step.
    public var warmUp: Duration
    /// What is asked.
    public var traffic: LoadTraffic

    /// A part of a load.
    public init(
      name: String, rate: Rate, duration: Duration, warmUp: Duration, traffic: LoadTraffic
    ) {
      self.name = name
      self.rate = rate
      self.duration = duration
      self.warmUp = warmUp
      self.traffic = traffic
    }
  }

  /// What it is called.
  public var name: String
  /// What it is for.
  public var summary = ""
  /// Of everything that is drawn: equal seeds draw equal requests.
  public var seed: UInt64 = 1
  /// Time that a request has.
  public var deadline: Duration = .milliseconds(200)
  /// Most requests under way.
  public var maxInFlight = 1000
  /// Its parts, at least one.
  public var phases: [Phase]

  /// A load.
  public init(name: String, phases: [Phase]) {
    self.name = name
    self.phases = phases
  }
}
