import Testing

@testable import PipelineJobs

@Suite struct SaturationSearchTests {
  private func search(
    bears limit: Double, _ change: (inout SaturationSearch.Limits) -> Void = { _ in }
  ) async throws -> SaturationSearch.Finding {
    var limits = SaturationSearch.Limits()
    change(&limits)
    return try await SaturationSearch(limits).run { $0 <= limit }
  }

  @Test(arguments: [100.0, 101, 333, 1234, 9999]) func theHighestRateThatIsBorneIsFound(
    _ limit: Double
  ) async throws {
    let finding = try await search(bears: limit)
    let saturation = try #require(finding.saturation)
    #expect(saturation <= limit)
    #expect(limit <= saturation * 1.05)
    #expect(finding.steps.count < 25)
    // Never a rate again, and never one that is known to be borne or too much.
    #expect(Set(finding.steps.map(\.rate)).count == finding.steps.count)
  }

  @Test func itGoesDownWhereTheFirstStepIsTooMuch() async throws {
    let finding = try await search(bears: 17)
    let saturation = try #require(finding.saturation)
    #expect(saturation <= 17 && 17 <= saturation * 1.05)
  }

  @Test func whatBearsNothingHasNoSaturation() async throws {
    let finding = try await search(bears: 0)
    #expect(finding.saturation == nil)
    #expect(finding.steps.allSatisfy { !$0.isBorne })
    #expect(finding.steps.count < 15)
  }

  @Test func itAsksForNoMoreThanAllowed() async throws {
    let finding = try await search(bears: .infinity) { $0.to = 700 }
    #expect(finding.saturation == 700)
    #expect(finding.tooMuch == nil)
    #expect(finding.steps.map(\.rate).max() == 700)
  }
}
