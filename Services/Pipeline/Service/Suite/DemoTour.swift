import RPC
import RecommendationProtos
import ServiceContracts

/// What the demonstration shows beside the first slates: the next page, a filter at work, items alike.
struct DemoTour: Sendable {
  let client: GatewayClient
  let printer: SlatePrinter
  /// What a slate is asked with, but for the subject.
  let request: @Sendable (Recsys_Gateway_V1_Subject) -> Recsys_Gateway_V1_RecommendRequest

  /// Shows them for one visitor.
  ///
  /// - Parameters:
  ///   - first: the visitor's first slate.
  ///   - output: takes the text.
  /// - Returns: whether every answer came whole, and was what it should be.
  func show(
    _ persona: Persona, first: Recsys_Gateway_V1_RecommendResponse,
    _ output: @Sendable (String) -> Void
  ) async throws -> Bool {
    let isPaged = try await nextPage(persona, first, output)
    let isFiltered = try await filtered(persona, first, output)
    let isAlike = try await similar(first, output)
    return isPaged && isFiltered && isAlike
  }

  private var options: CallOptions { CallOptions(timeout: .seconds(5), waitForReady: true) }

  private func nextPage(
    _ persona: Persona, _ first: Recsys_Gateway_V1_RecommendResponse,
    _ output: @Sendable (String) -> Void
  ) async throws -> Bool {
    guard !first.nextCursor.isEmpty else {
      output("\n── \(persona.title): there is no second page ──")
      return true
    }
    var request = request(persona.subject)
    request.cursor = first.nextCursor
    let second = try await client.recommend(request, options: options)
    output("\n── \(persona.title), the next page ──\n" + printer.text(second))
    let repeated = Set(first.items.map(\.itemID)).intersection(second.items.map(\.itemID))
    if !repeated.isEmpty { output("  the page repeats \(repeated.sorted())") }
    return repeated.isEmpty && second.degraded.isEmpty && !second.items.isEmpty
  }

  /// Only the category that the slate has most of, and of that only what is older than the slate's newest item.
  private func filtered(
    _ persona: Persona, _ first: Recsys_Gateway_V1_RecommendResponse,
    _ output: @Sendable (String) -> Void
  ) async throws -> Bool {
    guard let category = printer.commonCategory(first) else { return true }
    var request = request(persona.subject)
    request.filter.anyCategories = [category]
    var words = "only \(category)"
    if let newest = printer.newestYear(first) {
      var range = Recsys_Common_V1_NumericRange()
      range.attribute = "year"
      range.max = Double(newest - 1)
      request.filter.ranges = [range]
      words += ", before \(newest)"
    }
    let response = try await client.recommend(request, options: options)
    output("\n── \(persona.title), \(words) ──\n" + printer.text(response))
    let strays = response.items.filter { !printer.has($0, category: category) }
    if !strays.isEmpty { output("  not of \(category): \(strays.map(\.itemID))") }
    return strays.isEmpty && response.degraded.isEmpty
  }

  private func similar(
    _ first: Recsys_Gateway_V1_RecommendResponse, _ output: @Sendable (String) -> Void
  ) async throws -> Bool {
    guard let item = first.items.first else { return true }
    var request = Recsys_Gateway_V1_SimilarItemsRequest()
    request.itemID = item.itemID
    request.count = 5
    request.similarity = .blended
    let response = try await client.similarItems(request, options: options)
    let titles = response.items.map(\.title).joined(separator: "; ")
    output("\n── alike to \(item.title), by behaviour and content ──\n     \(titles)")
    return !response.items.isEmpty && !response.items.contains { $0.itemID == item.itemID }
  }
}
