// process.cc: what holds for the process as a whole.
#include <absl/synchronization/mutex.h>
#include <malloc.h>

#include "internal.h"

#if CGRPC_THREAD_SANITIZER
extern "C" void __tsan_acquire(void *address);
extern "C" void __tsan_release(void *address);

void cgrpc_order_release(const void *address) { __tsan_release(const_cast<void *>(address)); }
void cgrpc_order_acquire(const void *address) { __tsan_acquire(const_cast<void *>(address)); }
#else
void cgrpc_order_release(const void *) {}
void cgrpc_order_acquire(const void *) {}
#endif

// A 128 KB message is above malloc's default mmap threshold, so that each one costs an mmap, the
// page faults of 32 fresh pages, and a munmap. With these thresholds such memory is kept and used
// again: 20 to 40 % less CPU in a chain of services that pass 128 KB (TRANSPORT.md section 3, where
// the same thresholds were set through GLIBC_TUNABLES). Set here, a bare start is fast too. The
// price: up to 256 MB of freed memory stays with the process.
//
// Debian builds Abseil with assertions, and so with the search for lock cycles on: every lock that
// gRPC takes while it holds another goes through a graph under a global spin lock. It finds bugs of
// gRPC's makers, not ours.
void cgrpc_process_tune(void) {
  static const bool done = [] {
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    return true;
  }();
  (void)done;
}

const char *cgrpc_process_version(void) {
  static const std::string *const version = new std::string(grpc::Version());
  return version->c_str();
}
