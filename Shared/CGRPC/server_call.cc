// server_call.cc: inbound calls.
#include <grpcpp/impl/codegen/async_stream.h>
#include <grpcpp/impl/codegen/async_unary_call.h>

#include <limits>
#include <variant>

#include "server.h"

/// References: one of the handler's, and one of the shim's from the request until the call has
/// ended on the wire and its answer has left.
struct cgrpc_server_call {
  using Bytes = grpc::ByteBuffer;

  cgrpc::Live<CGRPC_KIND_SERVER_CALL> live;
  std::atomic<int> references{1};
  const std::shared_ptr<ServerState> server;  // shared with the handle and other calls
  const cgrpc::Method &method;                // of the server
  const std::shared_ptr<cgrpc::Queue> queue;  // entered from request to end
  grpc::ServerContext context;
  Bytes message;  // the request, or the last message read
  std::variant<std::monostate, grpc::ServerAsyncResponseWriter<cgrpc::Outgoing>,
               grpc::ServerAsyncReader<cgrpc::Outgoing, Bytes>,
               grpc::ServerAsyncWriter<cgrpc::Outgoing>,
               grpc::ServerAsyncReaderWriter<cgrpc::Outgoing, Bytes>>
      responder;
  void *handler_context = nullptr;  // what on_call returned; given to on_done
  std::atomic<int> open_ends{2};    // the answer, and the wire
  bool reads_ended = false;
  bool sends_metadata = false;
  std::atomic<bool> finish_begun{false};

  void *write_context = nullptr;  // borrowed until the callback
  cgrpc_write_done write_done = nullptr;
  void *read_context = nullptr;  // borrowed until the callback
  cgrpc_read_done read_done = nullptr;

  cgrpc_server_call(ServerState &server, const cgrpc::Method &method,
                    std::shared_ptr<cgrpc::Queue> queue)
      : server(server.shared_from_this()), method(method), queue(std::move(queue)) {}

  void retain() { references.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (references.fetch_sub(1) == 1) delete this;
  }

  void request();
  void requested(bool ok);
  void done(bool);
  void finished(bool) { end_one(); }
  void did_read(bool ok);
  void probed(bool ok);
  void written(bool ok) { write_done(write_context, ok); }
  void reply(cgrpc_slice slice);
  void fail(const grpc::Status &status);
  void end_stream(const grpc::Status &status);
  void end_one();

  cgrpc::EventOf<cgrpc_server_call, &cgrpc_server_call::requested> requested_event{this};
  cgrpc::EventOf<cgrpc_server_call, &cgrpc_server_call::done> done_event{this};
  cgrpc::EventOf<cgrpc_server_call, &cgrpc_server_call::finished> finished_event{this};
  cgrpc::EventOf<cgrpc_server_call, &cgrpc_server_call::did_read> read_event{this};
  cgrpc::EventOf<cgrpc_server_call, &cgrpc_server_call::probed> probe_event{this};
  cgrpc::EventOf<cgrpc_server_call, &cgrpc_server_call::written> write_event{this};
};

void cgrpc::request_call(ServerState &server, const Method &method,
                         const std::shared_ptr<Queue> &queue) {
  // Also while the server drains: gRPC itself ends the request when its shutdown has begun, and a
  // call that came before that is served.
  if (!queue->enter()) return;
  server.request_added();
  (new cgrpc_server_call(server, method, queue))->request();
}

void cgrpc_server_call::request() {
  context.AsyncNotifyWhenDone(done_event.tag());
  auto *native = static_cast<grpc::ServerCompletionQueue *>(queue->get());
  switch (method.kind) {
    case CGRPC_CALL_UNARY: {
      auto &writer = responder.emplace<1>(&context);
      method.service->RequestAsyncUnary(method.index, &context, &message, &writer, native, native,
                                        requested_event.tag());
      break;
    }
    case CGRPC_CALL_CLIENT_STREAMING: {
      auto &reader = responder.emplace<2>(&context);
      method.service->RequestAsyncClientStreaming(method.index, &context, &reader, native, native,
                                                  requested_event.tag());
      break;
    }
    case CGRPC_CALL_SERVER_STREAMING: {
      auto &writer = responder.emplace<3>(&context);
      method.service->RequestAsyncServerStreaming(method.index, &context, &message, &writer, native,
                                                  native, requested_event.tag());
      break;
    }
    case CGRPC_CALL_BIDIRECTIONAL: {
      auto &both = responder.emplace<4>(&context);
      method.service->RequestAsyncBidiStreaming(method.index, &context, &both, native, native,
                                                requested_event.tag());
      break;
    }
  }
}

void cgrpc_server_call::requested(bool ok) {
  if (!ok) {
    // The server is shutting down. The done event does not come for a call that never was.
    server->request_ended();
    queue->leave();
    return release();
  }
  if (!method.background) server->call_began();
  server->request_ended();
  cgrpc::request_call(*server, method, queue);
  retain();  // the handler's
  const cgrpc::Lent lent(message);
  handler_context =
      server->handlers.on_call(method.user, this, lent.bytes(), lent.count());
}

void cgrpc_server_call::done(bool) {
  // Of a call that was answered nobody asks any more, and IsCancelled costs a lock.
  const bool cancelled = !finish_begun.load() && context.IsCancelled();
  server->handlers.on_done(handler_context, cancelled);
  end_one();
}

void cgrpc_server_call::end_one() {
  if (open_ends.fetch_sub(1) != 1) return;
  if (!method.background) server->call_ended();
  queue->leave();
  release();
}

