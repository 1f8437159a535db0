// A proxy that hands every call on as it is, whatever its method and message, and writes down the sizes. It need not be
// fast: each call has a thread.
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>

#include <chrono>
#include <fstream>
#include <mutex>
#include <thread>

#include "chain.h"

namespace chain {
namespace {

// The file, which all calls share.
class Log {
 public:
  explicit Log(const std::string &path) : file_(path, std::ios::app) {}

  bool is_open() const { return file_.is_open(); }

  void write(const std::string &line) {
    std::lock_guard<std::mutex> lock(mutex_);
    file_ << line << std::endl;
  }

 private:
  std::mutex mutex_;
  std::ofstream file_;
};

long long now_microseconds() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// One call: every operation on it is waited for.
struct Relay {
  grpc::GenericServerContext inbound;
  grpc::GenericServerAsyncReaderWriter stream{&inbound};
  grpc::ClientContext outbound;
  grpc::CompletionQueue queue;

  // Waits for the operation that was just begun.
  bool wait() {
    void *tag;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  }

  void copy_metadata() {
    outbound.set_deadline(inbound.deadline());
    for (const auto &[key, value] : inbound.client_metadata()) {
      const std::string name(key.data(), key.size());
      if (name.rfind("grpc-", 0) == 0 || name == "user-agent" || name == "te" || name == "content-type") continue;
      outbound.AddMetadata(name, std::string(value.data(), value.size()));
    }
  }

  // Hands on the requests, then the responses: right for every kind of method but a conversation.
  void run(grpc::GenericStub &stub, const std::string &name, Log &log) {
    const long long start = now_microseconds();
    copy_metadata();
    auto call = stub.PrepareCall(&outbound, inbound.method(), &queue);
    call->StartCall(this);
    size_t sent = 0, received = 0, requests = 0, replies = 0;
    bool alive = wait();
    while (alive) {
      grpc::ByteBuffer message;
      stream.Read(&message, this);
      if (!wait()) break;
      sent += message.Length();
      requests++;
      call->Write(message, this);
      alive = wait();
    }
    if (alive) {
      call->WritesDone(this);
      wait();
    }
    while (true) {
      grpc::ByteBuffer message;
      call->Read(&message, this);
      if (!wait()) break;
      received += message.Length();
      replies++;
      stream.Write(message, this);
      if (!wait()) outbound.TryCancel();
    }
    grpc::Status status;
    call->Finish(&status, this);
    wait();
    for (const auto &[key, value] : outbound.GetServerTrailingMetadata()) {
      inbound.AddTrailingMetadata(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
    }
    // Before the caller has its answer: whoever has got all answers finds all lines.
    if (requests == 1 && replies <= 1) {
      log.write(name + " " + inbound.method() + " " + std::to_string(sent) + " " + std::to_string(received) + " " +
                std::to_string(start) + " " + std::to_string(status.error_code()) + " " + status.error_message());
    }
    stream.Finish(status, this);
    wait();
    queue.Shutdown();
  }
};

// The door to one server.
class Door {
 public:
  Door(std::string name, const std::string &port, Log &log) : name_(std::move(name)), stub_(connect(port)), log_(log) {
    grpc::ServerBuilder builder;
    listen_locally(builder, &port_);
    builder.SetMaxReceiveMessageSize(-1);
    builder.RegisterAsyncGenericService(&service_);
    queue_ = builder.AddCompletionQueue();
    server_ = builder.BuildAndStart();
  }

  int port() const { return server_ ? port_ : 0; }

  // Serves for ever.
  void serve() {
    while (true) {
      auto *relay = new Relay;
      service_.RequestCall(&relay->inbound, &relay->stream, &relay->queue, queue_.get(), relay);
      void *tag;
      bool ok = false;
      if (!queue_->Next(&tag, &ok) || !ok) return;
      std::thread([this, relay] {
        relay->run(stub_, name_, log_);
        delete relay;
      }).detach();
    }
  }

 private:
  std::string name_;
  grpc::GenericStub stub_;
  Log &log_;
  int port_ = 0;
  grpc::AsyncGenericService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

int run_recorder(const std::vector<std::string> &arguments) {
  if (arguments.size() < 2) return 64;
  Log log(arguments[0]);
  if (!log.is_open()) return 1;
  std::vector<std::unique_ptr<Door>> doors;
  std::string ports;
  for (size_t index = 1; index < arguments.size(); index++) {
    const size_t middle = arguments[index].find('=');
    if (middle == std::string::npos) return 64;
    doors.push_back(
        std::make_unique<Door>(arguments[index].substr(0, middle), arguments[index].substr(middle + 1), log));
    if (doors.back()->port() == 0) return 1;
    ports += (ports.empty() ? "" : " ") + std::to_string(doors.back()->port());
  }
  for (auto &door : doors) std::thread([&door] { door->serve(); }).detach();
  announce(ports);
  wait_until_input_ends();
  // Streams that are still open have nobody who waits for their end.
  std::_Exit(0);
}

}  // namespace chain
