import Foundation

/// A diagram of lines and areas, as SVG. Colours come from the page's style sheet: `s0`, `s1`, ...
struct Plot: Sendable {
  /// A line or an area.
  struct Series: Sendable {
    enum Look: Sendable { case line, dashed, dots, area }

    var name: String
    /// The place in the page's list of colours.
    var colour: Int
    var look: Look = .line
    /// Points from left to right; a nil height is a gap.
    var points: [(x: Double, y: Double?)]
    /// The lower edge of an area, one a point; empty: the axis.
    var floor: [Double] = []
  }

  /// A stretch of the horizontal axis with a name.
  struct Band: Sendable {
    var from: Double
    var to: Double
    var name: String
  }

  var title: String
  var xLabel: String
  var yLabel: String
  var x: PlotScale
  var y: PlotScale
  var series: [Series]
  var bands: [Band] = []

  private static let (width, height) = (760.0, 330.0)
  private static let (left, right, top, bottom) = (62.0, 16.0, 44.0, 46.0)

  /// The diagram; well-formed by itself.
  var svg: String {
    let frame =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(number(Self.width)) "
      + "\(number(Self.height))\" role=\"img\" aria-label=\"\(title.markup)\">"
    return
      ([frame] + bandMarks + grid + series.map(mark) + bandNames + labels + legend + ["</svg>"])
      .joined(separator: "\n")
  }

  // MARK: Parts

  private var bandMarks: [String] {
    bands.enumerated().compactMap { index, band in
      guard index % 2 == 1 else { return nil }
      let (from, to) = (across(band.from), across(band.to))
      return "<rect class=\"band\" x=\"\(number(from))\" y=\"\(number(Self.top))\" "
        + "width=\"\(number(max(to - from, 0)))\" height=\"\(number(plotHeight))\"/>"
    }
  }

  private var bandNames: [String] {
    bands.compactMap { band in
      let (from, to) = (across(band.from), across(band.to))
      // A name that is wider than its band would run into the next.
      guard Double(band.name.count) * 6 < to - from else { return nil }
      return label(band.name, (from + to) / 2, Self.top + 13, "middle", "band-name")
    }
  }

  private var grid: [String] {
    let right = Self.width - Self.right
    let floor = Self.height - Self.bottom
    let rows = y.ticks.flatMap { tick -> [String] in
      let height = up(tick.value)
      return [
        "<line class=\"grid\" x1=\"\(number(Self.left))\" y1=\"\(number(height))\" "
          + "x2=\"\(number(right))\" y2=\"\(number(height))\"/>",
        label(tick.text, Self.left - 7, height + 4, "end"),
      ]
    }
    let columns = x.ticks.flatMap { tick -> [String] in
      let place = across(tick.value)
      return [
        "<line class=\"tick\" x1=\"\(number(place))\" y1=\"\(number(floor))\" "
          + "x2=\"\(number(place))\" y2=\"\(number(floor + 4))\"/>",
        // The last mark's text would leave the picture.
        label(
          tick.text, place, floor + 17, place > right - 12 && x.ticks.count > 1 ? "end" : "middle"),
      ]
    }
    let axis =
      "<line class=\"axis\" x1=\"\(number(Self.left))\" y1=\"\(number(floor))\" "
      + "x2=\"\(number(right))\" y2=\"\(number(floor))\"/>"
    return rows + columns + [axis]
  }

  private var labels: [String] {
    [
      label(title, Self.left, 18, "start", "title"),
      label(xLabel, Self.width - Self.right, Self.height - 10, "end", "unit"),
      label(yLabel, Self.left, Self.top - 8, "start", "unit"),
    ]
  }

  private var legend: [String] {
    // From the right, on the title's line.
    var end = Self.width - Self.right
    return series.reversed().flatMap { series -> [String] in
      guard !series.name.isEmpty else { return [] }
      let text = label(series.name, end, 18, "end")
      end -= Double(series.name.count) * 6.6 + 8
      let key =
        "<rect class=\"key s\(series.colour)\" x=\"\(number(end - 10))\" y=\"9\" width=\"10\" "
        + "height=\"10\" rx=\"2\"/>"
      end -= 24
      return [text, key]
    }
  }

  private func mark(_ series: Series) -> String {
    switch series.look {
    case .area: return area(series)
    case .dots:
      return series.points.compactMap { point in
        point.y.map {
          "<circle class=\"dot s\(series.colour)\" cx=\"\(number(across(point.x)))\" "
            + "cy=\"\(number(up($0)))\" r=\"3.5\"/>"
        }
      }.joined(separator: "\n")
    case .line, .dashed:
      var path = ""
      var isDrawing = false
      for point in series.points {
        if let y = point.y, y.isFinite {
          path += "\(isDrawing ? "L" : "M")\(number(across(point.x))) \(number(up(y)))"
          isDrawing = true
        } else {
          isDrawing = false
        }
      }
      guard !path.isEmpty else { return "" }
      let dash = series.look == .dashed ? " dashed" : ""
      return "<path class=\"line s\(series.colour)\(dash)\" d=\"\(path)\"/>"
    }
  }

  private func area(_ series: Series) -> String {
    guard !series.points.isEmpty else { return "" }
    let upper = series.points.map { "\(number(across($0.x))) \(number(up($0.y ?? 0)))" }
    let lower = series.points.enumerated().map { index, point in
      let floor = series.floor.indices.contains(index) ? series.floor[index] : y.range.lowerBound
      return "\(number(across(point.x))) \(number(up(floor)))"
    }
    let path = (upper + lower.reversed()).joined(separator: "L")
    return "<path class=\"area s\(series.colour)\" d=\"M\(path)Z\"/>"
  }

  // MARK: Geometry

  private var plotHeight: Double { Self.height - Self.top - Self.bottom }

  private func across(_ value: Double) -> Double {
    Self.left + x.position(value) * (Self.width - Self.left - Self.right)
  }

  private func up(_ value: Double) -> Double {
    Self.height - Self.bottom - y.position(value) * plotHeight
  }

  private func number(_ value: Double) -> String { String(format: "%.1f", value) }

  private func label(
    _ text: String, _ x: Double, _ y: Double, _ anchor: String, _ look: String = "mark"
  ) -> String {
    "<text class=\"\(look)\" x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\">"
      + "\(text.markup)</text>"
  }
}

extension String {
  /// The text with all that markup would read as its own replaced.
  var markup: String {
    var result = ""
    for character in unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      // Control characters have no place in markup.
      case "\u{0}"..<"\u{20}": result += " "
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }
}
