import Datasets
import Foundation
import RPC
import ServiceContracts

/// Carries a scenario out against a running gateway.
public struct LoadTestJob: Sendable {
  /// Where the gateway listens; nil for the suite that runs on the state folder.
  public var target: String?
  /// The load.
  public var scenario: LoadScenario

  /// A load.
  public init(target: String?, scenario: LoadScenario) {
    self.target = target
    self.scenario = scenario
  }

  /// Makes the load.
  public func run(
    in state: StateFolder, progress: ProgressPrinter = ProgressPrinter(quiet: true)
  ) async throws -> LoadTestOutcome {
    let dataset = try state.requireDataset()
    let running = SuiteListing.read(state)
    guard let address = target ?? running?.gateway else {
      throw PipelineError(
        .missing, "no suite runs on \(state.root): start `recsys up`, or --gateway")
    }
    // Of another gateway's processes nothing is known here.
    let identifiers = (running?.gateway == address ? running?.processIDs : nil) ?? [:]
    let began = Date()
    let run = PhaseRun(
      client: GatewayClient(channel: try Channel(target: address)),
      audience: try LoadAudience(
        dataset, seed: scenario.seed,
        runID: String(Int64(began.timeIntervalSince1970 * 1000), radix: 36)),
      scenario: scenario,
      processes: identifiers.sorted { $0.key < $1.key }.map {
        LoadGeneratorProcess(name: $0.key, processID: $0.value)
      }, progress: progress)
    var phases: [LoadTestOutcome.Phase] = []
    for phase in scenario.phases { phases.append(try await run.carryOut(phase)) }
    return LoadTestOutcome(
      scenario: scenario.name, summary: scenario.summary, gateway: address,
      dataset: dataset.name, deadlineMilliseconds: scenario.deadline.inSeconds * 1000,
      beganMilliseconds: Int64(began.timeIntervalSince1970 * 1000), phases: phases)
  }
}

/// What all phases of a run share.
private struct PhaseRun {
  let client: GatewayClient
  let audience: LoadAudience
  let scenario: LoadScenario
  let processes: [LoadGeneratorProcess]
  let progress: ProgressPrinter

  func carryOut(_ phase: LoadScenario.Phase) async throws -> LoadTestOutcome.Phase {
    switch phase.rate {
    case .constant(let rate):
      progress.say("\(phase.name): \(Self.text(rate)) requests a second")
      let step = try await load(phase, rate: rate, number: 0)
      return LoadTestOutcome.Phase(name: phase.name, steps: [step], saturation: nil)
    case .saturation(let limits):
      var steps: [LoadTestOutcome.Step] = []
      let finding = try await SaturationSearch(limits).run { rate in
        let step = try await load(phase, rate: rate, number: steps.count)
        steps.append(step)
        let isBorne = step.isBorne(deadline: scenario.deadline, successShare: limits.successShare)
        progress.say("\(phase.name): \(step.line)  \(isBorne ? "borne" : "too much")")
        return isBorne
      }
      return LoadTestOutcome.Phase(name: phase.name, steps: steps, saturation: finding)
    }
  }

  private func load(
    _ phase: LoadScenario.Phase, rate: Double, number: Int
  ) async throws -> LoadTestOutcome.Step {
    let quality = SlateQuality()
    let requests = LoadRequests(
      client: client, audience: audience, traffic: phase.traffic, deadline: scenario.deadline,
      given: GivenSlates(), quality: quality)
    // Another step draws other users, not the same again.
    let first = number * 10_000_000
    let report = try await LoadGenerator.run(
      LoadGeneratorPlan(
        requestsPerSecond: rate, duration: phase.duration, warmUp: phase.warmUp,
        maxInFlight: scenario.maxInFlight),
      kinds: LoadRequests.names, watching: processes
    ) { await requests.answer(first + $0) }
    return LoadTestOutcome.Step(load: report, slates: quality.counts)
  }

  private static func text(_ rate: Double) -> String { String(format: "%g", rate) }
}
