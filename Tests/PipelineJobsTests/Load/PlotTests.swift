import Foundation
import FoundationXML
import Testing

@testable import PipelineJobs

@Suite struct PlotTests {
  @Test func linearMarksAreRoundAndCoverTheValues() {
    let scale = PlotScale.linear(upTo: 173)
    #expect(scale.ticks.map(\.value) == [0, 50, 100, 150, 200])
    #expect(scale.position(0) == 0)
    #expect(scale.position(200) == 1)
    #expect(scale.position(50) == 0.25)
    #expect(scale.position(999) == 1)
  }

  @Test(arguments: [0, -1, .nan, .infinity]) func aScaleOfNothingIsStillAScale(_ largest: Double) {
    let scale = PlotScale.linear(upTo: largest)
    #expect(scale.ticks.count >= 2)
    #expect(scale.position(0.5).isFinite)
    #expect(PlotScale.logarithmic([largest]).position(1).isFinite)
  }

  @Test func aLogarithmicScaleGivesEachDecadeEqualRoom() {
    let scale = PlotScale.logarithmic([1, 100])
    #expect(scale.range == 1...100)
    #expect(abs(scale.position(10) - 0.5) < 1e-9)
    #expect(scale.ticks.map(\.text) == ["1", "2", "5", "10", "20", "50", "100"])
  }

  @Test func everyNineHasEqualRoom() {
    let scale = PlotScale.percentiles(upTo: 99.95)
    #expect(scale.ticks.map(\.text) == ["0 %", "50 %", "90 %", "99 %", "99.9 %", "99.99 %"])
    #expect(abs(scale.position(90) - 0.25) < 1e-9)
    #expect(abs(scale.position(99) - 0.5) < 1e-9)
    #expect(scale.position(100) == 1)
  }

  @Test func aPlotIsWellFormedWhateverItsTextsAndValues() throws {
    let plot = Plot(
      title: "a < b & \"c\" \u{1}", xLabel: "<x>", yLabel: "'y'", x: .time(upTo: 10),
      y: .logarithmic([]),
      series: [
        .init(name: "<script>", colour: 0, points: [(0, 1), (1, nil), (2, .nan), (3, .infinity)]),
        .init(name: "area", colour: 1, look: .area, points: [(0, 0), (10, 3)], floor: [0, 1]),
        .init(name: "none", colour: 2, points: []),
        .init(name: "", colour: 3, look: .dots, points: [(1, 2), (2, nil)]),
      ], bands: [.init(from: 0, to: 5, name: "one & only"), .init(from: 5, to: 10, name: "two")])
    let svg = plot.svg
    #expect(XMLParser(data: Data(svg.utf8)).parse())
    #expect(!svg.contains("nan") && !svg.contains("inf"))
    #expect(svg.contains("&lt;script&gt;"))
    #expect(!svg.contains("<script>"))
    // A gap begins a new stretch of the line.
    #expect(svg.contains("one &amp; only"))
  }
}
