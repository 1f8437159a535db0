// cgrpc.h: gRPC C++ 1.51 for Swift, as plain C.
//
// Shape: a server owns N completion queues, each polled by one thread. Calls arrive on those
// threads through `cgrpc_server_handlers`; outbound calls that begin on such a thread complete on
// it again, so a whole request runs without a thread hop. Calls begun elsewhere complete on the
// process's own client queue.
//
// Rules that hold for every function here:
//  * No C++ exception leaves it.
//  * Callbacks run on a queue thread. Bytes given to a callback are borrowed: they are valid until
//    it returns, and no longer.
//  * Bytes given to a function are copied before it returns, save a `cgrpc_slice`, which is
//    consumed by the function that takes it.
//  * A `char *` error is owned by the caller, who gives it back with `cgrpc_string_free`.
#ifndef CGRPC_H
#define CGRPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma clang assume_nonnull begin

// MARK: Bytes

/// A piece of gRPC's memory, by value. Owned by whoever holds it: it is either consumed by a
/// function that says so, or freed with `cgrpc_slice_free`, exactly once.
typedef struct cgrpc_slice {
  uint64_t words[4];
} cgrpc_slice;

/// Makes a slice of `count` bytes, not zeroed. The caller owns it.
cgrpc_slice cgrpc_slice_allocate(size_t count);
/// The bytes of a slice; borrowed from it, at the same address until it is freed or consumed.
uint8_t *cgrpc_slice_bytes(const cgrpc_slice *slice);
/// Ends a slice that no function consumed.
void cgrpc_slice_free(cgrpc_slice slice);

/// Ends a string that a function of this header gave to the caller.
void cgrpc_string_free(char *_Nullable string);

// MARK: Process

/// Sets malloc's thresholds once for the process (see process.cc for what that buys).
void cgrpc_process_tune(void);
/// The version of the gRPC library in use; static, never freed.
const char *cgrpc_process_version(void);

/// Tells ThreadSanitizer, in builds for it, that what was done before `cgrpc_order_release` of an
/// address comes before what is done after `cgrpc_order_acquire` of it. The address is not read.
void cgrpc_order_release(const void *address);
void cgrpc_order_acquire(const void *_Nullable address);

typedef enum cgrpc_kind {
  CGRPC_KIND_SERVER = 0,
  CGRPC_KIND_SERVER_CALL = 1,
  CGRPC_KIND_CHANNEL = 2,
  CGRPC_KIND_CLIENT_CALL = 3,
  CGRPC_KIND_QUEUE = 4,
  CGRPC_KIND_POOL = 5,
  CGRPC_KIND_SLICE = 6,
} cgrpc_kind;

/// How many handles of a kind live now.
int64_t cgrpc_live_count(cgrpc_kind kind);
/// Blocks until no handle of a kind lives, or `timeout_ms` has passed; true when none lives.
bool cgrpc_live_await_none(cgrpc_kind kind, int64_t timeout_ms);

// MARK: Threads and jobs

typedef void (*cgrpc_job_runner)(void *job);

/// Tells how a job (a Swift executor job) is run. Set once, before any server or channel is made.
void cgrpc_jobs_set_runner(cgrpc_job_runner runner);
/// Queues a job on the calling thread if it is a queue or pool thread; the thread runs it as soon
/// as the callback at hand returns. False (and nothing queued) on any other thread.
bool cgrpc_jobs_push(void *job);

// MARK: Pool of compute threads

typedef struct cgrpc_pool cgrpc_pool;
typedef void (*cgrpc_pool_work)(void *context);

/// Makes a pool of `threads` threads, or as many as the system gives, with room for `queue_limit` waiting pieces of work. The caller
/// owns it and ends it with `cgrpc_pool_destroy`.
cgrpc_pool *cgrpc_pool_create(int threads, int queue_limit);
/// Gives work to the pool. False (and `work` will never run) when the queue is full, or the pool got
/// no thread. `context` is
/// borrowed until `work` has run.
bool cgrpc_pool_submit(cgrpc_pool *pool, void *context, cgrpc_pool_work work);
/// How many pieces of work wait now.
int cgrpc_pool_waiting(cgrpc_pool *pool);
/// Consumes the pool: the work already given still runs, then the threads end. Does not wait for
/// them, so that it may be called from one of them.
void cgrpc_pool_destroy(cgrpc_pool *pool);

// MARK: Calls, shared vocabulary

typedef enum cgrpc_call_kind {
  CGRPC_CALL_UNARY = 0,
  CGRPC_CALL_CLIENT_STREAMING = 1,
  CGRPC_CALL_SERVER_STREAMING = 2,
  CGRPC_CALL_BIDIRECTIONAL = 3,  // server only
} cgrpc_call_kind;

/// Sees one metadata pair; both byte ranges are borrowed for the length of the visit.
typedef void (*cgrpc_metadata_visitor)(void *_Nullable context, const char *key, size_t key_count,
                                       const char *value, size_t value_count);
