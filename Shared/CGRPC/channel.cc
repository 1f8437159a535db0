// channel.cc: channels and their settings.
#include "channel.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>

namespace {

int as_int(int64_t value) {
  return static_cast<int>(std::min<int64_t>(value, std::numeric_limits<int>::max()));
}

std::string text(const char *value) { return value ? value : ""; }

grpc::ChannelArguments arguments(const cgrpc_channel_options &options) {
  grpc::ChannelArguments result;
  result.SetMaxReceiveMessageSize(as_int(options.max_receive_bytes));
  result.SetMaxSendMessageSize(as_int(options.max_send_bytes));
  if (options.keepalive_time_ms > 0) {
    result.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, as_int(options.keepalive_time_ms));
    result.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, as_int(options.keepalive_timeout_ms));
    // A stream that is silent for hours is still a stream.
    result.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  }
  // Without this, channels of equal targets share one connection process-wide.
  result.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // Services talk to each other directly: an http_proxy in the environment is not for them.
  result.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  result.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, as_int(options.connect_backoff_ms));
  result.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, as_int(options.connect_backoff_max_ms));
  // gRPC's name misleads: this is the least time that an attempt to connect is given.
  result.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS,
                std::max(1000, as_int(options.connect_backoff_max_ms)));
  result.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, 5000);
  // Counters that nobody reads, and a filter that compresses nothing here, cost every call.
  result.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);
  result.SetInt(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
  // The service config is given here; none is looked up in DNS.
  result.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  if (options.service_config) result.SetServiceConfigJSON(options.service_config);
  if (options.user_agent) result.SetUserAgentPrefix(options.user_agent);
  if (options.tls_server_name) result.SetSslTargetNameOverride(options.tls_server_name);
  return result;
}

std::shared_ptr<grpc::ChannelCredentials> credentials(const cgrpc_channel_options &options) {
  if (!options.tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = text(options.tls_roots);
  tls.pem_cert_chain = text(options.tls_certificate_chain);
  tls.pem_private_key = text(options.tls_private_key);
  return grpc::SslCredentials(tls);
}

}  // namespace

cgrpc_channel *cgrpc_channel_create(const char *target, const cgrpc_channel_options *options) {
  auto lease = cgrpc::ClientQueueLease::get();
  if (!lease) return nullptr;
  auto *channel = new cgrpc_channel;
  channel->channel =
      grpc::CreateCustomChannel(target, credentials(*options), arguments(*options));
  channel->queue_lease = std::move(lease);
  return channel;
}

void cgrpc_channel_destroy(cgrpc_channel *channel) { delete channel; }

int cgrpc_channel_state(cgrpc_channel *channel, bool try_to_connect) {
  return static_cast<int>(channel->channel->GetState(try_to_connect));
}
