// server.h: the server's half of the shim.
#ifndef CGRPC_SERVER_H
#define CGRPC_SERVER_H

#include <grpcpp/server.h>

#include <deque>
#include <map>
#include <vector>

#include "raw_service.h"

namespace cgrpc {

struct Method {
  const std::string path;
  const cgrpc_call_kind kind;
  const bool background;  // a drain does not wait for its calls
  const int index;        // in its service
  void *const user;       // borrowed from the maker of the server
  RawService *const service;
};

/// The server's settings, with copies of all strings.
struct Settings {
  explicit Settings(const cgrpc_server_options &options);
  cgrpc_server_options options;  // its strings are not used
  std::string host, certificate_chain, private_key, client_roots;
  bool tls;
};

}  // namespace cgrpc

/// Shared by the handle and every call, so that the last of them ends it.
struct ServerState : std::enable_shared_from_this<ServerState> {
  ServerState(const cgrpc_server_options &options, cgrpc_server_handlers handlers)
      : settings(options), handlers(handlers) {}

  // Sets up (server.cc).
  std::string start();
  // Ends (server_shutdown.cc).
  void shutdown(int64_t grace_ms);

  // Counts (server_shutdown.cc): a requested call that has not come, and a call that a drain awaits.
  void request_added();
  void request_ended();
  void call_began();
  void call_ended();
  bool is_stopping() const { return stopping.load(std::memory_order_acquire); }

  cgrpc::Live<CGRPC_KIND_SERVER> live;
  const cgrpc::Settings settings;
  const cgrpc_server_handlers handlers;
  std::map<std::string, std::unique_ptr<cgrpc::RawService>> services;  // by name
  std::deque<cgrpc::Method> methods;                                   // addresses stay
  std::vector<std::shared_ptr<cgrpc::Queue>> queues;                   // shared with calls
  std::unique_ptr<grpc::Server> server;                                // ends before the queues
  int port = 0;

 private:
  bool start_queues();
  void await_own_calls_then_cancel_others();

  std::atomic<bool> stopping{false};
  std::atomic<int64_t> requests{0};
  std::atomic<int64_t> calls{0};
  std::mutex mutex;
  std::condition_variable changed;
  bool is_shut_down = false;    // guarded by mutex
  bool is_watched = false;      // guarded by mutex
};

struct cgrpc_server {
  std::shared_ptr<ServerState> state;
};

namespace cgrpc {
/// Asks gRPC for the next call of a method on a queue (server_call.cc).
void request_call(ServerState &server, const Method &method, const std::shared_ptr<Queue> &queue);
}  // namespace cgrpc

#endif