typedef enum cgrpc_read_result {
  CGRPC_READ_MESSAGE = 0,  // here is one
  CGRPC_READ_END = 1,      // the peer has sent all it had
  CGRPC_READ_BROKEN = 2,   // the call is cancelled, or the peer is gone
} cgrpc_read_result;

/// The end of a read. A client's read never says BROKEN: the status tells.
typedef void (*cgrpc_read_done)(void *context, cgrpc_read_result result,
                                const uint8_t *_Nullable bytes, size_t count);
/// A write ended; false when the call is broken.
typedef void (*cgrpc_write_done)(void *context, bool ok);

// MARK: Server

typedef struct cgrpc_server cgrpc_server;
typedef struct cgrpc_server_call cgrpc_server_call;

typedef struct cgrpc_server_options {
  const char *_Nullable host;   // null: 127.0.0.1
  int port;               // 0: any free one
  int queues;             // completion queues, one thread each
  int64_t max_receive_bytes;
  int64_t max_send_bytes;
  int64_t keepalive_time_ms;
  int64_t keepalive_timeout_ms;
  int64_t min_ping_interval_ms;
  int64_t max_connection_idle_ms;   // 0: no limit
  int64_t max_connection_age_ms;    // 0: no limit
  int max_concurrent_streams;       // 0: no limit
  bool allow_port_reuse;
  const char *_Nullable tls_certificate_chain;   // PEM; null: plain text
  const char *_Nullable tls_private_key;         // PEM
  const char *_Nullable tls_client_roots;        // PEM; null: clients need no certificate
} cgrpc_server_options;

typedef struct cgrpc_server_handlers {
  /// A call of `method` began. `bytes` is the request, empty for client streaming. The handler
  /// owns one reference to `call` (`cgrpc_server_call_release`). What it returns is given to
  /// `on_done` once, after the call has ended on the wire.
  void *_Nullable (*_Nonnull on_call)(void *method, cgrpc_server_call *call, const uint8_t *_Nullable bytes,
                             size_t count);
  /// The call has ended on the wire; `cancelled` when the client cancelled, vanished, or ran out of
  /// time, or the server gave up waiting. The last callback about this call.
  void (*_Nonnull on_done)(void *_Nullable call_context, bool cancelled);
} cgrpc_server_handlers;

/// Makes a server that does not listen yet. The caller owns it and ends it with
/// `cgrpc_server_destroy`.
cgrpc_server *cgrpc_server_create(const cgrpc_server_options *options,
                                  cgrpc_server_handlers handlers);
/// Adds a method by its path ("/package.Service/Method"); before the start. `method` is borrowed
/// until the server has been destroyed. A drain does not wait for the calls of a `background`
/// method: it cancels them when no other call is left.
void cgrpc_server_add_method(cgrpc_server *server, const char *path, cgrpc_call_kind kind,
                             bool background, void *method);
/// Binds and starts. Null on success, else an error that the caller owns.
char *_Nullable cgrpc_server_start(cgrpc_server *server);
/// The bound port; 0 before the start.
int cgrpc_server_port(cgrpc_server *server);
/// Takes no new call, lets calls in flight end, cancels those left after `grace_ms`, and returns
/// when the last has ended. Not from a queue thread.
void cgrpc_server_shutdown(cgrpc_server *server, int64_t grace_ms);
/// Consumes the server without waiting: a thread of its own shuts it down, without grace if it still
/// runs, and calls `on_destroyed` when nothing will call the handlers any more.
void cgrpc_server_destroy(cgrpc_server *server, void *context,
                          void (*_Nullable on_destroyed)(void *context));

/// Takes one more reference to a call.
void cgrpc_server_call_retain(cgrpc_server_call *call);
/// Gives back one reference. A call that was never finished is answered INTERNAL.
void cgrpc_server_call_release(cgrpc_server_call *call);
/// Nanoseconds until the client's deadline; INT64_MAX when it set none.
int64_t cgrpc_server_call_remaining(cgrpc_server_call *call);
/// The peer's address; the caller owns the string.
char *cgrpc_server_call_copy_peer(cgrpc_server_call *call);
/// The peer's certificate subject names, one a line, when it proved one; the caller owns the string.
char *_Nullable cgrpc_server_call_copy_peer_identity(cgrpc_server_call *call);
/// Visits the metadata that the client sent.
void cgrpc_server_call_visit_metadata(cgrpc_server_call *call, void *context,
                                      cgrpc_metadata_visitor visit);
/// Adds to the initial metadata; without effect once they have been sent.
void cgrpc_server_call_add_initial_metadata(cgrpc_server_call *call, const char *key,
                                            size_t key_count, const char *value,
                                            size_t value_count);
/// Adds to the trailing metadata; before the finish.
void cgrpc_server_call_add_trailing_metadata(cgrpc_server_call *call, const char *key,
                                             size_t key_count, const char *value,
                                             size_t value_count);
