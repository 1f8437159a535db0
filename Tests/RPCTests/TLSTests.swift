import Foundation
import RPC
import SwiftProtobuf
import TestSupport
import Testing

extension TransportTests {
  @Suite struct TLSTests {
    let folder: TemporaryDirectory
    let certificates: Certificates

    init() throws {
      folder = try TemporaryDirectory("tls")
      certificates = try Certificates(in: folder.url)
    }

    private func configuration(mutual: Bool) -> ServerConfiguration {
      var configuration = ServerConfiguration()
      configuration.tls = ServerTLS(
        certificateChainFile: certificates.path("server.pem"),
        privateKeyFile: certificates.path("server.key"),
        clientRootsFile: mutual ? certificates.path("root.pem") : nil)
      return configuration
    }

    private func client(trusting roots: String?, certificate: String? = nil) -> ChannelConfiguration
    {
      var configuration = ChannelConfiguration()
      configuration.retry = nil
      configuration.tls = ClientTLS(
        rootsFile: roots.map(certificates.path),
        certificateChainFile: certificate.map { certificates.path("\($0).pem") },
        privateKeyFile: certificate.map { certificates.path("\($0).key") })
      return configuration
    }

    @Test func aClientThatTrustsTheRootIsServed() async throws {
      try await Harness.run(
        [TestService.plain], configuration: configuration(mutual: false),
        client: client(trusting: "root.pem")
      ) { harness in
        let reply = try await harness.channel.call(TestService.echo, Text("safe"))
        #expect(reply.value == "safe")
      }
    }

    @Test func aPlainTextClientIsNotServed() async throws {
      try await Harness.run([TestService.plain], configuration: configuration(mutual: false)) {
        let channel = $0.channel
        let error = try await failure { try await channel.call(TestService.echo, Text("")) }
        #expect(error.code == .unavailable)
      }
    }

    @Test func aClientThatDoesNotTrustTheRootRefuses() async throws {
      // The client's own certificate is no root of the server's.
      try await Harness.run(
        [TestService.plain], configuration: configuration(mutual: false),
        client: client(trusting: "client.pem")
      ) { harness in
        let error = try await failure {
          try await harness.channel.call(TestService.echo, Text(""))
        }
        #expect(error.code == .unavailable)
      }
    }

    @Test func aServerOfAnotherNameIsRefused() async throws {
      var wrong = client(trusting: "root.pem")
      wrong.tls?.serverName = "elsewhere.test"
      try await Harness.run(
        [TestService.plain], configuration: configuration(mutual: false), client: wrong
      ) { harness in
        let error = try await failure {
          try await harness.channel.call(TestService.echo, Text(""))
        }
        #expect(error.code == .unavailable)
      }
    }

    @Test func aClientsCertificateProvesItsName() async throws {
      let service = TestService.echoing { _, context in
        Text(context.peerIdentity.joined(separator: ","))
      }
      try await Harness.run(
        [service], configuration: configuration(mutual: true),
        client: client(trusting: "root.pem", certificate: "client")
      ) { harness in
        let reply = try await harness.channel.call(TestService.echo, Text(""))
        #expect(reply.value.contains("shop-eu.clients.test"))
      }
    }

    @Test func aClientWithoutACertificateIsNotServedWhereOneIsAsked() async throws {
      try await Harness.run(
        [TestService.plain], configuration: configuration(mutual: true),
        client: client(trusting: "root.pem")
      ) { harness in
        let error = try await failure {
          try await harness.channel.call(TestService.echo, Text(""))
        }
        #expect(error.code == .unavailable)
      }
    }

    @Test func aFileThatIsNotThereIsNamed() throws {
      var configuration = ServerConfiguration()
      configuration.tls = ServerTLS(
        certificateChainFile: folder.path("absent.pem"), privateKeyFile: folder.path("absent.key"))
      let error = #expect(throws: RPCError.self) {
        try Server(configuration: configuration, services: [TestService.plain])
      }
      #expect(error?.message.contains("absent.pem") == true)
    }

    @Test func filesThatAreNoCertificatesDoNotStart() throws {
      let path = folder.path("junk.pem")
      try "junk".write(toFile: path, atomically: true, encoding: .utf8)
      var configuration = ServerConfiguration()
      configuration.tls = ServerTLS(certificateChainFile: path, privateKeyFile: path)
      let server = try Server(configuration: configuration, services: [TestService.plain])
      #expect(throws: RPCError.self) { try server.start() }
    }
  }
}
