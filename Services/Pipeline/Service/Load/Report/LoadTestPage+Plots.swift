extension LoadTestPage {
  /// The colour of the n-th of several that are alike: grey, for what is no measurement, comes last.
  private static func colour(_ index: Int) -> Int { [2, 1, 4, 0, 5, 6, 7, 3][index % 8] }

  /// All diagrams.
  var plots: [Plot] {
    var plots = [latencyOverTime, throughput, percentiles]
    plots += processorCourse.map { [$0] } ?? []
    plots += outcome.phases.compactMap { saturationPlot($0) }
    return plots
  }

  /// Every load of the test, one after the other, and when it began.
  private var course: [(name: String, from: Double, to: Double, load: LoadGeneratorReport)] {
    var start = 0.0
    return outcome.phases.flatMap { phase in
      phase.steps.map { step in
        let load = step.load
        let length = load.intervals.last.map { $0.start + $0.seconds } ?? 0
        defer { start += length }
        let rate = load.requestedPerSecond.map { PlotScale.text(($0 * 10).rounded() / 10) } ?? ""
        let name = phase.saturation == nil ? phase.name : rate
        return (name, start, start + length, load)
      }
    }
  }

  private var bands: [Plot.Band] {
    let course = course
    return course.count > 1
      ? course.map { Plot.Band(from: $0.from, to: $0.to, name: $0.name) } : []
  }

  private var time: PlotScale { .time(upTo: course.last?.to ?? 1) }

  /// A value of each interval at its middle; no line joins two loads.
  private func line(
    _ value: (LoadGeneratorReport.Interval) -> Double?
  ) -> [(x: Double, y: Double?)] {
    course.flatMap { part in
      part.load.intervals.map { (part.from + $0.start + $0.seconds / 2, value($0)) }
        + [(part.to, nil)]
    }
  }

  private var latencyOverTime: Plot {
    func milliseconds(_ value: Int?) -> Double? { value.map { Double($0) / 1000 } }
    let series = [
      Plot.Series(name: "p50", colour: 2, points: line { milliseconds($0.p50Microseconds) }),
      Plot.Series(name: "p95", colour: 1, points: line { milliseconds($0.p95Microseconds) }),
      Plot.Series(name: "p99", colour: 0, points: line { milliseconds($0.p99Microseconds) }),
    ]
    return Plot(
      title: "Latency over time", xLabel: "seconds measured", yLabel: "ms, from when due",
      x: time, y: .logarithmic(series.flatMap(\.points).compactMap(\.y)), series: series,
      bands: bands)
  }

  private var throughput: Plot {
    let offered = line { interval in interval.due.map { Double($0) / interval.seconds } }
    let answered = line { Double($0.succeeded) / $0.seconds }
    let failed = line { Double($0.failed) / $0.seconds }
    var series = [
      Plot.Series(
        name: "answered", colour: 2, look: .area, points: answered.map { ($0.x, $0.y ?? 0) }),
      Plot.Series(name: "offered", colour: 3, look: .dashed, points: offered),
    ]
    if failed.contains(where: { ($0.y ?? 0) > 0 }) {
      series.append(Plot.Series(name: "failed", colour: 0, points: failed))
    }
    // Areas have no gaps: their points between two loads would fall to the axis.
    series[0].points = answered.filter { $0.y != nil }
    let largest = (offered + answered).compactMap(\.y).max() ?? 1
    return Plot(
      title: "Throughput", xLabel: "seconds measured", yLabel: "requests a second", x: time,
      y: .linear(upTo: largest * 1.1), series: series, bands: bands)
  }

  private var percentiles: Plot {
    let steps = figureSteps
    // One load is shown by kind, several by name.
    let curves: [(String, [LoadGeneratorReport.Percentile])] =
      if steps.count == 1, let load = steps.first?.step.load {
        load.kinds.count > 1
          ? load.kinds.map { ($0.name, $0.percentiles) } : [("all", load.percentiles)]
      } else {
        steps.map { ($0.name, $0.step.load.percentiles) }
      }
    let series = curves.enumerated().map { index, curve in
      Plot.Series(
        name: curve.0, colour: Self.colour(index),
        points: curve.1.filter { $0.percentile < 100 }.map {
          ($0.percentile, Double($0.microseconds) / 1000)
        })
    }
    return Plot(
      title: "Latency by percentile", xLabel: "share of the requests", yLabel: "ms",
      x: .percentiles(upTo: series.flatMap(\.points).map(\.x).max() ?? 99),
      y: .logarithmic(series.flatMap(\.points).compactMap(\.y)), series: series)
  }

  /// What each process used, one upon the other; nil where none was watched.
  private var processorCourse: Plot? {
    let names = course.first?.load.processorTimes.map(\.name) ?? []
    guard !names.isEmpty else { return nil }
    var floor: [Double] = []
    var series: [Plot.Series] = []
    for (index, name) in names.enumerated() {
      let points: [(x: Double, y: Double?)] = course.flatMap { part in
        let times = part.load.processorTimes.first { $0.name == name }?.course ?? []
        return times.map { (part.from + $0.start + $0.seconds / 2, $0.share ?? 0) }
      }
      if floor.count != points.count { floor = Array(repeating: 0, count: points.count) }
      let upper = zip(points, floor).map { ($0.0.x, ($0.0.y ?? 0) + $0.1) }
      series.append(
        Plot.Series(
          name: name, colour: Self.colour(index), look: .area, points: upper.map { ($0.0, $0.1) },
          floor: floor))
      floor = upper.map(\.1)
    }
    return Plot(
      title: "CPU by service", xLabel: "seconds measured", yLabel: "cores", x: time,
      y: .linear(upTo: (floor.max() ?? 1) * 1.1), series: series, bands: bands)
  }

  /// How latency grew with the rate; nil where nothing was searched.
  private func saturationPlot(_ phase: LoadTestOutcome.Phase) -> Plot? {
    guard let finding = phase.saturation else { return nil }
    let steps = phase.steps.sorted {
      ($0.load.requestedPerSecond ?? 0) < ($1.load.requestedPerSecond ?? 0)
    }
    func points(_ value: (LoadGeneratorReport.Latency) -> Int) -> [(x: Double, y: Double?)] {
      steps.map { step in
        (step.load.requestedPerSecond ?? 0, step.load.latency.map { Double(value($0)) / 1000 })
      }
    }
    let largest = steps.last?.load.requestedPerSecond ?? 1
    let p99 = points(\.p99Microseconds)
    var series = [
      Plot.Series(name: "p50", colour: 2, points: points(\.p50Microseconds)),
      Plot.Series(name: "p99", colour: 0, points: p99),
      Plot.Series(name: "", colour: 0, look: .dots, points: p99),
      Plot.Series(
        name: "deadline", colour: 3, look: .dashed,
        points: [(0, outcome.deadlineMilliseconds), (largest, outcome.deadlineMilliseconds)]),
    ]
    let heights = series.flatMap(\.points).compactMap(\.y)
    let scale = PlotScale.logarithmic(heights)
    if let saturation = finding.saturation {
      series.append(
        Plot.Series(
          name: "saturation", colour: 4, look: .dashed,
          points: [(saturation, scale.range.lowerBound), (saturation, scale.range.upperBound)]))
    }
    return Plot(
      title: "Latency by rate", xLabel: "requests a second", yLabel: "ms",
      x: .linear(upTo: largest), y: scale, series: series)
  }
}
