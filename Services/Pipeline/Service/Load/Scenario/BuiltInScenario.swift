/// The scenarios that need no file. `recsys loadtest --print-scenario NAME` prints one, to begin an own one with.
public enum BuiltInScenario: String, Sendable, CaseIterable {
  case normal, peak, stress

  /// All names, for people.
  public static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }

  /// Its file.
  public var yaml: String {
    switch self {
    case .normal:
      Self.file(
        name: "normal", summary: "An ordinary hour: 50 requests a second, mixed.",
        phases: "  - { name: normal, rate: 50, seconds: 60, warm_up: 5 }")
    case .peak:
      Self.file(
        name: "peak",
        summary: "The busiest hour: from 50 to 150 requests a second, mixed, and back.",
        phases: """
            - { name: before, rate: 50, seconds: 15, warm_up: 5 }
            - { name: peak, rate: 150, seconds: 60 }
            - { name: after, rate: 50, seconds: 15 }
          """)
    case .stress:
      Self.file(
        name: "stress", summary: "More and more, until the suite can bear no more.",
        phases: """
            - name: stress
              seconds: 6                  # of each step
              warm_up: 2
              saturation:                 # the highest rate at which enough succeed, and p99 <= deadline_ms
                from: 100                 # 0.1...1000000: requests a second of the first step
                factor: 1.5               # 1.05...10: how much more each step asks for, until one fails
                precision: 0.05           # 0.005...1: then bisection, until so near
                success: 0.99             # 0.5...1: the share that must succeed
                to: 20000                 # 0.1...1000000: no step asks for more
          """)
    }
  }

  private static func file(name: String, summary: String, phases: String) -> String {
    """
    name: \(name)
    summary: "\(summary)"
    seed: 1                         # equal seeds draw equal requests
    deadline_ms: 200                # 1...60000: time that a request has
    in_flight: 1000                 # 1...100000: most requests under way; more leave late, which counts as latency
    traffic:                        # what is asked; a phase may have a `traffic` of its own over it
      mix:                          # how often each kind comes, relative to the others
        recommend: 80
        next_page: 5                # the next page of a slate given before
        similar: 10
        events: 5                   # a slate's impressions and a click; they stay in the feature store
      users:
        skew: 1                     # 0...5: exponent of Zipf's law; 0: all alike
        new: 0.02                   # 0...1: share of users of whom nothing is known
        anonymous: 0.05             # 0...1: share of visitors without an account
      count: 20                     # 1...500: items a slate
      explain: default              # default, none, text, full
      no_cache: false               # true: every slate is made anew
      time: data                    # data: slates as of the end of the dataset; now
      policy: ""                    # text: the policy that makes the slates; empty: the gateway's choice
    phases:                         # one after the other; `rate` requests a second for `seconds`, after `warm_up`
    \(phases)

    """
  }
}
