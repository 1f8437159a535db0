// internal.h: what the pieces of the shim share. Each field says who owns it.
#ifndef CGRPC_INTERNAL_H
#define CGRPC_INTERNAL_H

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>

#include "cgrpc.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CGRPC_THREAD_SANITIZER 1
#endif
#endif

namespace cgrpc {

// MARK: Live handles (live.cc)

void live_add(cgrpc_kind kind);
void live_remove(cgrpc_kind kind);

/// Counts its owner as live.
template <cgrpc_kind kind>
struct Live {
  Live() { live_add(kind); }
  ~Live() { live_remove(kind); }
  Live(const Live &) = delete;
  Live &operator=(const Live &) = delete;
};

// MARK: Jobs (jobs.cc)

/// Makes the calling thread one that takes jobs.
void jobs_begin_thread();
/// Runs the jobs that were queued on the calling thread, and those that they queue.
void jobs_drain();

/// Starts a detached thread. False when the system has none to give: std::thread tells that by an
/// exception, which must not leave the shim.
template <class Body>
bool start_thread(Body body) {
  try {
    std::thread(std::move(body)).detach();
    return true;
  } catch (const std::system_error &) {
    return false;
  }
}

// MARK: Bytes (bytes.cc)

/// A message on its way out. gRPC takes the slice itself; as a grpc::ByteBuffer it would first be
/// copied into another one, with its own allocation.
class Outgoing {
 public:
  /// Takes the slice over.
  explicit Outgoing(cgrpc_slice slice);
  const grpc::Slice &slice() const { return slice_; }

 private:
  grpc::Slice slice_;  // owned
};

/// Lends the bytes of a received buffer in one piece; copies only when gRPC holds several.
class Lent {
 public:
  explicit Lent(const grpc::ByteBuffer &buffer);
  const uint8_t *bytes() const { return slice_.begin(); }
  size_t count() const { return slice_.size(); }

 private:
  grpc::Slice slice_;  // owned
};

/// A copy that `cgrpc_string_free` ends.
char *copy_string(const std::string &text);

// MARK: Queues (queue.cc)

/// What a completion queue hands back: the end of one operation.
///
/// `tag()` goes into gRPC with the operation, `of()` brings it back. gRPC orders the one before the
/// other, but its libraries are not built for ThreadSanitizer, which must be told.
class Event {
 public:
  void *tag() {
#if CGRPC_THREAD_SANITIZER
    cgrpc_order_release(this);
#endif
    return this;
  }
  static Event *of(void *tag) {
#if CGRPC_THREAD_SANITIZER
    cgrpc_order_acquire(tag);
#endif
    return static_cast<Event *>(tag);
  }

  virtual void complete(bool ok) = 0;

 protected:
  ~Event() = default;
};

/// An event that is a member of its owner and calls one of its methods.
template <class Owner, void (Owner::*method)(bool)>
class EventOf final : public Event {
 public:
  explicit EventOf(Owner *owner) : owner_(owner) {}
  void complete(bool ok) override { (owner_->*method)(ok); }

 private:
  Owner *owner_;  // holds this
};

/// A completion queue and the one thread that polls it.
///
/// gRPC aborts the process when an operation begins on a queue after its shutdown, so every call
/// enters its queue for as long as it may begin operations, and a closed queue is shut down only
/// when the last has left.
class Queue : public std::enable_shared_from_this<Queue> {
 public:
  explicit Queue(std::unique_ptr<grpc::CompletionQueue> queue);

  /// The queue of the calling thread; null on any other.
  static std::shared_ptr<Queue> current();

  /// False when the system has no thread to give; `drain_here` then ends the queue.
  bool start();
  /// Takes part; false when the queue is closing.
  bool enter();
  void leave();
  /// Lets no call enter any more; the thread ends after the last has left. Does not wait.
  void close();
  /// Closes a queue that has no thread, and polls it to its end on this one.
  void drain_here();
  /// Waits until the thread has ended. Not from that thread.
  void await_end();

  grpc::CompletionQueue *get() { return queue_.get(); }

 private:
  void run();
  void shut_down_once();

  Live<CGRPC_KIND_QUEUE> live_;
  std::unique_ptr<grpc::CompletionQueue> queue_;  // owned
  std::atomic<int64_t> calls_{0};
  std::atomic<bool> closing_{false};
  std::atomic<bool> shut_down_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;  // guarded by mutex_
};

/// Keeps the process's client queue open; it closes with the last lease.
class ClientQueueLease {
 public:
  explicit ClientQueueLease(std::shared_ptr<Queue> queue) : queue_(std::move(queue)) {}
  ~ClientQueueLease() { queue_->close(); }
  /// Null when the system has no thread to give.
  static std::shared_ptr<ClientQueueLease> get();

  /// The queue for a call that begins now on this thread, entered already.
  std::shared_ptr<Queue> enter();

 private:
  std::shared_ptr<Queue> queue_;
};

}  // namespace cgrpc

template <>
class grpc::SerializationTraits<cgrpc::Outgoing, void> {
 public:
  static grpc::Status Serialize(const cgrpc::Outgoing &message, grpc::ByteBuffer *buffer,
                                bool *own_buffer) {
    grpc::ByteBuffer made(&message.slice(), 1);
    buffer->Swap(&made);
    *own_buffer = true;
    return grpc::Status::OK;
  }
};

#endif
