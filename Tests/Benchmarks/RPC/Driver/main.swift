// Deploy/bench rpc: our echo server beside the two C++ ones, in interleaved rounds.
import Foundation

exit(EchoBenchmark.run(Array(CommandLine.arguments.dropFirst())))
