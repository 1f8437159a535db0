import Foundation
import RecommendationCore
import TestSupport
import Testing

@testable import Images

@Suite struct PNGFileTests {
  static func picture() -> RasterImage {
    var image = RasterImage(width: 33, height: 20, color: RGBColor(red: 1, green: 2, blue: 3))
    image.fill(RGBColor(red: 250, green: 10, blue: 90)) { x, y in
      Shape.star(x, y, radius: 0.8, points: 5, sharpness: 0.6)
    }
    return image
  }

  @Test func whatIsWrittenIsReadBackToThePixel() throws {
    let folder = try TemporaryDirectory("png")
    let image = Self.picture()
    try PNGFile.write(image, to: folder.path("a.png"))
    #expect(try PNGFile.read(folder.path("a.png")) == image)
    #expect(try PNGFile.encode(image) == PNGFile.encode(image))
  }

  @Test func noBrokenFileCrashesTheReader() throws {
    let whole = try PNGFile.encode(Self.picture())
    var random = SeededGenerator(seed: 5)
    for cut in stride(from: 0, to: whole.count - 13, by: 7) {
      #expect(throws: ImageError.self) { try PNGFile.decode(Array(whole[..<cut])) }
    }
    for _ in 0..<300 {
      var bytes = whole
      bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8.random(
        in: 1...255, using: &random)
      _ = try? PNGFile.decode(bytes)
    }
    #expect(throws: ImageError.self) { try PNGFile.decode([]) }
    #expect(throws: ImageError.self) { try PNGFile.read("/no/such/file.png") }
  }

  @Test func aHugeHeaderIsRefusedBeforeMemoryIsTaken() throws {
    let whole = try PNGFile.encode(Self.picture())
    #expect(throws: ImageError.self) { try PNGFile.decode(whole, pixelLimit: 33 * 20 - 1) }
    #expect(try PNGFile.decode(whole, pixelLimit: 33 * 20).width == 33)
  }

  @Test func shapesCoverTheirInsideOnly() {
    var image = RasterImage(width: 40, height: 40)
    image.fill(RGBColor(red: 0, green: 0, blue: 0)) { x, y in Shape.circle(x, y, radius: 0.5) }
    #expect(image[20, 20] == RGBColor(red: 0, green: 0, blue: 0))
    #expect(image[1, 1] == RGBColor(red: 255, green: 255, blue: 255))
    #expect(Shape.star(0, 0, radius: 1, points: 5, sharpness: 0.5) < 0)
    #expect(Shape.star(0, 1.2, radius: 1, points: 5, sharpness: 0.5) > 0)
    #expect(abs(Shape.star(0, 1, radius: 1, points: 4, sharpness: 0)) < 1e-4)
  }

  @Test func huesAreTheRainbow() {
    #expect(RGBColor(hue: 0, saturation: 1, brightness: 1) == RGBColor(red: 255, green: 0, blue: 0))
    #expect(
      RGBColor(hue: 1.0 / 3, saturation: 1, brightness: 1) == RGBColor(red: 0, green: 255, blue: 0))
    #expect(
      RGBColor(hue: -1.0 / 3, saturation: 1, brightness: 1) == RGBColor(red: 0, green: 0, blue: 255)
    )
    #expect(
      RGBColor(hue: 0.4, saturation: 0, brightness: 1) == RGBColor(red: 255, green: 255, blue: 255))
  }
}
