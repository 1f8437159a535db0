internal import CPNG
import Foundation

/// Pictures as PNG (libpng's simplified interface, which keeps its long jumps to itself).
public enum PNGFile {
  /// Larger files than this are not read.
  public static let fileByteLimit = 64 << 20

  /// Writes a picture.
  ///
  /// - Throws: ``ImageError`` when the file cannot be written.
  public static func write(_ image: RasterImage, to path: String) throws {
    do {
      try Data(encode(image)).write(to: URL(fileURLWithPath: path))
    } catch let error as ImageError {
      throw error
    } catch {
      throw ImageError(.file, "cannot write \(path)", cause: error)
    }
  }

  /// A picture as PNG bytes; equal pictures give equal bytes.
  ///
  /// - Throws: ``ImageError`` when libpng refuses it.
  public static func encode(_ image: RasterImage) throws -> [UInt8] {
    var header = emptyHeader()
    header.width = UInt32(image.width)
    header.height = UInt32(image.height)
    header.flags = UInt32(PNG_IMAGE_FLAG_FAST)
    defer { png_image_free(&header) }
    // Twice the raw size holds whatever deflate makes of the rows, and the chunks around them.
    var output = [UInt8](repeating: 0, count: image.bytes.count * 2 + 4096)
    var count = png_alloc_size_t(output.count)
    let written = image.bytes.withUnsafeBytes { pixels in
      output.withUnsafeMutableBytes { memory in
        png_image_write_to_memory(
          &header, memory.baseAddress, &count, 0, pixels.baseAddress, 0, nil)
      }
    }
    guard written != 0 else { throw ImageError(.format, "libpng: \(message(of: header))") }
    output.removeLast(output.count - Int(count))
    return output
  }

  /// Reads a picture of at most so many pixels, of any PNG kind; transparent parts become white.
  ///
  /// - Throws: ``ImageError`` when the file is missing, too large or broken.
  public static func read(_ path: String, pixelLimit: Int = 1 << 24) throws -> RasterImage {
    let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? nil
    guard let size else { throw ImageError(.file, "cannot read \(path)") }
    guard size <= fileByteLimit else { throw ImageError(.tooLarge, "\(path) has \(size) bytes") }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ImageError(.file, "cannot read \(path)")
    }
    return try decode([UInt8](data), pixelLimit: pixelLimit)
  }

  /// A picture from PNG bytes.
  ///
  /// - Throws: ``ImageError`` when the bytes are no PNG, or of more pixels than allowed.
  public static func decode(_ data: [UInt8], pixelLimit: Int = 1 << 24) throws -> RasterImage {
    var header = emptyHeader()
    defer { png_image_free(&header) }
    // libpng keeps the pointer from the first call to the second: both stay inside the closure.
    return try data.withUnsafeBytes { bytes in
      guard png_image_begin_read_from_memory(&header, bytes.baseAddress, bytes.count) != 0 else {
        throw ImageError(.format, "no PNG: \(message(of: header))")
      }
      let (width, height) = (Int(header.width), Int(header.height))
      guard width > 0, height > 0, width <= pixelLimit / height else {
        throw ImageError(.tooLarge, "\(width) x \(height) pixels; at most \(pixelLimit) are read")
      }
      header.format = UInt32(PNG_FORMAT_FLAG_COLOR)
      var pixels = [UInt8](repeating: 0, count: width * height * 3)
      var white = png_color(red: 255, green: 255, blue: 255)
      let read = pixels.withUnsafeMutableBytes {
        png_image_finish_read(&header, &white, $0.baseAddress, 0, nil)
      }
      guard read != 0, let image = RasterImage(width: width, height: height, bytes: pixels) else {
        throw ImageError(.format, "broken PNG: \(message(of: header))")
      }
      return image
    }
  }

  private static func emptyHeader() -> png_image {
    var header = png_image()
    header.version = UInt32(PNG_IMAGE_VERSION)
    header.format = UInt32(PNG_FORMAT_FLAG_COLOR)
    return header
  }

  private static func message(of header: png_image) -> String {
    withUnsafeBytes(of: header.message) { text in
      String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
