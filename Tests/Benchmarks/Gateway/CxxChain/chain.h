// The bare C++ chain that the suite is measured against, and the proxy that records what the suite says.
// See main.cc for how each part is called.
#pragma once
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

namespace chain {

// The service whose methods the chain's servers have.
inline std::string method_path(const std::string &method) { return "/bench.Chain/" + method; }

// A google.protobuf.BytesValue that takes exactly `bytes` on the wire. (A value of 1 byte cannot be made: the tag and
// the length of a field take 2.)
std::string value_of_wire_size(size_t bytes);

// A server behind the gateway: answers each of its methods with a message of a size.
int run_leaf(const std::vector<std::string> &arguments);

// The chain's gateway: for each request, calls one step after the other, then answers.
int run_gateway(const std::vector<std::string> &arguments);

// A proxy that hands every call on and writes down its method and sizes.
int run_recorder(const std::vector<std::string> &arguments);

// Prints one line at once.
void announce(const std::string &line);

// Returns when standard input ends: when whoever started this process has gone, or wants it to go.
void wait_until_input_ends();

// A plain local server's builder; the port goes to `port` once it is started.
void listen_locally(grpc::ServerBuilder &builder, int *port);

// A connection of its own, shared with no other channel of this process.
std::shared_ptr<grpc::Channel> connect(const std::string &port);

}  // namespace chain
