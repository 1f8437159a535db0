// pool.cc: a bounded pool of compute threads.
#include <pthread.h>

#include <deque>

#include "internal.h"

/// Shared by the handle and its threads; ends with the last of them.
struct PoolState {
  cgrpc::Live<CGRPC_KIND_POOL> live;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::pair<void *, cgrpc_pool_work>> waiting;  // contexts are borrowed
  size_t limit;
  int threads = 0;
  bool closing = false;

  void run() {
    pthread_setname_np(pthread_self(), "cgrpc-pool");
    cgrpc::jobs_begin_thread();
    std::unique_lock<std::mutex> lock(mutex);
    while (true) {
      changed.wait(lock, [this] { return closing || !waiting.empty(); });
      if (waiting.empty()) return;
      const auto [context, work] = waiting.front();
      waiting.pop_front();
      lock.unlock();
      work(context);
      cgrpc::jobs_drain();
      lock.lock();
    }
  }
};

struct cgrpc_pool {
  std::shared_ptr<PoolState> state;
};

cgrpc_pool *cgrpc_pool_create(int threads, int queue_limit) {
  auto state = std::make_shared<PoolState>();
  state->limit = queue_limit < 0 ? 0 : static_cast<size_t>(queue_limit);
  for (int index = 0; index < threads; index++) {
    if (cgrpc::start_thread([state] { state->run(); })) state->threads++;
  }
  return new cgrpc_pool{std::move(state)};
}

bool cgrpc_pool_submit(cgrpc_pool *pool, void *context, cgrpc_pool_work work) {
  PoolState &state = *pool->state;
  {
    std::lock_guard<std::mutex> lock(state.mutex);
    if (state.threads == 0 || state.waiting.size() >= state.limit) return false;
    state.waiting.emplace_back(context, work);
  }
  state.changed.notify_one();
  return true;
}

int cgrpc_pool_waiting(cgrpc_pool *pool) {
  std::lock_guard<std::mutex> lock(pool->state->mutex);
  return static_cast<int>(pool->state->waiting.size());
}

void cgrpc_pool_destroy(cgrpc_pool *pool) {
  {
    std::lock_guard<std::mutex> lock(pool->state->mutex);
    pool->state->closing = true;
  }
  pool->state->changed.notify_all();
  delete pool;
}
