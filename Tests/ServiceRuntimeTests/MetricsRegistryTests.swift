import CoreMetrics
import ServiceRuntime
import Testing

@Suite struct MetricsRegistryTests {
  @Test("the page is what Prometheus reads")
  func exposition() {
    let registry = MetricsRegistry()
    registry.makeCounter(
      label: "recsys_calls_total", dimensions: [("method", "Rank"), ("code", "OK")]
    ).increment(by: 3)
    registry.makeMeter(label: "recsys_version", dimensions: []).set(2.5)
    let timer = registry.makeTimer(
      label: "recsys_took_seconds", dimensions: [("stage", "a\"b\\c\nd")])
    timer.recordNanoseconds(40_000)
    timer.recordNanoseconds(4_000_000)
    timer.recordNanoseconds(60_000_000_000)
    let lines = registry.exposition().split(separator: "\n").map(String.init)
    #expect(lines.contains("# TYPE recsys_calls_total counter"))
    #expect(lines.contains("recsys_calls_total{code=\"OK\",method=\"Rank\"} 3"))
    #expect(lines.contains("recsys_version 2.5"))
    #expect(
      lines.contains("recsys_took_seconds_bucket{stage=\"a\\\"b\\\\c\\nd\",le=\"5e-05\"} 1"))
    #expect(lines.contains("recsys_took_seconds_bucket{stage=\"a\\\"b\\\\c\\nd\",le=\"0.005\"} 2"))
    #expect(lines.contains("recsys_took_seconds_bucket{stage=\"a\\\"b\\\\c\\nd\",le=\"+Inf\"} 3"))
    #expect(lines.contains("recsys_took_seconds_count{stage=\"a\\\"b\\\\c\\nd\"} 3"))
  }

  @Test("the same name and labels are the same series, in any order of labels")
  func sameSeries() {
    let registry = MetricsRegistry()
    registry.makeCounter(label: "c", dimensions: [("a", "1"), ("b", "2")]).increment(by: 1)
    registry.makeCounter(label: "c", dimensions: [("b", "2"), ("a", "1")]).increment(by: 1)
    #expect(registry.exposition().contains("c{a=\"1\",b=\"2\"} 2\n"))
  }

  @Test("a name asked for as a second kind does not spoil the page")
  func twoKinds() {
    let registry = MetricsRegistry()
    registry.makeCounter(label: "x", dimensions: []).increment(by: 1)
    registry.makeMeter(label: "x", dimensions: []).set(7.0)
    #expect(registry.exposition() == "# TYPE x counter\nx 1\n")
  }

  @Test("concurrent recording loses nothing")
  func concurrentRecording() async {
    let registry = MetricsRegistry()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          let counter = registry.makeCounter(label: "c", dimensions: [])
          let recorder = registry.makeRecorder(label: "r", dimensions: [], aggregate: true)
          for _ in 0..<1000 {
            counter.increment(by: 1)
            recorder.record(2.0)
          }
        }
      }
    }
    #expect(registry.exposition().contains("c 8000\n"))
    #expect(registry.exposition().contains("r_sum 16000.0\n"))
    #expect(registry.exposition().contains("r_count 8000\n"))
  }
}
