import Images

/// Draws an item: the shape tells its category, the colours and the smaller shapes tell its taste.
///
/// Hue of the shape = direction in the plane of the taste's axes 0 and 1; hue of the ground = axes 2 and 3;
/// size and turn of the shape = axes 4 and 5; number and place of the dots = axes 6 and 7. So a model that
/// sees only pictures can learn what people like.
struct ItemPainter: Sendable {
  /// Width and height.
  let pixels: Int

  func draw(_ taste: TasteVector, category: Int) -> RasterImage {
    let v = taste.values
    let ground = RGBColor(hue: turn(v[2], v[3]), saturation: 0.28, brightness: 0.95)
    let color = RGBColor(
      hue: turn(v[0], v[1]), saturation: 0.85, brightness: 0.55 + 0.35 * squash(v[4]))
    let dots = RGBColor(hue: turn(v[6], v[7]), saturation: 0.9, brightness: 0.75)
    var image = RasterImage(width: pixels, height: pixels, color: ground)
    // A lighter floor, as in a shop's photograph.
    image.paint(RGBColor(red: 255, green: 255, blue: 255)) { _, y in y > 0.45 ? 0.45 : 0 }
    let kind = WorldVocabulary.categories[category]
    let radius = 0.42 + 0.28 * squash(v[4])
    let angle = v[5] * 1.2
    let (sine, cosine) = (sinApproximation(angle), sinApproximation(angle + .pi / 2))
    image.fill(color) { x, y in
      let edge = Shape.star(
        x * cosine - y * sine, x * sine + y * cosine, radius: radius, points: kind.corners,
        sharpness: kind.sharpness)
      return kind.isHollow ? Shape.outline(edge + 0.09, width: 0.18) : edge
    }
    let count = 1 + Int(squash(v[6]) * 4)
    for dot in 0..<count {
      let x = -0.7 + 1.4 * Float(dot) / Float(max(count - 1, 1))
      let y = 0.78 - 0.2 * squash(v[7])
      image.fill(dots) { px, py in Shape.circle(px - x, py - y, radius: 0.09) }
    }
    return image
  }

  /// A direction in a plane as turns, by the diamond angle: no trigonometry, hence equal everywhere.
  private func turn(_ x: Float, _ y: Float) -> Float {
    let sum = abs(x) + abs(y)
    guard sum > 0 else { return 0 }
    let share = y / sum
    let quarter: Float = x >= 0 ? (y >= 0 ? share : 4 + share) : 2 - share
    return quarter / 4
  }

  /// From any coordinate of a unit vector to 0...1, steepest around 0.
  private func squash(_ value: Float) -> Float {
    0.5 + 0.5 * min(max(value * 1.8, -1), 1)
  }

  /// Bhaskara's approximation of the sine; a picture needs no more.
  private func sinApproximation(_ angle: Float) -> Float {
    let turns = angle / (2 * .pi)
    let phase = (turns - turns.rounded(.down)) * 2
    let half = phase < 1 ? phase : phase - 1
    let product = half * (1 - half)
    let value = 16 * product / (5 - 4 * product)
    return phase < 1 ? value : -value
  }
}
