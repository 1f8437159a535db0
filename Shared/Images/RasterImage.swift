/// A small picture in memory: rows from the top, 8-bit red, green, blue.
public struct RasterImage: Sendable, Equatable {
  /// Width in pixels.
  public let width: Int
  /// Height in pixels.
  public let height: Int
  /// `width * height * 3` bytes.
  public private(set) var bytes: [UInt8]

  /// A picture of one colour.
  ///
  /// - Precondition: width and height are positive.
  public init(width: Int, height: Int, color: RGBColor = RGBColor(red: 255, green: 255, blue: 255))
  {
    self.width = width
    self.height = height
    bytes = []
    bytes.reserveCapacity(width * height * 3)
    for _ in 0..<width * height {
      bytes.append(color.red)
      bytes.append(color.green)
      bytes.append(color.blue)
    }
  }

  /// A picture from its bytes; nil when their number is not `width * height * 3`.
  public init?(width: Int, height: Int, bytes: [UInt8]) {
    guard width > 0, height > 0, bytes.count == width * height * 3 else { return nil }
    self.width = width
    self.height = height
    self.bytes = bytes
  }

  /// The colour of a pixel.
  public subscript(x: Int, y: Int) -> RGBColor {
    let start = (y * width + x) * 3
    return RGBColor(red: bytes[start], green: bytes[start + 1], blue: bytes[start + 2])
  }

  /// Paints every pixel over what is there.
  ///
  /// - Parameter coverage: how much of the pixel at a place (its centre; x and y from -1 to 1) the colour
  ///   covers, 0 to 1.
  public mutating func paint(_ color: RGBColor, coverage: (_ x: Float, _ y: Float) -> Float) {
    let channels = (Float(color.red), Float(color.green), Float(color.blue))
    for row in 0..<height {
      let y = (Float(row) + 0.5) / Float(height) * 2 - 1
      for column in 0..<width {
        let share = coverage((Float(column) + 0.5) / Float(width) * 2 - 1, y)
        guard share > 0 else { continue }
        let start = (row * width + column) * 3
        blend(start, channels.0, min(share, 1))
        blend(start + 1, channels.1, min(share, 1))
        blend(start + 2, channels.2, min(share, 1))
      }
    }
  }

  /// Paints the inside of a shape with a soft edge one pixel wide.
  ///
  /// - Parameter distance: signed distance of a place to the shape's edge, negative inside.
  public mutating func fill(_ color: RGBColor, distance: (_ x: Float, _ y: Float) -> Float) {
    let pixelsAUnit = Float(min(width, height)) / 2
    paint(color, coverage: { x, y in 0.5 - distance(x, y) * pixelsAUnit })
  }

  @inline(__always)
  private mutating func blend(_ index: Int, _ value: Float, _ share: Float) {
    let old = Float(bytes[index])
    bytes[index] = UInt8((old + (value - old) * share).rounded())
  }
}
