// Our echo server, to be measured against the C++ ones: a plain RPC service with an async handler.
// Prints its port, serves until its standard input ends.
import Foundation
import RPC
import SwiftProtobuf

typealias Message = Google_Protobuf_BytesValue

var service = ServiceDefinition("bench.Echo")
service.unary(UnaryMethod<Message, Message>(service: "bench.Echo", name: "Echo")) { request, _ in
  Message(request.value)
}
let server = try Server(services: [service])
try server.start()
try FileHandle.standardOutput.write(contentsOf: Data("\(server.port)\n".utf8))
while let bytes = try FileHandle.standardInput.read(upToCount: 1), !bytes.isEmpty {}
server.shutdown(grace: .seconds(1))
