// A server behind the chain's gateway: parses the request, answers with a message of a given size.
#include <google/protobuf/wrappers.pb.h>
#include <grpcpp/impl/codegen/async_unary_call.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/service_type.h>

#include <deque>
#include <thread>

#include "chain.h"

namespace chain {
namespace {

using Message = google::protobuf::BytesValue;
using grpc::internal::RpcMethod;
using grpc::internal::RpcServiceMethod;

struct Method {
  std::string path;
  std::string reply;
};

class LeafService : public grpc::Service {
 public:
  explicit LeafService(const std::deque<Method> &methods) {
    int index = 0;
    for (const Method &method : methods) {
      AddMethod(new RpcServiceMethod(method.path.c_str(), RpcMethod::NORMAL_RPC, nullptr));
      MarkMethodAsync(index++);
    }
  }
  using grpc::Service::RequestAsyncUnary;
};

class Call {
 public:
  Call(LeafService *service, grpc::ServerCompletionQueue *queue, int index, const Method *method)
      : service_(service), queue_(queue), index_(index), method_(method), writer_(&context_) {
    service_->RequestAsyncUnary(index_, &context_, &request_, &writer_, queue_, queue_, this);
  }

  void proceed(bool ok) {
    if (!ok || answered_) {
      delete this;
      return;
    }
    new Call(service_, queue_, index_, method_);
    answered_ = true;
    Message reply;
    reply.set_value(method_->reply);
    writer_.Finish(reply, grpc::Status::OK, this);
  }

 private:
  LeafService *service_;
  grpc::ServerCompletionQueue *queue_;
  int index_;
  const Method *method_;
  grpc::ServerContext context_;
  Message request_;
  grpc::ServerAsyncResponseWriter<Message> writer_;
  bool answered_ = false;
};

}  // namespace

int run_leaf(const std::vector<std::string> &arguments) {
  std::deque<Method> methods;
  for (const std::string &argument : arguments) {
    const size_t middle = argument.find('=');
    if (middle == std::string::npos) return 64;
    methods.push_back({method_path(argument.substr(0, middle)),
                       value_of_wire_size(std::stoul(argument.substr(middle + 1)))});
  }
  if (methods.empty()) return 64;
  LeafService service(methods);
  grpc::ServerBuilder builder;
  int port = 0;
  listen_locally(builder, &port);
  builder.SetMaxReceiveMessageSize(-1);
  builder.RegisterService(&service);
  auto queue = builder.AddCompletionQueue();
  auto server = builder.BuildAndStart();
  if (!server) return 1;
  for (size_t index = 0; index < methods.size(); index++) {
    for (int ready = 0; ready < 8; ready++) {
      new Call(&service, queue.get(), static_cast<int>(index), &methods[index]);
    }
  }
  std::thread poller([&queue] {
    void *tag;
    bool ok;
    while (queue->Next(&tag, &ok)) static_cast<Call *>(tag)->proceed(ok);
  });
  announce(std::to_string(port));
  wait_until_input_ends();
  server->Shutdown();
  queue->Shutdown();
  poller.join();
  return 0;
}

}  // namespace chain