void cgrpc_server_call::did_read(bool ok) {
  if (ok) {
    const cgrpc::Lent lent(message);
    return read_done(read_context, CGRPC_READ_MESSAGE, lent.bytes(), lent.count());
  }
  // gRPC C++ says the same of a client that has sent all and of one that is gone. A client that is
  // gone can no longer be written to, so sending the headers tells.
  reads_ended = true;
  // Headers go once; after them, a write or the finish will tell.
  if (sends_metadata || responder.index() != 2) {
    return read_done(read_context, CGRPC_READ_END, nullptr, 0);
  }
  sends_metadata = true;
  std::get<2>(responder).SendInitialMetadata(probe_event.tag());
}

void cgrpc_server_call::probed(bool ok) {
  read_done(read_context, ok ? CGRPC_READ_END : CGRPC_READ_BROKEN, nullptr, 0);
}

void cgrpc_server_call::reply(cgrpc_slice slice) {
  const cgrpc::Outgoing message(slice);
  switch (responder.index()) {
    case 1:
      return std::get<1>(responder).Finish(message, grpc::Status::OK, finished_event.tag());
    case 2:
      return std::get<2>(responder).Finish(message, grpc::Status::OK, finished_event.tag());
    default: return end_stream(grpc::Status::OK);
  }
}

void cgrpc_server_call::fail(const grpc::Status &status) {
  switch (responder.index()) {
    case 1: return std::get<1>(responder).FinishWithError(status, finished_event.tag());
    case 2: return std::get<2>(responder).FinishWithError(status, finished_event.tag());
    default: return end_stream(status);
  }
}

void cgrpc_server_call::end_stream(const grpc::Status &status) {
  if (responder.index() == 3) std::get<3>(responder).Finish(status, finished_event.tag());
  if (responder.index() == 4) std::get<4>(responder).Finish(status, finished_event.tag());
}

void cgrpc_server_call_retain(cgrpc_server_call *call) { call->retain(); }

void cgrpc_server_call_release(cgrpc_server_call *call) {
  if (!call->finish_begun.exchange(true)) {
    call->fail(grpc::Status(grpc::StatusCode::INTERNAL, "The call was not answered."));
  }
  call->release();
}

int64_t cgrpc_server_call_remaining(cgrpc_server_call *call) {
  const gpr_timespec deadline = call->context.raw_deadline();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) {
    return std::numeric_limits<int64_t>::max();
  }
  const gpr_timespec left = gpr_time_sub(deadline, gpr_now(deadline.clock_type));
  return left.tv_sec * 1000000000 + left.tv_nsec;
}

char *cgrpc_server_call_copy_peer(cgrpc_server_call *call) {
  return cgrpc::copy_string(call->context.peer());
}

char *cgrpc_server_call_copy_peer_identity(cgrpc_server_call *call) {
  const auto auth = call->context.auth_context();
  if (!auth || !auth->IsPeerAuthenticated()) return nullptr;
  std::string names;
  for (const auto &name : auth->GetPeerIdentity()) {
    names.append(name.data(), name.size()).append("\n");
  }
  return cgrpc::copy_string(names);
}

void cgrpc_server_call_visit_metadata(cgrpc_server_call *call, void *context,
                                      cgrpc_metadata_visitor visit) {
  for (const auto &[key, value] : call->context.client_metadata()) {
    visit(context, key.data(), key.size(), value.data(), value.size());
  }
}

void cgrpc_server_call_add_initial_metadata(cgrpc_server_call *call, const char *key,
                                            size_t key_count, const char *value,
                                            size_t value_count) {
  if (call->sends_metadata) return;
  call->context.AddInitialMetadata(std::string(key, key_count), std::string(value, value_count));
}

void cgrpc_server_call_add_trailing_metadata(cgrpc_server_call *call, const char *key,
                                             size_t key_count, const char *value,
                                             size_t value_count) {
  call->context.AddTrailingMetadata(std::string(key, key_count), std::string(value, value_count));
}

void cgrpc_server_call_read(cgrpc_server_call *call, void *context, cgrpc_read_done done) {
  if (call->reads_ended) return done(context, CGRPC_READ_END, nullptr, 0);
  call->read_context = context;
  call->read_done = done;
  call->message.Clear();
  if (call->method.kind == CGRPC_CALL_BIDIRECTIONAL) {
    std::get<4>(call->responder).Read(&call->message, call->read_event.tag());
  } else {
    std::get<2>(call->responder).Read(&call->message, call->read_event.tag());
  }
}

void cgrpc_server_call_write(cgrpc_server_call *call, cgrpc_slice message, void *context,
                             cgrpc_write_done done) {
  call->sends_metadata = true;
  call->write_context = context;
  call->write_done = done;
  const cgrpc::Outgoing buffer(message);
  if (call->method.kind == CGRPC_CALL_BIDIRECTIONAL) {
    std::get<4>(call->responder).Write(buffer, call->write_event.tag());
  } else {
    std::get<3>(call->responder).Write(buffer, call->write_event.tag());
  }
}

void cgrpc_server_call_finish(cgrpc_server_call *call, const cgrpc_slice *message, int code,
                              const char *text, size_t text_count, const uint8_t *details,
                              size_t details_count) {
  if (call->finish_begun.exchange(true)) {
    if (message) cgrpc_slice_free(*message);
    return;
  }
  if (code == 0 && message) return call->reply(*message);
  if (message) cgrpc_slice_free(*message);
  if (code == 0 && call->responder.index() >= 3) return call->end_stream(grpc::Status::OK);
  const auto known = code > 0 && code <= GRPC_STATUS_UNAUTHENTICATED;
  call->fail(grpc::Status(known ? static_cast<grpc::StatusCode>(code) : grpc::StatusCode::UNKNOWN,
                          text ? std::string(text, text_count) : "",
                          details ? std::string(reinterpret_cast<const char *>(details), details_count)
                                  : ""));
}
