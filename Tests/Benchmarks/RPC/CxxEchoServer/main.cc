// The two C++ echo servers that ours is measured against. Both parse and serialize a
// google.protobuf.BytesValue, as ours does, and register the method as generated code would.
//
//   queue     the asynchronous API, one completion queue, one thread
//   callback  the callback API, on the threads that gRPC gives it
//
// Prints its port, serves until its standard input ends.
#include <google/protobuf/wrappers.pb.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/async_unary_call.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/service_type.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <thread>

namespace {

using Message = google::protobuf::BytesValue;
using grpc::internal::RpcMethod;
using grpc::internal::RpcServiceMethod;

constexpr char kPath[] = "/bench.Echo/Echo";

class QueueService : public grpc::Service {
 public:
  QueueService() {
    AddMethod(new RpcServiceMethod(kPath, RpcMethod::NORMAL_RPC, nullptr));
    MarkMethodAsync(0);
  }
  using grpc::Service::RequestAsyncUnary;
};

class Call {
 public:
  Call(QueueService *service, grpc::ServerCompletionQueue *queue)
      : service_(service), queue_(queue), writer_(&context_) {
    service_->RequestAsyncUnary(0, &context_, &request_, &writer_, queue_, queue_, this);
  }

  void proceed(bool ok) {
    if (!ok || answered_) {
      delete this;
      return;
    }
    new Call(service_, queue_);
    answered_ = true;
    Message reply;
    reply.set_value(request_.value());
    writer_.Finish(reply, grpc::Status::OK, this);
  }

 private:
  QueueService *service_;
  grpc::ServerCompletionQueue *queue_;
  grpc::ServerContext context_;
  Message request_;
  grpc::ServerAsyncResponseWriter<Message> writer_;
  bool answered_ = false;
};

class CallbackService : public grpc::Service {
 public:
  CallbackService() {
    AddMethod(new RpcServiceMethod(kPath, RpcMethod::NORMAL_RPC, nullptr));
    MarkMethodCallback(
        0, new grpc::internal::CallbackUnaryHandler<Message, Message>(
               [](grpc::CallbackServerContext *context, const Message *request, Message *reply) {
                 reply->set_value(request->value());
                 auto *reactor = context->DefaultReactor();
                 reactor->Finish(grpc::Status::OK);
                 return reactor;
               }));
  }
};

void serve_until_input_ends(int port) {
  std::printf("%d\n", port);
  std::fflush(stdout);
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
}

}  // namespace

int main(int count, char **arguments) {
  const bool callback = count > 1 && std::strcmp(arguments[1], "callback") == 0;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  QueueService queue_service;
  CallbackService callback_service;
  std::unique_ptr<grpc::ServerCompletionQueue> queue;
  if (callback) {
    builder.RegisterService(&callback_service);
  } else {
    builder.RegisterService(&queue_service);
    queue = builder.AddCompletionQueue();
  }
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server) return 1;
  std::thread poller;
  if (queue) {
    for (int ready = 0; ready < 8; ready++) new Call(&queue_service, queue.get());
    poller = std::thread([&queue] {
      void *tag;
      bool ok;
      while (queue->Next(&tag, &ok)) static_cast<Call *>(tag)->proceed(ok);
    });
  }
  serve_until_input_ends(port);
  server->Shutdown();
  if (queue) queue->Shutdown();
  if (poller.joinable()) poller.join();
  return 0;
}
