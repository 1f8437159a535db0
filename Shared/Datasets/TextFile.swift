/// Small text files, plain or `.gz`.
public enum TextFile {
  /// The lines of a file, without their ends; bytes that are no UTF-8 become replacement characters.
  ///
  /// - Throws: ``DatasetError`` when the file cannot be read.
  public static func lines(_ path: String) throws -> [String] {
    var lines: [String] = []
    try LineScanner(path: path).forEachLine { line, _ in
      lines.append(String(decoding: line, as: UTF8.self))
    }
    return lines
  }
}
