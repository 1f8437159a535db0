import Foundation
import GatewayService
import ServiceRuntime

exit(
  ServiceProgram.run(name: "gateway", defaultPort: 7070) { reader in
    let configuration = try GatewayConfiguration(settings: reader)
    return { environment in
      try GatewayParts(configuration: configuration, environment: environment)
    }
  })
