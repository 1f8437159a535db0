// queue.cc: completion queues and their threads.
#include <pthread.h>

#include "internal.h"

namespace cgrpc {
namespace {

thread_local Queue *current_queue = nullptr;  // the thread's run() keeps it alive

}  // namespace

Queue::Queue(std::unique_ptr<grpc::CompletionQueue> queue) : queue_(std::move(queue)) {}

std::shared_ptr<Queue> Queue::current() {
  return current_queue ? current_queue->shared_from_this() : nullptr;
}

bool Queue::start() {
  // The thread keeps the queue alive, and is detached: the last call to leave may do so on this
  // very thread, which could not join itself. `await_end` is the join.
  return start_thread([self = shared_from_this()] { self->run(); });
}

void Queue::drain_here() {
  close();
  void *tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) Event::of(tag)->complete(ok);
}

void Queue::run() {
  pthread_setname_np(pthread_self(), "cgrpc-queue");
  current_queue = this;
  jobs_begin_thread();
  void *tag = nullptr;
  bool ok = false;
  while (queue_->Next(&tag, &ok)) {
    Event::of(tag)->complete(ok);
    jobs_drain();
  }
  current_queue = nullptr;
  std::lock_guard<std::mutex> lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

bool Queue::enter() {
  calls_.fetch_add(1);
  if (!closing_.load()) return true;
  leave();
  return false;
}

void Queue::leave() {
  if (calls_.fetch_sub(1) == 1 && closing_.load()) shut_down_once();
}

void Queue::close() {
  closing_.store(true);
  if (calls_.load() == 0) shut_down_once();
}

void Queue::shut_down_once() {
  if (!shut_down_.exchange(true)) queue_->Shutdown();
}

void Queue::await_end() {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return ended_; });
}

std::shared_ptr<ClientQueueLease> ClientQueueLease::get() {
  // Never destroyed: channels may end while the process exits.
  static std::mutex *const mutex = new std::mutex;
  static auto *const shared = new std::weak_ptr<ClientQueueLease>;
  std::lock_guard<std::mutex> lock(*mutex);
  if (auto lease = shared->lock()) return lease;
  auto queue = std::make_shared<Queue>(std::make_unique<grpc::CompletionQueue>());
  if (!queue->start()) {
    queue->drain_here();
    return nullptr;
  }
  auto lease = std::make_shared<ClientQueueLease>(std::move(queue));
  *shared = lease;
  return lease;
}

std::shared_ptr<Queue> ClientQueueLease::enter() {
  if (auto queue = Queue::current(); queue && queue->enter()) return queue;
  // Open as long as this lease is.
  return queue_->enter() ? queue_ : nullptr;
}

}  // namespace cgrpc
