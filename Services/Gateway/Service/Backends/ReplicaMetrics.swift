import Metrics
import RPC

/// Counts what happens to calls and replicas: `recsys_gateway_hedges_total{method,outcome}` (sent, won, refused),
/// `recsys_gateway_failovers_total{method}`, `recsys_gateway_replica_changes_total{replica,change}` (unreachable,
/// left_out_silent, left_out_errors, left_out_slow, restored).
enum ReplicaMetrics {
  /// Rare enough for a look-up by name: second calls are a twentieth of the calls at most.
  static func record(_ event: ReplicaEvent) {
    switch event {
    case .hedged(let path): hedge(path, "sent")
    case .hedgeWon(let path): hedge(path, "won")
    case .hedgeRefused(let path): hedge(path, "refused")
    case .failedOver(let path):
      Counter(label: "recsys_gateway_failovers_total", dimensions: [("method", method(path))])
        .increment()
    case .unreachable(let target): change(target, "unreachable")
    case .leftOut(let target, let reason, _): change(target, "left_out_\(reason.rawValue)")
    case .restored(let target): change(target, "restored")
    }
  }

  private static func hedge(_ path: String, _ outcome: String) {
    Counter(
      label: "recsys_gateway_hedges_total",
      dimensions: [("method", method(path)), ("outcome", outcome)]
    ).increment()
  }

  private static func change(_ target: String, _ change: String) {
    Counter(
      label: "recsys_gateway_replica_changes_total",
      dimensions: [("replica", target), ("change", change)]
    ).increment()
  }

  private static func method(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}
