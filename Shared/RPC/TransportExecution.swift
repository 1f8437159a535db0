/// Where Swift jobs run when the transport makes them ready.
public enum TransportExecution {
  /// The executor that handlers run on. A handler that starts tasks of its own gives it to them
  /// (`Task.immediate(executorPreference:)`): without it, each of them hops to another thread when
  /// its answer comes.
  public static var executor: any TaskExecutor { InlineExecutor.shared }
}
