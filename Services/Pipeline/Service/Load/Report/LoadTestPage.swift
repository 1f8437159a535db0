import Foundation

/// A load test as one HTML file that needs nothing else: figures, plots, tables. It is well-formed XML too.
public struct LoadTestPage: Sendable {
  let outcome: LoadTestOutcome

  /// A page on an outcome.
  public init(_ outcome: LoadTestOutcome) { self.outcome = outcome }

  /// Throws where a page could not be written: better before a long test than after it.
  public static func checkWritable(_ file: String) throws {
    var isFolder: ObjCBool = false
    let folder = URL(fileURLWithPath: file).deletingLastPathComponent().path
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder),
      isFolder.boolValue,
      FileManager.default.isWritableFile(atPath: folder)
    else { throw PipelineError(.usage, "the report cannot be written: no folder \(folder)") }
    guard
      !FileManager.default.fileExists(atPath: file, isDirectory: &isFolder) || !isFolder.boolValue
    else { throw PipelineError(.usage, "the report cannot be written: \(file) is a folder") }
  }

  /// The file.
  public var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <title>Load test: \(outcome.scenario.markup)</title>
    <style>
    \(Self.style)
    </style>
    </head>
    <body>
    <h1>Load test: \(outcome.scenario.markup)</h1>
    <p class="summary">\(summary.markup)</p>
    \(notes)
    <div class="tiles">
    \(tiles.map(Self.tile).joined(separator: "\n"))
    </div>
    <div class="plots">
    \(plots.map { "<figure>\n\($0.svg)\n</figure>" }.joined(separator: "\n"))
    </div>
    \(tables)
    <p class="footer">Open loop: latencies count from when each request was due, not from when it left, \
    so that a slow answer cannot hide those that waited behind it. HdrHistogram, three digits.</p>
    </body>
    </html>

    """
  }

  /// The steps that a reader wants figures of: those of constant rate, and the one at saturation.
  var figureSteps: [(name: String, step: LoadTestOutcome.Step)] {
    outcome.phases.compactMap { phase in
      guard let finding = phase.saturation else {
        return phase.steps.first.map { (phase.name, $0) }
      }
      return phase.steps.last { $0.load.requestedPerSecond == finding.saturation }.map {
        ("\(phase.name), at saturation", $0)
      }
    }
  }

  private var summary: String {
    let began = Date(timeIntervalSince1970: Double(outcome.beganMilliseconds) / 1000)
    let time = ISO8601DateFormatter().string(from: began)
    return "\(outcome.summary) \(time), gateway \(outcome.gateway), dataset \(outcome.dataset), "
      + String(format: "deadline %g ms.", outcome.deadlineMilliseconds)
  }

  private var notes: String {
    figureSteps.compactMap { name, step in
      step.load.warning.map { "<p class=\"warning\">\("\(name): \($0)".markup)</p>" }
    }.joined(separator: "\n")
  }

  private struct Tile {
    var value: String
    var name: String
  }

  private static func tile(_ tile: Tile) -> String {
    "<div class=\"tile\"><b>\(tile.value.markup)</b><span>\(tile.name.markup)</span></div>"
  }

  /// The figures of the busiest step, and what a search found.
  private var tiles: [Tile] {
    var tiles: [Tile] = []
    for phase in outcome.phases {
      guard let finding = phase.saturation else { continue }
      let value = finding.saturation.map { String(format: "%.0f /s", $0) } ?? "none borne"
      tiles.append(Tile(value: value, name: "saturation"))
    }
    let busiest = figureSteps.max {
      ($0.step.load.requestedPerSecond ?? 0) < ($1.step.load.requestedPerSecond ?? 0)
    }
    guard let load = busiest?.step.load, let slates = busiest?.step.slates else { return tiles }
    tiles.append(
      Tile(value: String(format: "%.0f /s", load.succeededPerSecond), name: "answered"))
    tiles.append(Tile(value: Self.percent(load.successShare), name: "went well"))
    if let latency = load.latency {
      tiles.append(Tile(value: Self.milliseconds(latency.p50Microseconds), name: "p50"))
      tiles.append(Tile(value: Self.milliseconds(latency.p99Microseconds), name: "p99"))
    }
    if let cost = load.microsecondsPerRequest {
      tiles.append(Tile(value: String(format: "%.2f ms", cost / 1000), name: "CPU a request"))
    }
    if slates.slates > 0 {
      tiles.append(Tile(value: Self.percent(slates.degradedShare), name: "slates degraded"))
    }
    return tiles
  }

  static func percent(_ share: Double) -> String {
    share == 1 || share == 0 || share > 0.001 && share < 0.999
      ? String(format: "%.4g %%", share * 100) : String(format: "%.3f %%", share * 100)
  }

  static func milliseconds(_ microseconds: Int) -> String {
    String(format: "%.4g ms", Double(microseconds) / 1000)
  }
}