/// Reads the next message of a call with a stream of requests; one read at a time. `context` is borrowed
/// until `done`, which always comes.
void cgrpc_server_call_read(cgrpc_server_call *call, void *context, cgrpc_read_done done);
/// Writes a message of a call with a stream of responses; one write at a time. Consumes `message`. `done`
/// always comes, when gRPC's flow control has room for more.
void cgrpc_server_call_write(cgrpc_server_call *call, cgrpc_slice message, void *context,
                             cgrpc_write_done done);
/// Ends the call; once. Consumes `message` (null: none; a call that fails carries none).
void cgrpc_server_call_finish(cgrpc_server_call *call, const cgrpc_slice *_Nullable message,
                              int code, const char *_Nullable text, size_t text_count,
                              const uint8_t *_Nullable details, size_t details_count);

// MARK: Client

typedef struct cgrpc_channel cgrpc_channel;
typedef struct cgrpc_client_call cgrpc_client_call;

typedef struct cgrpc_channel_options {
  int64_t max_receive_bytes;
  int64_t max_send_bytes;
  int64_t keepalive_time_ms;        // 0: off
  int64_t keepalive_timeout_ms;
  int64_t connect_backoff_ms;       // first wait after a failed connection
  int64_t connect_backoff_max_ms;
  const char *_Nullable service_config;   // JSON: load balancing, retry, throttling
  const char *_Nullable user_agent;
  bool tls;
  const char *_Nullable tls_roots;               // PEM; null: the system's
  const char *_Nullable tls_certificate_chain;   // PEM; null: no client certificate
  const char *_Nullable tls_private_key;         // PEM
  const char *_Nullable tls_server_name;         // checked instead of the target's name
} cgrpc_channel_options;

/// Makes a channel; it connects at its first call. The caller owns it and ends it with
/// `cgrpc_channel_destroy`. Null when the system has no thread for the client queue.
cgrpc_channel *_Nullable cgrpc_channel_create(const char *target, const cgrpc_channel_options *options);
/// Consumes the channel; calls in flight keep what they need and go on.
void cgrpc_channel_destroy(cgrpc_channel *channel);
/// The connectivity now: 0 idle, 1 connecting, 2 ready, 3 failing, 4 shut down.
int cgrpc_channel_state(cgrpc_channel *channel, bool try_to_connect);

typedef struct cgrpc_outcome {
  int code;
  const char *_Nullable text;
  size_t text_count;
  const uint8_t *_Nullable details;   // grpc-status-details-bin
  size_t details_count;
  bool has_message;                   // unary and client streaming: the response
  const uint8_t *_Nullable message;
  size_t message_count;
} cgrpc_outcome;

/// The call has ended; everything in `outcome` is borrowed. The last callback about this call.
typedef void (*cgrpc_client_done)(void *context, const cgrpc_outcome *outcome);

/// Makes a call that has not begun. The caller owns one reference (`cgrpc_client_call_release`).
/// `timeout_ns` < 0: no deadline.
cgrpc_client_call *cgrpc_client_call_create(cgrpc_channel *channel, cgrpc_call_kind kind,
                                            const char *path, int64_t timeout_ns,
                                            bool wait_for_ready);
/// Gives back the caller's reference. A stream not yet finished is cancelled and cleared away.
void cgrpc_client_call_release(cgrpc_client_call *call);
/// Adds a metadata pair; before the start.
void cgrpc_client_call_add_metadata(cgrpc_client_call *call, const char *key, size_t key_count,
                                    const char *value, size_t value_count);
/// Starts a unary call. Consumes `request`. `done` always comes, once.
void cgrpc_client_call_start_unary(cgrpc_client_call *call, cgrpc_slice request, void *context,
                                   cgrpc_client_done done);
/// Starts a stream; `done` always comes: false when the call is broken (finish it for the reason).
void cgrpc_client_call_start_stream(cgrpc_client_call *call, void *context, cgrpc_write_done done);
/// Writes a message to a started stream; one write at a time. Consumes `message`. With `last`, the
/// writing side closes with it.
void cgrpc_client_call_write(cgrpc_client_call *call, cgrpc_slice message, bool last, void *context,
                             cgrpc_write_done done);
/// Closes the writing side of a started stream, after the last write's `done`.
void cgrpc_client_call_close_writes(cgrpc_client_call *call, void *context, cgrpc_write_done done);
/// Reads the next message of a started stream; one read at a time.
void cgrpc_client_call_read(cgrpc_client_call *call, void *context, cgrpc_read_done done);
/// Asks for the status of a started stream, after the last read and write. `done` always comes.
void cgrpc_client_call_finish(cgrpc_client_call *call, void *context, cgrpc_client_done done);
/// Cancels; at any time between create and release, from any thread, without effect on a call that
/// has ended.
void cgrpc_client_call_cancel(cgrpc_client_call *call);
/// Visits the server's initial or trailing metadata; from the `done` of the call or later.
void cgrpc_client_call_visit_metadata(cgrpc_client_call *call, bool trailing, void *context,
                                      cgrpc_metadata_visitor visit);

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif

#endif
