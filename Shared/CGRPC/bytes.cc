// bytes.cc: messages between Swift and gRPC's memory.
#include <grpc/slice.h>

#include <cstring>

#include "internal.h"

static_assert(sizeof(cgrpc_slice) == sizeof(grpc_slice) && alignof(cgrpc_slice) == alignof(grpc_slice),
              "cgrpc_slice carries a grpc_slice");

namespace {

grpc_slice native(cgrpc_slice slice) {
  grpc_slice result;
  std::memcpy(&result, &slice, sizeof result);
  return result;
}

}  // namespace

cgrpc_slice cgrpc_slice_allocate(size_t count) {
  cgrpc::live_add(CGRPC_KIND_SLICE);
  // Large: the bytes of a small slice would lie in the struct itself and move with it.
  const grpc_slice slice = grpc_slice_malloc_large(count);
  cgrpc_slice result;
  std::memcpy(&result, &slice, sizeof result);
  return result;
}

uint8_t *cgrpc_slice_bytes(const cgrpc_slice *slice) {
  return const_cast<uint8_t *>(GRPC_SLICE_START_PTR(*reinterpret_cast<const grpc_slice *>(slice)));
}

void cgrpc_slice_free(cgrpc_slice slice) {
  grpc_slice_unref(native(slice));
  cgrpc::live_remove(CGRPC_KIND_SLICE);
}

void cgrpc_string_free(char *string) { free(string); }

namespace cgrpc {

Outgoing::Outgoing(cgrpc_slice slice) : slice_(native(slice), grpc::Slice::STEAL_REF) {
  live_remove(CGRPC_KIND_SLICE);
}

Lent::Lent(const grpc::ByteBuffer &buffer) {
  if (!buffer.Valid()) return;
  if (!buffer.TrySingleSlice(&slice_).ok()) (void)buffer.DumpToSingleSlice(&slice_);
}

char *copy_string(const std::string &text) { return strdup(text.c_str()); }

}  // namespace cgrpc
