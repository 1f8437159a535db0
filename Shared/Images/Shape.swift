import Foundation

/// Signed distances to simple shapes around the origin: negative inside.
public enum Shape {
  /// A circle.
  public static func circle(_ x: Float, _ y: Float, radius: Float) -> Float {
    (x * x + y * y).squareRoot() - radius
  }

  /// A star of some points, or, with `sharpness` 0, the polygon of as many corners
  /// (I. Quilez, "2D distance functions", regular star).
  ///
  /// - Parameters:
  ///   - points: 3 or more.
  ///   - sharpness: 0 (polygon) to 1 (thinnest star).
  public static func star(
    _ x: Float, _ y: Float, radius: Float, points: Int, sharpness: Float
  ) -> Float {
    let half = Float.pi / Float(max(points, 3))
    let spread = Float(max(points, 3)) + (2 - Float(max(points, 3))) * min(max(sharpness, 0), 1)
    let edge = (cos: Foundation.cos(.pi / spread), sin: Foundation.sin(.pi / spread))
    let turn = atan2(x, y)
    let angle = turn - (turn / (2 * half)).rounded(.down) * 2 * half - half
    let length = (x * x + y * y).squareRoot()
    var px = length * Foundation.cos(angle) - radius * Foundation.cos(half)
    var py = length * abs(Foundation.sin(angle)) - radius * Foundation.sin(half)
    let reach = radius * Foundation.sin(half) / max(edge.sin, 1e-6)
    let along = min(max(-(px * edge.cos + py * edge.sin), 0), reach)
    px += edge.cos * along
    py += edge.sin * along
    return (px * px + py * py).squareRoot() * (px < 0 ? -1 : 1)
  }

  /// The outline of a shape.
  public static func outline(_ distance: Float, width: Float) -> Float {
    abs(distance) - width / 2
  }
}
