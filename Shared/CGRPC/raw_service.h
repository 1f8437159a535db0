// raw_service.h: the one place that leans on what gRPC C++ 1.51 calls internal.
//
// gRPC C++ offers registered methods only to generated code. A generated service is a subclass of
// grpc::Service that adds its methods and calls the protected Request… functions; this one does the
// same with a list of paths given at run time and raw bytes as messages. Registered methods cost up
// to 13 % less than a generic service, are listed by reflection, and leave unknown methods to gRPC
// (TRANSPORT.md sections 2 and 6). With another version of gRPC, compare impl/service_type.h and
// impl/rpc_service_method.h with what is used here, run the tests, and raise the number.
#ifndef CGRPC_RAW_SERVICE_H
#define CGRPC_RAW_SERVICE_H

#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/service_type.h>

#include "internal.h"

static_assert(GRPC_CPP_VERSION_MAJOR == 1 && GRPC_CPP_VERSION_MINOR == 51,
              "raw_service.h was read against gRPC C++ 1.51");

namespace cgrpc {

class RawService final : public grpc::Service {
 public:
  /// Adds a method; `path` must outlive the server. Methods are numbered in order.
  void add(const char *path, cgrpc_call_kind kind) {
    const int index = count_++;
    AddMethod(new grpc::internal::RpcServiceMethod(path, type(kind), nullptr));
    MarkMethodRaw(index);
  }

  using grpc::Service::RequestAsyncBidiStreaming;
  using grpc::Service::RequestAsyncClientStreaming;
  using grpc::Service::RequestAsyncServerStreaming;
  using grpc::Service::RequestAsyncUnary;

 private:
  static grpc::internal::RpcMethod::RpcType type(cgrpc_call_kind kind) {
    switch (kind) {
      case CGRPC_CALL_CLIENT_STREAMING: return grpc::internal::RpcMethod::CLIENT_STREAMING;
      case CGRPC_CALL_SERVER_STREAMING: return grpc::internal::RpcMethod::SERVER_STREAMING;
      case CGRPC_CALL_BIDIRECTIONAL: return grpc::internal::RpcMethod::BIDI_STREAMING;
      default: return grpc::internal::RpcMethod::NORMAL_RPC;
    }
  }

  int count_ = 0;
};

}  // namespace cgrpc

#endif
