import Synchronization

/// Takes notes of one run. Sources write to it at the same time.
final class PipelineRecorder: Sendable {
  struct Notes: Sendable {
    var timings: [StageTiming] = []
    var degradations: [Degradation] = []
  }

  private let notes = Mutex(Notes())

  func add(_ timing: StageTiming) { notes.withLock { $0.timings.append(timing) } }

  /// The same trouble is told once.
  func add(_ degradation: Degradation) {
    notes.withLock { notes in
      let isKnown = notes.degradations.contains {
        $0.component == degradation.component && $0.reason == degradation.reason
      }
      if !isKnown { notes.degradations.append(degradation) }
    }
  }

  var current: Notes { notes.withLock { $0 } }
}
