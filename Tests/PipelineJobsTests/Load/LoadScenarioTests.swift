import Foundation
import TestSupport
import Testing

@testable import PipelineJobs

@Suite struct LoadScenarioTests {
  @Test(arguments: BuiltInScenario.allCases) func aBuiltInScenarioIsItsOwnFile(
    _ builtIn: BuiltInScenario
  ) throws {
    let scenario = try LoadScenario.named(builtIn.rawValue)
    #expect(scenario.name == builtIn.rawValue)
    #expect(!scenario.summary.isEmpty)
    for phase in scenario.phases {
      #expect(Set(phase.traffic.mix.keys) == Set(LoadTraffic.Kind.allCases))
      #expect(phase.traffic.skew == 1)
    }
    // What is printed to begin an own file with is that file.
    let folder = try TemporaryDirectory("scenario")
    let path = folder.path("own.yaml")
    try Data(builtIn.yaml.utf8).write(to: URL(fileURLWithPath: path))
    #expect(try LoadScenario.named(path) == scenario)
  }

  @Test func theBuiltInRatesAreThoseOfTheirNames() throws {
    func rates(_ name: String) throws -> [LoadScenario.Phase.Rate] {
      try LoadScenario.named(name).phases.map(\.rate)
    }
    #expect(try rates("normal") == [.constant(50)])
    #expect(try rates("peak") == [.constant(50), .constant(150), .constant(50)])
    #expect(try rates("stress") == [.saturation(SaturationSearch.Limits())])
  }

  @Test func aPhaseHasWhatItSaysOverWhatAllHave() throws {
    let scenario = try LoadScenario(
      yaml: """
        deadline_ms: 80
        in_flight: 7
        traffic:
          mix: { recommend: 3, similar: 1 }
          users: { skew: 0.5, new: 0.1 }
          count: 12
          no_cache: true
        phases:
          - { name: one, rate: 5, seconds: 1.5 }
          - name: two
            rate: 50
            seconds: 2
            warm_up: 1
            traffic: { users: { anonymous: 0.25 }, explain: full, time: now, policy: fresh }
        """, file: "folder/own.yaml")
    #expect(scenario.name == "own")
    #expect(scenario.deadline == .milliseconds(80))
    #expect(scenario.maxInFlight == 7)
    let (one, two) = (scenario.phases[0].traffic, scenario.phases[1].traffic)
    #expect(one.mix == [.recommend: 3, .similar: 1])
    #expect(two.mix == one.mix)
    #expect((one.skew, one.newUserShare, one.anonymousShare) == (0.5, 0.1, 0))
    #expect((two.skew, two.newUserShare, two.anonymousShare) == (0.5, 0.1, 0.25))
    #expect((one.count, one.explain, one.noCache, one.moment) == (12, .standard, true, .data))
    #expect((two.count, two.explain, two.noCache, two.moment) == (12, .full, true, .now))
    #expect((one.policy, two.policy) == ("", "fresh"))
    #expect(scenario.phases[0].duration == .seconds(1.5))
    #expect(scenario.phases[1].warmUp == .seconds(1))
  }

  /// A mistake, and what the error must say: file, line, key.
  private static let mistakes: [(yaml: String, message: String)] = [
    ("", "s.yaml is empty"),
    ("- a\n- b", "s.yaml:1: the file must be a mapping"),
    ("phases: [", "s.yaml is not YAML"),
    ("name: x", "s.yaml:1: phases needs at least one phase"),
    ("phases: 3", "s.yaml:1: phases must be a list"),
    (
      "phases:\n  - { name: a, rate: fast, seconds: 1 }",
      "s.yaml:2: phases[0].rate must be a number"
    ),
    ("phases:\n  - { name: a, rate: 0, seconds: 1 }", "phases[0].rate must be a number from 0.001"),
    ("phases:\n  - { name: a, rate: nan, seconds: 1 }", "phases[0].rate must be a number"),
    ("phases:\n  - { name: a, rate: 1 }", "s.yaml:2: phases[0].seconds is missing"),
    ("phases:\n  - { rate: 1, seconds: 1 }", "phases[0].name is missing"),
    ("phases:\n  - { name: a, seconds: 1 }", "phases[0].rate is missing"),
    (
      "phases:\n  - { name: a, rate: 1, seconds: 1, saturation: {} }",
      "phases[0].rate and `saturation` exclude each other"
    ),
    (
      "phases:\n  - { name: a, rate: 1, seconds: 1 }\n  - { name: a, rat: 1, rate: 2, seconds: 1 }",
      "s.yaml:3: phases[1].rat is not known here; known: name, rate"
    ),
    (
      "deadlin_ms: 3\nphases:\n  - { name: a, rate: 1, seconds: 1 }",
      "s.yaml:1: deadlin_ms is not known"
    ),
    ("deadline_ms: 0.5", "s.yaml:1: deadline_ms must be a whole number from 1 to 60000"),
    ("traffic: { mix: { recommend: 0 } }", "traffic.mix asks for nothing"),
    ("traffic: { mix: { recomend: 1, similar: 1 } }", "traffic.mix.recomend is not known"),
    ("traffic: { mix: { similar: -1 } }", "traffic.mix.similar must be a number from 0"),
    ("traffic: { explain: loudly }", "traffic.explain must be one of default, none, text, full"),
    ("traffic: { no_cache: maybe }", "traffic.no_cache must be true or false; it is \"maybe\""),
    ("traffic: { users: { new: 0.6, anonymous: 0.6 } }", "traffic.users.new and `anonymous`"),
    ("seed: 1\nseed: 2", "seed"),
    (
      "phases:\n  - { name: a, seconds: 1, saturation: { from: 10, to: 5 } }",
      "phases[0].saturation.to must not be less"
    ),
  ]

  @Test(arguments: mistakes) func aMistakeIsSaidWithItsPlace(
    _ mistake: (yaml: String, message: String)
  ) {
    #expect {
      try LoadScenario(yaml: mistake.yaml, file: "s.yaml")
    } throws: {
      guard let error = $0 as? PipelineError, error.code == .usage else { return false }
      return error.description.contains(mistake.message)
    }
  }

  @Test func anUnknownNameNamesTheKnownOnes() {
    #expect {
      try LoadScenario.named("/nowhere/picnic.yaml")
    } throws: {
      "\($0)".contains("/nowhere/picnic.yaml") && "\($0)".contains("normal, peak, stress")
    }
  }
}
