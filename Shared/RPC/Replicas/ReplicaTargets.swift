/// The replicas that a target lists.
enum ReplicaTargets {
  /// The targets of the single replicas of `host:port,host:port` (with or without `ipv4:` or `ipv6:` in front);
  /// nil when the target names one address, or leaves the addresses to a resolver.
  static func parse(_ target: String) -> [String]? {
    var list = target[...]
    var prefix = ""
    for scheme in ["ipv4:", "ipv6:"] where list.hasPrefix(scheme) {
      list = list.dropFirst(scheme.count)
      prefix = scheme
    }
    guard list.contains(","), prefix != "" || !list.contains("://") else { return nil }
    let addresses = list.split(separator: ",", omittingEmptySubsequences: true)
      .map { $0.filter { !$0.isWhitespace } }.filter { !$0.isEmpty }
    return addresses.count > 1 ? addresses.map { prefix + $0 } : nil
  }
}
