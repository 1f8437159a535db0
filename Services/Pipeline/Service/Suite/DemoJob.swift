import Datasets
import Foundation
import Models
import RPC
import RecommendationProtos
import ServiceContracts
import SwiftProtobuf
public import SyntheticWorld

/// From nothing to slates: data, training, materialization, the five services, four personas.
public struct DemoJob: Sendable {
  /// Where the data comes from.
  public enum Data: Sendable {
    /// A generated world.
    case world(WorldConfiguration)
    /// Real data.
    case imported(ImportJob)
  }

  /// Where the data comes from.
  public var data: Data
  /// How to train.
  public var training: TrainJob
  /// How to start the services.
  public var suite: Suite.Options
  /// Items a slate.
  public var count: UInt32
  /// Whether it ends after the slates.
  public var endsAfterSlates: Bool

  /// A demonstration.
  public init(
    data: Data, training: TrainJob = TrainJob(), suite: Suite.Options = Suite.Options(),
    count: UInt32 = 10, endsAfterSlates: Bool = false
  ) {
    self.data = data
    self.training = training
    self.suite = suite
    self.count = count
    self.endsAfterSlates = endsAfterSlates
  }

  /// Runs it; the slates go to `output`.
  ///
  /// - Returns: whether every slate came whole.
  public func run(
    in state: StateFolder, progress: ProgressPrinter, output: @Sendable (String) -> Void
  ) async throws -> Bool {
    let signals = StopSignals()
    try await prepare(state, progress)
    let begun = ContinuousClock.now
    let suite = try await Suite.start(state: state, options: self.suite)
    progress.say(
      String(
        format: "five services up after %.1f s; gateway on %d",
        (ContinuousClock.now - begun) / .seconds(1), suite.ports["gateway"] ?? 0))
    do {
      let isWhole = try await show(suite, state, output)
      if !endsAfterSlates { try await stayUp(suite, signals, output) }
      await suite.stop()
      return isWhole
    } catch {
      await suite.stop()
      throw error
    }
  }

  /// Makes what is not there yet for the same inputs.
  private func prepare(_ state: StateFolder, _ progress: ProgressPrinter) async throws {
    let inputs = try inputsDescription()
    if let receipt = DemoReceipt.read(state), receipt.inputs == inputs, receipt.holds(state) {
      progress.say("using what \(state.root) holds for the same inputs")
      return
    }
    switch data {
    case .world(let configuration):
      let manifest = try await WorldJob(configuration: configuration).run(
        into: state, progress: progress)
      progress.say("made \(manifest.name): \(manifest.interactions) interactions")
    case .imported(let job):
      let outcome = try job.run(into: state, progress: progress)
      progress.say("imported \(outcome.manifest.name):\n\(outcome.validation.text)")
    }
    let trained = try training.run(in: state, progress: progress)
    try MaterializeJob().run(in: state, progress: progress)
    let receipt = DemoReceipt(
      inputs: inputs, datasetFingerprint: state.dataset.manifest?.fingerprint ?? "",
      bundles: Dictionary(trained.bundles.map { ($0.kind, $0.version) }) { $1 })
    try receipt.write(state)
  }

  private func inputsDescription() throws -> String {
    // A state that was trained before there were other sources lacks their bundles.
    let sources = StandardSource.all.map(\.name).joined(separator: "+")
    let options =
      "factors \(training.options.factors ?? 0), epochs \(training.options.epochs ?? 0), "
      + "sources \(sources)"
    switch data {
    case .world(let configuration): return "world \(configuration), \(options)"
    case .imported(let job):
      let split = job.split.map { ", split \($0)" } ?? ""
      return "import \(job.source)\(split), \(Self.sizes(job.source)), \(options)"
    }
  }

  /// Names and sizes of the source files: a changed file is imported again.
  private static func sizes(_ source: ImportJob.Source) -> String {
    let paths: [String]
    switch source {
    case .movieLens(let directory):
      let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
      paths = names.sorted().map { directory + "/" + $0 }
    case .delimited(let interactions, let items, let test, let validation):
      paths = [interactions] + [items, test, validation].compactMap { $0 }
    case .amazon(let reviews, let metadata):
      paths = [reviews] + [metadata].compactMap { $0 }
    }
    return paths.map { path in
      let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? nil
      return "\(path):\(size ?? -1)"
    }.joined(separator: " ")
  }

