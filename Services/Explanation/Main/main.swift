import ExplanationService
import Foundation
import ServiceRuntime

exit(
  ServiceProgram.run(name: "explanation", defaultPort: 7074) { reader in
    let configuration = try ExplanationConfiguration(reader: reader)
    return { environment in
      try ExplanationParts(configuration: configuration, environment: environment)
    }
  })
