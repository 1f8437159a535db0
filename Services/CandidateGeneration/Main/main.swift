import CandidateGenerationService
import Foundation
import ServiceRuntime

exit(
  ServiceProgram.run(name: "candidates", defaultPort: 7071) { reader in
    let configuration = try CandidatesConfiguration(reader: reader)
    return { environment in
      try CandidateParts(configuration: configuration, environment: environment)
    }
  })
