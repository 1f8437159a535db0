import FeatureService
import Foundation
import ServiceRuntime

exit(
  ServiceProgram.run(name: "features", defaultPort: 7072) { reader in
    let configuration = try FeatureConfiguration(reader: reader)
    return { environment in
      try FeatureParts(configuration: configuration, environment: environment)
    }
  })
