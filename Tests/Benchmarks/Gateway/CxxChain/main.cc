// The bare C++ chain of services that Deploy/bench gateway compares the suite with, and the recording proxy.
//
//   leaf METHOD=REPLY_BYTES ...            a server with these methods; prints its port
//   gateway REPLY_BYTES PORT:METHOD:REQUEST_BYTES ...
//                                          a server whose method Recommend makes these calls in order; prints its port
//   record FILE NAME=PORT ...              a proxy to each of these ports; prints its own ports in the same order;
//                                          appends a line for each unary call to FILE:
//                                          NAME PATH REQUEST_BYTES REPLY_BYTES START_MICROSECONDS STATUS [MESSAGE]
//
// All servers use the asynchronous API with one completion queue and one thread: the leanest that gRPC C++ has
// here (see TRANSPORT.md's figures). Each serves until its standard input ends.
#include <google/protobuf/wrappers.pb.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "chain.h"

namespace chain {

std::string value_of_wire_size(size_t bytes) {
  google::protobuf::BytesValue message;
  size_t length = bytes;
  // Tag and length take two to six bytes, by the length.
  while (length > 0) {
    message.set_value(std::string(length, 'x'));
    if (message.ByteSizeLong() <= bytes) break;
    length--;
  }
  return length > 0 ? message.value() : std::string();
}

void announce(const std::string &line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

void wait_until_input_ends() {
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
}

void listen_locally(grpc::ServerBuilder &builder, int *port) {
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), port);
}

std::shared_ptr<grpc::Channel> connect(const std::string &port) {
  grpc::ChannelArguments options;
  options.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  options.SetMaxReceiveMessageSize(-1);
  options.SetMaxSendMessageSize(-1);
  return grpc::CreateCustomChannel("127.0.0.1:" + port, grpc::InsecureChannelCredentials(), options);
}

}  // namespace chain

int main(int count, char **arguments) {
  const std::vector<std::string> rest(arguments + (count > 2 ? 2 : count), arguments + count);
  const std::string role = count > 1 ? arguments[1] : "";
  int code = 64;
  if (role == "leaf") code = chain::run_leaf(rest);
  if (role == "gateway") code = chain::run_gateway(rest);
  if (role == "record") code = chain::run_recorder(rest);
  if (code == 64) std::fprintf(stderr, "bench-chain-cxx: wrong arguments; see main.cc\n");
  return code;
}
