// server.cc: making and starting servers.
#include "server.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <limits>

namespace {

int as_int(int64_t value) {
  return static_cast<int>(std::min<int64_t>(value, std::numeric_limits<int>::max()));
}

std::string text(const char *value) { return value ? value : ""; }

/// Calls that a queue is ready to take at once, for each method; more wait in gRPC.
int ready_calls(cgrpc_call_kind kind) { return kind == CGRPC_CALL_UNARY ? 64 : 2; }

std::shared_ptr<grpc::ServerCredentials> credentials(const cgrpc::Settings &settings) {
  if (!settings.tls) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions tls(
      settings.client_roots.empty()
          ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
          : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.pem_root_certs = settings.client_roots;
  tls.pem_key_cert_pairs.push_back({settings.private_key, settings.certificate_chain});
  return grpc::SslServerCredentials(tls);
}

void configure(grpc::ServerBuilder &builder, const cgrpc_server_options &options) {
  builder.SetMaxReceiveMessageSize(as_int(options.max_receive_bytes));
  builder.SetMaxSendMessageSize(as_int(options.max_send_bytes));
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, options.allow_port_reuse ? 1 : 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, as_int(options.keepalive_time_ms));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, as_int(options.keepalive_timeout_ms));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             as_int(options.min_ping_interval_ms));
  // As in channel.cc. What a client compressed is still read: that is another filter.
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
  if (options.max_connection_idle_ms > 0) {
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS,
                               as_int(options.max_connection_idle_ms));
  }
  if (options.max_connection_age_ms > 0) {
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                               as_int(options.max_connection_age_ms));
  }
  if (options.max_concurrent_streams > 0) {
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.max_concurrent_streams);
  }
}

}  // namespace

cgrpc::Settings::Settings(const cgrpc_server_options &given)
    : options(given),
      host(given.host ? given.host : "127.0.0.1"),
      certificate_chain(text(given.tls_certificate_chain)),
      private_key(text(given.tls_private_key)),
      client_roots(text(given.tls_client_roots)),
      tls(given.tls_certificate_chain != nullptr) {}

// gRPC C++ has health and reflection as plugins, but each brings threads of its own: the callback
// API's, which poll every connection beside our queues (measured: 1.9 instead of 1.1 times the CPU of
// a C++ one-queue server), and the synchronous API's. So both are services of ours, in Swift.
std::string ServerState::start() {
  grpc::ServerBuilder builder;
  configure(builder, settings.options);
  const bool is_ipv6 = settings.host.find(':') != std::string::npos;
  const std::string address = (is_ipv6 ? "[" + settings.host + "]" : settings.host) + ":" +
                              std::to_string(settings.options.port);
  builder.AddListeningPort(address, credentials(settings), &port);
  for (auto &[name, service] : services) builder.RegisterService(service.get());
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> made;
  for (int index = 0; index < std::max(1, settings.options.queues); index++) {
    made.push_back(builder.AddCompletionQueue());
  }
  server = builder.BuildAndStart();
  if (!server || port == 0) {
    if (server) server->Shutdown();
    for (auto &queue : made) {
      queue->Shutdown();
      void *tag;
      bool ok;
      while (queue->Next(&tag, &ok)) {
      }
    }
    server.reset();
    port = 0;
    return "Cannot listen on " + address + (settings.tls ? " (or its TLS files are not usable)" : "") + ".";
  }
  for (auto &queue : made) queues.push_back(std::make_shared<cgrpc::Queue>(std::move(queue)));
  if (!start_queues()) return "The system has no thread for the server's queues.";
  for (const auto &queue : queues) {
    for (const auto &method : methods) {
      for (int ready = ready_calls(method.kind); ready > 0; ready--) {
        cgrpc::request_call(*this, method, queue);
      }
    }
  }
  return "";
}

bool ServerState::start_queues() {
  size_t started = 0;
  while (started < queues.size() && queues[started]->start()) started++;
  if (started == queues.size()) return true;
  server->Shutdown();
  for (size_t index = 0; index < queues.size(); index++) {
    if (index >= started) {
      queues[index]->drain_here();
    } else {
      queues[index]->close();
      queues[index]->await_end();
    }
  }
  server.reset();
  queues.clear();
  port = 0;
  return false;
}

cgrpc_server *cgrpc_server_create(const cgrpc_server_options *options,
                                  cgrpc_server_handlers handlers) {
  return new cgrpc_server{std::make_shared<ServerState>(*options, handlers)};
}

void cgrpc_server_add_method(cgrpc_server *server, const char *path, cgrpc_call_kind kind,
                             bool background, void *method) {
  ServerState &state = *server->state;
  const std::string full = path;
  const size_t slash = full.rfind('/');
  const std::string name = slash == 0 || slash == std::string::npos ? "" : full.substr(1, slash - 1);
  auto &service = state.services[name];
  if (!service) service = std::make_unique<cgrpc::RawService>();
  int index = 0;
  for (const auto &other : state.methods) index += other.service == service.get() ? 1 : 0;
  state.methods.push_back({full, kind, background, index, method, service.get()});
  service->add(state.methods.back().path.c_str(), kind);
}

char *cgrpc_server_start(cgrpc_server *server) {
  if (server->state->server) return cgrpc::copy_string("The server runs already.");
  const std::string error = server->state->start();
  return error.empty() ? nullptr : cgrpc::copy_string(error);
}

int cgrpc_server_port(cgrpc_server *server) { return server->state->port; }