  private func show(
    _ suite: Suite, _ state: StateFolder, _ output: @Sendable (String) -> Void
  ) async throws -> Bool {
    let dataset = try state.requireDataset()
    let log = TrainingLog(dataset)
    let als = try RetrievalModels.production(state.registry).als
    let client = GatewayClient(channel: try Channel(target: suite.gatewayTarget))
    let printer = SlatePrinter(items: dataset.items)
    var isWhole = true
    let personas = PersonaPicker(log: log, als: als).pick()
    let now = log.lastMilliseconds + 1
    try await warmUp(client, personas, at: now)
    let tour = DemoTour(client: client, printer: printer) { [count] subject in
      Self.request(subject, count: count, at: now)
    }
    for (index, persona) in personas.enumerated() {
      let response = try await ask(client, persona, at: now)
      if response.items.isEmpty || !response.degraded.isEmpty { isWhole = false }
      output("\n── \(persona.title) ──")
      if !persona.likedTitles.isEmpty {
        output("     liked lately: " + persona.likedTitles.joined(separator: "; "))
      }
      output(printer.text(response))
      if index == 0, try await !tour.show(persona, first: response, output) { isWhole = false }
    }
    if let persona = personas.first(where: { $0.subject.userID != "" }) {
      try await showWhy(client, suite, persona, at: now, output)
    }
    return isWhole
  }

  /// Why the first item of a slate is there, and why one below it is not.
  private func showWhy(
    _ client: GatewayClient, _ suite: Suite, _ persona: Persona, at milliseconds: Int64,
    _ output: @Sendable (String) -> Void
  ) async throws {
    let slate = try await ask(client, persona, at: milliseconds)
    var wider = self
    wider.count = min(count * 2, 500)
    let more = try await wider.ask(client, persona, at: milliseconds)
    let shown = Set(slate.items.map(\.itemID))
    let items = [
      slate.items.first.map { ("why", $0) },
      more.items.last { !shown.contains($0.itemID) }.map { ("why not", $0) },
    ]
    for (question, item) in items.compactMap({ $0 }) {
      var query = WhyQuery(item: item.itemID)
      query.user = persona.subject.userID
      query.count = count
      query.timeMilliseconds = milliseconds
      query.counterfactual = true
      output("\n── \(question) \(item.title), for \(persona.title) ──")
      output(try await query.run(OperatorAccess(suite), json: false))
    }
  }

  /// Asks until a slate comes whole: the first calls find no connections and cold caches.
  private func warmUp(
    _ client: GatewayClient, _ personas: [Persona], at milliseconds: Int64
  ) async throws {
    let deadline = ContinuousClock.now + .seconds(5)
    for persona in personas {
      while ContinuousClock.now < deadline {
        if try await ask(client, persona, at: milliseconds).degraded.isEmpty { break }
        try await Task.sleep(for: .milliseconds(50))
      }
    }
  }

  /// The data ends at some moment of its own; that is "now" for the slates.
  private func ask(
    _ client: GatewayClient, _ persona: Persona, at milliseconds: Int64
  ) async throws -> Recsys_Gateway_V1_RecommendResponse {
    try await client.recommend(
      Self.request(persona.subject, count: count, at: milliseconds),
      options: CallOptions(timeout: .seconds(5), waitForReady: true))
  }

  private static func request(
    _ subject: Recsys_Gateway_V1_Subject, count: UInt32, at milliseconds: Int64
  ) -> Recsys_Gateway_V1_RecommendRequest {
    var request = Recsys_Gateway_V1_RecommendRequest()
    request.subject = subject
    request.count = count
    // What is shown is made, stage by stage, not remembered from the warm-up.
    request.noCache = true
    request.context.surface = "demo"
    request.context.time = Google_Protobuf_Timestamp(
      seconds: milliseconds / 1000, nanos: Int32(milliseconds % 1000) * 1_000_000)
    return request
  }

  private func stayUp(
    _ suite: Suite, _ signals: StopSignals, _ output: @Sendable (String) -> Void
  ) async throws {
    output("\ngateway at \(suite.gatewayTarget); Ctrl-C ends all")
    let failure = await UpJob.waitForEnd(suite, signals)
    if let failure { throw failure }
  }
}
