// client_call.cc: outbound calls.
#include <chrono>

#include "channel.h"

using Stub = grpc::TemplatedGenericStub<cgrpc::Outgoing, grpc::ByteBuffer>;

/// References: the caller's, and one while an operation that the shim itself must see out is under
/// way. Each callback's context is borrowed until the callback.
struct cgrpc_client_call {
  cgrpc::Live<CGRPC_KIND_CLIENT_CALL> live;
  std::atomic<int> references{1};
  const cgrpc_call_kind kind;
  const std::string path;
  std::shared_ptr<grpc::Channel> channel;                // shared with the handle
  std::shared_ptr<cgrpc::ClientQueueLease> queue_lease;  // keeps the client queue open
  std::shared_ptr<cgrpc::Queue> queue;                   // entered from start to end
  grpc::ClientContext context;
  grpc::ByteBuffer response;
  grpc::Status status;
  std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> unary;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<cgrpc::Outgoing, grpc::ByteBuffer>> stream;
  bool finishing = false;

  void *write_context = nullptr;
  cgrpc_write_done write_done = nullptr;
  void *read_context = nullptr;
  cgrpc_read_done read_done = nullptr;
  void *end_context = nullptr;
  cgrpc_client_done end_done = nullptr;

  explicit cgrpc_client_call(cgrpc_channel *owner, cgrpc_call_kind kind, const char *path)
      : kind(kind), path(path), channel(owner->channel), queue_lease(owner->queue_lease) {}

  void retain() { references.fetch_add(1, std::memory_order_relaxed); }
  void release() {
    if (references.fetch_sub(1) == 1) delete this;
  }

  void written(bool ok) { write_done(write_context, ok); }

  void did_read(bool ok) {
    if (!ok) return read_done(read_context, CGRPC_READ_END, nullptr, 0);
    const cgrpc::Lent lent(response);
    read_done(read_context, CGRPC_READ_MESSAGE, lent.bytes(), lent.count());
  }

  void ended(bool) {
    if (end_done) {
      const cgrpc::Lent lent(response);
      const std::string text = status.error_message();
      const std::string details = status.error_details();
      cgrpc_outcome outcome = {};
      outcome.code = static_cast<int>(status.error_code());
      outcome.text = text.data();
      outcome.text_count = text.size();
      outcome.details = reinterpret_cast<const uint8_t *>(details.data());
      outcome.details_count = details.size();
      outcome.has_message = unary && status.ok() && response.Valid();
      outcome.message = lent.bytes();
      outcome.message_count = lent.count();
      end_done(end_context, &outcome);
    }
    queue->leave();
    release();
  }

  cgrpc::EventOf<cgrpc_client_call, &cgrpc_client_call::written> write_event{this};
  cgrpc::EventOf<cgrpc_client_call, &cgrpc_client_call::did_read> read_event{this};
  cgrpc::EventOf<cgrpc_client_call, &cgrpc_client_call::ended> end_event{this};

  /// Asks for the status; the call holds itself until it has come.
  void finish() {
    finishing = true;
    retain();
    stream->Finish(&status, end_event.tag());
  }
};

cgrpc_client_call *cgrpc_client_call_create(cgrpc_channel *channel, cgrpc_call_kind kind,
                                            const char *path, int64_t timeout_ns,
                                            bool wait_for_ready) {
  auto *call = new cgrpc_client_call(channel, kind, path);
  if (timeout_ns >= 0) {
    call->context.set_deadline(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                                            gpr_time_from_nanos(timeout_ns, GPR_TIMESPAN)));
  }
  call->context.set_wait_for_ready(wait_for_ready);
  return call;
}

void cgrpc_client_call_release(cgrpc_client_call *call) {
  if (call->stream && !call->finishing) {
    // Nobody waits for it any more, and nothing is under way: clear it away.
    call->context.TryCancel();
    call->end_done = nullptr;
    call->finish();
  }
  call->release();
}

void cgrpc_client_call_add_metadata(cgrpc_client_call *call, const char *key, size_t key_count,
                                    const char *value, size_t value_count) {
  call->context.AddMetadata(std::string(key, key_count), std::string(value, value_count));
}

void cgrpc_client_call_start_unary(cgrpc_client_call *call, cgrpc_slice request, void *context,
                                   cgrpc_client_done done) {
  call->end_context = context;
  call->end_done = done;
  call->queue = call->queue_lease->enter();
  call->retain();
  const cgrpc::Outgoing buffer(request);
  Stub stub(call->channel);
  call->unary = stub.PrepareUnaryCall(&call->context, call->path, buffer, call->queue->get());
  call->unary->StartCall();
  call->unary->Finish(&call->response, &call->status, call->end_event.tag());
}

void cgrpc_client_call_start_stream(cgrpc_client_call *call, void *context, cgrpc_write_done done) {
  call->write_context = context;
  call->write_done = done;
  call->queue = call->queue_lease->enter();
  Stub stub(call->channel);
  call->stream = stub.PrepareCall(&call->context, call->path, call->queue->get());
  call->stream->StartCall(call->write_event.tag());
}

void cgrpc_client_call_write(cgrpc_client_call *call, cgrpc_slice message, bool last, void *context,
                             cgrpc_write_done done) {
  call->write_context = context;
  call->write_done = done;
  const cgrpc::Outgoing buffer(message);
  if (last) {
    call->stream->WriteLast(buffer, grpc::WriteOptions(), call->write_event.tag());
  } else {
    call->stream->Write(buffer, call->write_event.tag());
  }
}

void cgrpc_client_call_close_writes(cgrpc_client_call *call, void *context, cgrpc_write_done done) {
  call->write_context = context;
  call->write_done = done;
  call->stream->WritesDone(call->write_event.tag());
}

void cgrpc_client_call_read(cgrpc_client_call *call, void *context, cgrpc_read_done done) {
  call->read_context = context;
  call->read_done = done;
  call->response.Clear();
  call->stream->Read(&call->response, call->read_event.tag());
}

void cgrpc_client_call_finish(cgrpc_client_call *call, void *context, cgrpc_client_done done) {
  call->end_context = context;
  call->end_done = done;
  call->finish();
}

void cgrpc_client_call_cancel(cgrpc_client_call *call) { call->context.TryCancel(); }

void cgrpc_client_call_visit_metadata(cgrpc_client_call *call, bool trailing, void *context,
                                      cgrpc_metadata_visitor visit) {
  const auto &pairs = trailing ? call->context.GetServerTrailingMetadata()
                               : call->context.GetServerInitialMetadata();
  for (const auto &[key, value] : pairs) {
    visit(context, key.data(), key.size(), value.data(), value.size());
  }
}
