// channel.h: the client's half of the shim.
#ifndef CGRPC_CHANNEL_H
#define CGRPC_CHANNEL_H

#include <grpcpp/generic/generic_stub.h>

#include "internal.h"

struct cgrpc_channel {
  cgrpc::Live<CGRPC_KIND_CHANNEL> live;
  std::shared_ptr<grpc::Channel> channel;                // shared with its calls
  std::shared_ptr<cgrpc::ClientQueueLease> queue_lease;  // shared with all channels
};

#endif
