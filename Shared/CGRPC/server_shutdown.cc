// server_shutdown.cc: the graceful end of a server.
//
// The order matters (TRANSPORT.md section 6): gRPC aborts the process when a call is answered after
// its queue was shut down. So: Server::Shutdown, then wait until no call and no request lives, then
// close the queues, whose own count waits for outbound calls, then let go of the server.
#include <grpc/grpc.h>

#include <thread>

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
  }
  std::thread watcher([this] { await_own_calls_then_cancel_others(); });
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(grace_ms));
  watcher.join();
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
  std::thread([state = std::move(server->state), context, on_destroyed]() mutable {
    state->shutdown(0);
    state->server.reset();
    state.reset();
    if (on_destroyed) on_destroyed(context);
  }).detach();
  delete server;
}
