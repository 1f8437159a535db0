import Foundation
import FoundationNetworking

/// A process's metrics, as its side port shows them.
struct MetricsPage: Sendable {
  private let lines: [(name: String, labels: String, value: Double)]

  /// Reads a page in the Prometheus text format; lines that are none are passed over.
  init(text: String) {
    lines = text.split(separator: "\n").compactMap { line in
      guard !line.hasPrefix("#"), let space = line.lastIndex(of: " "),
        let value = Double(line[line.index(after: space)...])
      else { return nil }
      let series = line[..<space]
      let brace = series.firstIndex(of: "{") ?? series.endIndex
      return (String(series[..<brace]), String(series[brace...]), value)
    }
  }

  /// Fetches a page.
  ///
  /// - Throws: ``PipelineError`` with code `service` when there is none to be had.
  static func fetch(port: Int) async throws -> MetricsPage {
    guard let url = URL(string: "http://127.0.0.1:\(port)/metrics") else {
      throw PipelineError(.usage, "\(port) is no port")
    }
    do {
      let (data, _) = try await URLSession.shared.data(from: url)
      return MetricsPage(text: String(decoding: data, as: UTF8.self))
    } catch {
      throw PipelineError(.service, "no metrics at \(url)", cause: error)
    }
  }

  /// The sum of the series of a name whose labels contain a text, e.g. `outcome="compared"`.
  func sum(_ name: String, label: String = "") -> Double {
    lines.reduce(0) { sum, line in
      line.name == name && (label.isEmpty || line.labels.contains(label)) ? sum + line.value : sum
    }
  }
}
