// server_shutdown.cc: the graceful end of a server.
//
// The order matters (TRANSPORT.md section 6): gRPC aborts the process when a call is answered after
// its queue was shut down. So: Server::Shutdown, then wait until no call and no request lives, then
// close the queues, whose own count waits for outbound calls, then let go of the server.
#include <grpc/grpc.h>

#include "server.h"

void ServerState::request_added() { requests.fetch_add(1); }

void ServerState::request_ended() {
  if (requests.fetch_sub(1) == 1 && is_stopping()) {
    std::lock_guard<std::mutex> lock(mutex);
    changed.notify_all();
  }
}

void ServerState::call_began() { calls.fetch_add(1); }

void ServerState::call_ended() {
  if (calls.fetch_sub(1) == 1 && is_stopping()) {
    std::lock_guard<std::mutex> lock(mutex);
    changed.notify_all();
  }
}

void ServerState::await_own_calls_then_cancel_others() {
  {
    // gRPC ends the requested calls when its shutdown has begun, so once none is left no new call
    // can come.
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [this] { return requests.load() == 0 && calls.load() == 0; });
  }
  // What is left are calls of background methods: a health watcher would hold the drain until the
  // end of the grace.
  grpc_server_cancel_all_calls(server->c_server());
  std::lock_guard<std::mutex> lock(mutex);
  is_watched = false;
  changed.notify_all();
}

void ServerState::shutdown(int64_t grace_ms) {
  {
    std::unique_lock<std::mutex> lock(mutex);
    if (!server || is_shut_down) return;
    if (is_stopping()) {
      changed.wait(lock, [this] { return is_shut_down; });
      return;
    }
    stopping.store(true, std::memory_order_release);
    is_watched = true;
  }
  if (!cgrpc::start_thread([this] { await_own_calls_then_cancel_others(); })) {
    // Without a thread for it, calls of background methods last until the end of the grace.
    std::lock_guard<std::mutex> lock(mutex);
    is_watched = false;
  }
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(grace_ms));
  {
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [this] {
      return !is_watched && requests.load() == 0 && calls.load() == 0;
    });
  }
  for (const auto &queue : queues) queue->close();
  for (const auto &queue : queues) queue->await_end();
  server->Wait();
  std::lock_guard<std::mutex> lock(mutex);
  is_shut_down = true;
  changed.notify_all();
}

void cgrpc_server_shutdown(cgrpc_server *server, int64_t grace_ms) {
  server->state->shutdown(grace_ms);
}

void cgrpc_server_destroy(cgrpc_server *server, void *context, void (*on_destroyed)(void *)) {
  // In a thread of its own: the last reference may be dropped by a handler, on a queue thread.
  auto state = std::make_shared<std::shared_ptr<ServerState>>(std::move(server->state));
  const bool ends = cgrpc::start_thread([state, context, on_destroyed] {
    (*state)->shutdown(0);
    (*state)->server.reset();
    state->reset();
    if (on_destroyed) on_destroyed(context);
  });
  // Without a thread to end it, it must stay: waiting here could be waiting for this very thread.
  if (!ends) new std::shared_ptr<ServerState>(*state);
  delete server;
}
