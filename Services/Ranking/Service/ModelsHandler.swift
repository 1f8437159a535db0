import Artifacts
import RPC
import Rankers
import RecommendationCore
import RecommendationProtos
import ServiceContracts
import ServiceRuntime
import SwiftProtobuf

/// Tells what models there are and what they read, and moves labels.
struct ModelsHandler: Sendable {
  let choice: ModelChoice
  let changes: LabelLog

  func describe(
    _ request: Recsys_Ranking_V1_DescribeRequest
  ) throws -> Recsys_Ranking_V1_DescribeResponse {
    let entry = try choice.entry(request.model)
    let specification = entry.model.specification
    var response = Recsys_Ranking_V1_DescribeResponse()
    response.modelVersion = entry.version
    response.kind = entry.model.kind
    response.fingerprint = specification.fingerprint
    response.userFeatures = specification.userFeatures.proto
    response.itemFeatures = specification.itemFeatures.proto
    response.retrievalFeatures = specification.retrievalFeatures
    response.contextFeatures = specification.contextFeatures
    return response
  }

  func listModels() async throws -> Recsys_Ranking_V1_ListModelsResponse {
    let models = choice.models
    return try await aside {
      let labels = try models.registry.labels(models.kind)
      let failures = models.failures
      let loaded = models.versions
      var response = Recsys_Ranking_V1_ListModelsResponse()
      response.models = models.registry.versions(models.kind).map { version in
        var description = Recsys_Ranking_V1_ModelDescription()
        description.version = version
        description.labels = labels.filter { $0.value == version }.keys.sorted()
        description.loaded = loaded.contains(version)
        description.loadError = failures[version] ?? ""
        do {
          let manifest = try models.registry.manifest(kind: models.kind, version: version)
          description.kind = manifest.parameters["kind"] ?? ""
          description.createTime = Google_Protobuf_Timestamp(
            milliseconds: manifest.createdMilliseconds)
          description.metrics = manifest.metrics
        } catch {
          description.loadError = "\(error)"
        }
        return description
      }
      return response
    }
  }

  func setLabel(
    _ request: Recsys_Ranking_V1_SetLabelRequest
  ) async throws -> Recsys_Ranking_V1_SetLabelResponse {
    var checks = FieldChecks()
    checks.requiredText(request.label, "label", limit: Limits.nameBytes)
    checks.requiredText(request.version, "version", limit: Limits.nameBytes)
    try checks.finish()
    let models = choice.models
    do {
      let previous = try await aside {
        try models.move(label: request.label, to: request.version)
      }
      record(.switched(label: request.label, from: previous, to: request.version))
      var response = Recsys_Ranking_V1_SetLabelResponse()
      response.previousVersion = previous ?? ""
      return response
    } catch {
      record(.failed(label: request.label, version: request.version, reason: "\(error)"))
      throw error
    }
  }

  private func record(_ change: LoadedModels<any Ranker>.Change) {
    changes.record(LabelChange(change, kind: choice.models.kind))
  }

  /// Reading bundles blocks for up to seconds: neither a gRPC thread nor one of the pool that scores.
  private func aside<Result: Sendable>(
    _ work: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    do {
      return try await QuietThread.run(work)
    } catch {
      throw RankingErrors.loading(error)
    }
  }
}
