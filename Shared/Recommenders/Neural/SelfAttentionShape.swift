/// The sizes of a self-attentive sequence model.
public struct SelfAttentionShape: Sendable, Equatable {
  /// Added to variances in layer normalisation, while learning and after.
  public static let normEpsilon: Float = 1e-5
  /// Number of items.
  public var items: Int
  /// Values of an item's vector.
  public var width: Int
  /// Heads of attention; they share the width evenly.
  public var heads: Int
  /// Layers of attention.
  public var layers: Int
  /// Items of a history that are looked at: the last ones.
  public var maximumLength: Int

  /// Sizes.
  ///
  /// - Throws: ``RecommenderError/Code/invalidArgument`` when one is not positive or the heads do not share the
  ///   width evenly.
  public init(items: Int, width: Int, heads: Int, layers: Int, maximumLength: Int) throws {
    guard items > 0, width > 0, heads > 0, layers > 0, maximumLength > 0 else {
      throw RecommenderError(.invalidArgument, "sizes above 0 wanted")
    }
    guard width.isMultiple(of: heads) else {
      throw RecommenderError(.invalidArgument, "\(heads) heads do not share a width of \(width)")
    }
    self.items = items
    self.width = width
    self.heads = heads
    self.layers = layers
    self.maximumLength = maximumLength
  }

  /// As a file keeps it.
  var metadata: [String: String] {
    [
      "kind": "sasrec", "items": "\(items)", "width": "\(width)", "heads": "\(heads)",
      "layers": "\(layers)", "maximum_length": "\(maximumLength)",
    ]
  }

  init(metadata: [String: String]) throws {
    func number(_ name: String) throws -> Int {
      guard let number = metadata[name].flatMap({ Int($0) }) else {
        throw RecommenderError(.invalidArgument, "the file does not say its \(name)")
      }
      return number
    }
    try self.init(
      items: number("items"), width: number("width"), heads: number("heads"),
      layers: number("layers"), maximumLength: number("maximum_length"))
  }
}
