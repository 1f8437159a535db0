// The chain's gateway: a request comes in, one call after the other goes out, an answer goes back. Server and clients
// share one completion queue and one thread, as the suite's gateway does.
#include <google/protobuf/wrappers.pb.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/async_unary_call.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/service_type.h>

#include <map>
#include <optional>
#include <thread>

#include "chain.h"

namespace chain {
namespace {

using Message = google::protobuf::BytesValue;
using Stub = grpc::TemplatedGenericStub<Message, Message>;
using grpc::internal::RpcMethod;
using grpc::internal::RpcServiceMethod;

struct Step {
  Stub *stub;
  std::string path;
  std::string request;
};

struct Work {
  std::string reply;
  std::vector<Step> steps;
  std::map<std::string, std::unique_ptr<Stub>> stubs;
};

constexpr char kPath[] = "/bench.Chain/Recommend";

class GatewayService : public grpc::Service {
 public:
  GatewayService() {
    AddMethod(new RpcServiceMethod(kPath, RpcMethod::NORMAL_RPC, nullptr));
    MarkMethodAsync(0);
  }
  using grpc::Service::RequestAsyncUnary;
};

class Call {
 public:
  Call(GatewayService *service, grpc::ServerCompletionQueue *queue, const Work *work)
      : service_(service), queue_(queue), work_(work), writer_(&context_) {
    service_->RequestAsyncUnary(0, &context_, &request_, &writer_, queue_, queue_, this);
  }

  void proceed(bool ok) {
    switch (state_) {
      case State::waiting:
        if (!ok) break;
        new Call(service_, queue_, work_);
        state_ = State::calling;
        return next();
      case State::calling:
        if (!outbound_->status.ok()) return finish(outbound_->status);
        return next();
      case State::answered:
        break;
    }
    delete this;
  }

 private:
  enum class State { waiting, calling, answered };

  struct Outbound {
    grpc::ClientContext context;
    Message reply;
    grpc::Status status;
    std::unique_ptr<grpc::ClientAsyncResponseReader<Message>> reader;
  };

  void next() {
    if (done_ == work_->steps.size()) return finish(grpc::Status::OK);
    const Step &step = work_->steps[done_++];
    outbound_.emplace();
    // The client's deadline goes on, as it does in the suite.
    outbound_->context.set_deadline(context_.deadline());
    Message request;
    request.set_value(step.request);
    outbound_->reader = step.stub->PrepareUnaryCall(&outbound_->context, step.path, request, queue_);
    outbound_->reader->StartCall();
    outbound_->reader->Finish(&outbound_->reply, &outbound_->status, this);
  }

  void finish(const grpc::Status &status) {
    state_ = State::answered;
    Message reply;
    if (status.ok()) {
      reply.set_value(work_->reply);
      writer_.Finish(reply, status, this);
    } else {
      writer_.FinishWithError(status, this);
    }
  }

  GatewayService *service_;
  grpc::ServerCompletionQueue *queue_;
  const Work *work_;
  grpc::ServerContext context_;
  Message request_;
  grpc::ServerAsyncResponseWriter<Message> writer_;
  std::optional<Outbound> outbound_;
  size_t done_ = 0;
  State state_ = State::waiting;
};

bool parse(const std::vector<std::string> &arguments, Work &work) {
  if (arguments.size() < 2) return false;
  work.reply = value_of_wire_size(std::stoul(arguments[0]));
  for (size_t index = 1; index < arguments.size(); index++) {
    const std::string &text = arguments[index];
    const size_t first = text.find(':');
    const size_t second = text.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) return false;
    const std::string port = text.substr(0, first);
    auto &stub = work.stubs[port];
    if (!stub) stub = std::make_unique<Stub>(connect(port));
    work.steps.push_back({stub.get(), method_path(text.substr(first + 1, second - first - 1)),
                          value_of_wire_size(std::stoul(text.substr(second + 1)))});
  }
  return true;
}

}  // namespace

int run_gateway(const std::vector<std::string> &arguments) {
  Work work;
  if (!parse(arguments, work)) return 64;
  GatewayService service;
  grpc::ServerBuilder builder;
  int port = 0;
  listen_locally(builder, &port);
  builder.RegisterService(&service);
  auto queue = builder.AddCompletionQueue();
  auto server = builder.BuildAndStart();
  if (!server) return 1;
  for (int ready = 0; ready < 64; ready++) new Call(&service, queue.get(), &work);
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
