import Foundation
import RankingService
import ServiceRuntime

exit(
  ServiceProgram.run(name: "ranking", defaultPort: 7073) { reader in
    let configuration = try RankingConfiguration(reader: reader)
    return { environment in
      RankingParts(configuration: configuration, environment: environment)
    }
  })
