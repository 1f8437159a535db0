/// A colour of 8 bits a channel.
public struct RGBColor: Sendable, Hashable {
  /// Red.
  public var red: UInt8
  /// Green.
  public var green: UInt8
  /// Blue.
  public var blue: UInt8

  /// A colour from its channels.
  public init(red: UInt8, green: UInt8, blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// A colour from hue (turns; any number), saturation and brightness (0 to 1).
  public init(hue: Float, saturation: Float, brightness: Float) {
    let sector = (hue - hue.rounded(.down)) * 6
    let high = min(max(brightness, 0), 1)
    let chroma = high * min(max(saturation, 0), 1)
    func channel(_ offset: Float) -> UInt8 {
      let place = (offset + sector).truncatingRemainder(dividingBy: 6)
      let share = min(max(min(place, 4 - place), 0), 1)
      return UInt8(((high - chroma * share) * 255).rounded())
    }
    self.init(red: channel(5), green: channel(3), blue: channel(1))
  }
}
