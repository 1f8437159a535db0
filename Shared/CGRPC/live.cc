// live.cc: counts of live handles, for the leak tests.
#include <chrono>

#include "internal.h"

namespace cgrpc {
namespace {

struct Counts {
  std::atomic<int64_t> of[CGRPC_KIND_SLICE + 1] = {};
  std::atomic<int> waiters{0};
  std::mutex mutex;
  std::condition_variable changed;
};

// Never destroyed: handles may still end while the process exits.
Counts &counts() {
  static Counts *const shared = new Counts;
  return *shared;
}

}  // namespace

void live_add(cgrpc_kind kind) { counts().of[kind].fetch_add(1, std::memory_order_relaxed); }

void live_remove(cgrpc_kind kind) {
  Counts &shared = counts();
  if (shared.of[kind].fetch_sub(1) == 1 && shared.waiters.load() > 0) {
    std::lock_guard<std::mutex> lock(shared.mutex);
    shared.changed.notify_all();
  }
}

}  // namespace cgrpc

int64_t cgrpc_live_count(cgrpc_kind kind) { return cgrpc::counts().of[kind].load(); }

bool cgrpc_live_await_none(cgrpc_kind kind, int64_t timeout_ms) {
  cgrpc::Counts &shared = cgrpc::counts();
  std::unique_lock<std::mutex> lock(shared.mutex);
  shared.waiters.fetch_add(1);
  const bool none = shared.changed.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                                            [&] { return shared.of[kind].load() == 0; });
  shared.waiters.fetch_sub(1);
  return none;
}
