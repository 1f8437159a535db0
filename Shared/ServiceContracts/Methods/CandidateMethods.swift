import RPC
import RecommendationProtos

/// The methods of `recsys.candidates.v1.CandidateService`.
public enum CandidateMethods {
  /// Full name of the service.
  public static let service = "recsys.candidates.v1.CandidateService"

  /// Candidates of each source asked for.
  public static let retrieve = UnaryMethod<
    Recsys_Candidates_V1_RetrieveRequest, Recsys_Candidates_V1_RetrieveResponse
  >(service: service, name: "Retrieve", isRead: true)

  /// Neighbours of items.
  public static let similar = UnaryMethod<
    Recsys_Candidates_V1_SimilarRequest, Recsys_Candidates_V1_SimilarResponse
  >(service: service, name: "Similar", isRead: true)

  /// The sources that this endpoint offers.
  public static let listSources = UnaryMethod<
    Recsys_Candidates_V1_ListSourcesRequest, Recsys_Candidates_V1_ListSourcesResponse
  >(service: service, name: "ListSources")
}
