/// Makes columns of the lines of a file. It knows nothing of other lines, so that blocks are read side by side.
protocol RowParser: Sendable {
  /// What one thread keeps between lines, e.g. room for the places of fields.
  associatedtype Scratch
  func makeScratch() -> Scratch

  /// Adds a line's row to a block, or refuses it there.
  ///
  /// - Parameter line: its number in the block, from 1.
  /// - Throws: ``UnreadableByLine`` when the file cannot be read line by line.
  func parse(
    _ bytes: FieldParser.Bytes, line: Int, scratch: inout Scratch, into block: inout RowBlock)
    throws
}

/// A file's rows may span lines (quoted fields): it must be read from one end to the other.
struct UnreadableByLine: Error {}
