import Dispatch
import Foundation
import RecommendationCore

/// Reads a file of interactions in blocks of lines: parsed on all cores, taken into a builder in their order, so
/// that the result does not depend on the number of threads. Memory is the columns of the result and a few blocks.
struct InteractionFile<Parser: RowParser> {
  let path: String
  let parser: Parser
  /// The file's first line is no row.
  var hasHeader = false
  /// Bytes of a block; small in tests.
  var blockBytes = 4 << 20

  /// Reads all rows.
  ///
  /// - Returns: rows read, dropped ones too.
  /// - Throws: ``DatasetError``, and ``UnreadableByLine`` where the parser gave up.
  func read(into builder: inout DatasetBuilder, _ progress: ProgressReport?) throws -> Int {
    let source = try BlockSource(path: path, blockBytes: blockBytes)
    let threads = ParallelParts.threads
    let line = AssemblyLine<RowBlock>(makers: threads)
    let group = DispatchGroup()
    for _ in 0..<threads {
      DispatchQueue.global().async(group: group) { [parser, hasHeader] in
        do {
          var scratch = parser.makeScratch()
          while let block = try source.next() {
            let rows = try Self.parse(block, parser, &scratch, hasHeader: hasHeader)
            if !line.put(rows, at: block.index) { break }
          }
          line.finish(nil)
        } catch {
          line.finish(error)
        }
      }
    }
    defer {
      line.stop()
      group.wait()
    }
    var lines = 0
    var rows = 0
    while let block = try line.take() {
      builder.take(block, linesBefore: lines, rowsBefore: rows, path: path)
      lines += block.lines
      rows += block.rows
      progress?(
        ReadProgress(
          file: path, bytesRead: source.fileBytesRead, bytesTotal: source.fileBytes, rows: rows))
    }
    return rows
  }

  private static func parse(
    _ block: BlockSource.Block, _ parser: Parser, _ scratch: inout Parser.Scratch, hasHeader: Bool
  ) throws -> RowBlock {
    var rows = RowBlock(bytes: block.bytes.count)
    try block.bytes.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return }
      var start = 0
      while start < bytes.count {
        let found = memchr(base + start, 0x0a, bytes.count - start)
        let end =
          found.map { UnsafeRawPointer(base).distance(to: UnsafeRawPointer($0)) } ?? bytes.count
        rows.lines += 1
        let stop = end > start && base[end - 1] == 0x0d ? end - 1 : end
        if !(hasHeader && block.index == 0 && rows.lines == 1) {
          try parser.parse(
            FieldParser.Bytes(start: base + start, count: stop - start), line: rows.lines,
            scratch: &scratch, into: &rows)
        }
        start = end + 1
      }
    }
    return rows
  }
}
