import Foundation
internal import SwiftProtobuf

/// `grpc.reflection`: lists the services, and serves the descriptors that it was given.
///
/// Tools ask under two names, v1 and the older v1alpha, with the same messages.
struct ReflectionService: Sendable {
  static let names = [
    "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection",
  ]
  typealias Request = Grpc_Reflection_V1_ServerReflectionRequest
  typealias Response = Grpc_Reflection_V1_ServerReflectionResponse

  let services: [String]
  let descriptors: DescriptorIndex

  /// The services as the server offers them.
  var definitions: [ServiceDefinition] {
    Self.names.map { name in
      var service = ServiceDefinition(name)
      service.bidirectional(path: "/\(name)/ServerReflectionInfo") {
        (requests: RequestStream<Request>, _, writer: ResponseWriter<Response>) in
        for try await request in requests { try await writer.write(answer(request)) }
      }
      return service
    }
  }

  private func answer(_ request: Request) -> Response {
    .with {
      $0.validHost = request.host
      $0.originalRequest = request
      $0.messageResponse = response(to: request)
    }
  }

  private func response(to request: Request) -> Response.OneOf_MessageResponse {
    switch request.messageRequest {
    case .listServices:
      return .listServicesResponse(
        .with { $0.service = services.sorted().map { name in .with { $0.name = name } } })
    case .fileByFilename(let name):
      return files(descriptors.closure(ofFile: name), "file", name)
    case .fileContainingSymbol(let symbol):
      return files(descriptors.closure(ofSymbol: symbol), "symbol", symbol)
    case .fileContainingExtension(let wanted):
      return files(
        descriptors.closure(ofExtension: wanted.extensionNumber, of: wanted.containingType),
        "extension of", wanted.containingType)
    case .allExtensionNumbersOfType(let message):
      guard let numbers = descriptors.extensionNumbers(of: message) else {
        return notFound("message", message)
      }
      return .allExtensionNumbersResponse(
        .with {
          $0.baseTypeName = message
          $0.extensionNumber = numbers
        })
    case nil:
      return error(.invalidArgument, "The request asks for nothing.")
    }
  }

  private func files(
    _ files: [[UInt8]]?, _ kind: String, _ name: String
  ) -> Response.OneOf_MessageResponse {
    guard let files else { return notFound(kind, name) }
    return .fileDescriptorResponse(.with { $0.fileDescriptorProto = files.map { Data($0) } })
  }

  private func notFound(_ kind: String, _ name: String) -> Response.OneOf_MessageResponse {
    error(.notFound, "There is no \(kind) \"\(name)\" here.")
  }

  private func error(_ code: StatusCode, _ message: String) -> Response.OneOf_MessageResponse {
    .errorResponse(
      .with {
        $0.errorCode = Int32(code.rawValue)
        $0.errorMessage = message
      })
  }
}
