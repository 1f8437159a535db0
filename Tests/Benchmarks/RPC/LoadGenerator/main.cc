// A closed loop of unary calls against an echo server: always `inflight` calls at a time, over two
// channels, from one thread.
//
//   bench-rpc-load PORT PID INFLIGHT BYTES SECONDS
//
// Warms up for a fifth of the time, then measures; prints one line of JSON. The server's CPU time is
// utime + stime of /proc/PID/stat over the measured window.
#include <google/protobuf/wrappers.pb.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double server_cpu_seconds(const std::string &pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  // The name (field 2) may hold spaces; after it come fields 3, 4, …; utime is 14, stime 15.
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string field;
  double ticks = 0;
  for (int number = 3; fields >> field && number <= 15; number++) {
    if (number >= 14) ticks += std::stod(field);
  }
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

struct Load {
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs;
  grpc::CompletionQueue queue;
  grpc::ByteBuffer request;
  std::vector<double> latencies_us;
  bool measuring = false;
  bool stopping = false;
  int live = 0;
  size_t started = 0;
  size_t wrong = 0;
};

struct Call {
  grpc::ClientContext context;
  grpc::ByteBuffer reply;
  grpc::Status status;
  Clock::time_point start;
  std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> reader;

  explicit Call(Load &load) : start(Clock::now()) {
    auto &stub = load.stubs[load.started++ % load.stubs.size()];
    reader = stub->PrepareUnaryCall(&context, "/bench.Echo/Echo", load.request, &load.queue);
    reader->StartCall();
    reader->Finish(&reply, &status, this);
    load.live++;
  }
};

void run_until(Load &load, Clock::time_point end) {
  void *tag;
  bool ok;
  while (load.live > 0 && (load.stopping || Clock::now() < end) && load.queue.Next(&tag, &ok)) {
    std::unique_ptr<Call> call(static_cast<Call *>(tag));
    load.live--;
    if (!call->status.ok() || call->reply.Length() != load.request.Length()) load.wrong++;
    if (load.measuring) {
      const std::chrono::duration<double, std::micro> took = Clock::now() - call->start;
      load.latencies_us.push_back(took.count());
    }
    if (!load.stopping) new Call(load);
  }
}

}  // namespace

int main(int count, char **arguments) {
  if (count != 6) return 2;
  const std::string target = std::string("127.0.0.1:") + arguments[1];
  const std::string pid = arguments[2];
  const int inflight = std::atoi(arguments[3]);
  const size_t bytes = static_cast<size_t>(std::atol(arguments[4]));
  const double seconds = std::atof(arguments[5]);

  Load load;
  for (int index = 0; index < 2; index++) {
    grpc::ChannelArguments options;
    options.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    load.stubs.push_back(std::make_unique<grpc::GenericStub>(
        grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), options)));
  }
  google::protobuf::BytesValue message;
  message.set_value(std::string(bytes, 'x'));
  const grpc::Slice slice(message.SerializeAsString());
  load.request = grpc::ByteBuffer(&slice, 1);

  const auto span = [](double value) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(value));
  };
  for (int index = 0; index < inflight; index++) new Call(load);
  run_until(load, Clock::now() + span(seconds / 5));

  load.measuring = true;
  const double cpu_before = server_cpu_seconds(pid);
  const auto begin = Clock::now();
  run_until(load, begin + span(seconds));
  const std::chrono::duration<double> elapsed = Clock::now() - begin;
  const double cpu = server_cpu_seconds(pid) - cpu_before;
  load.measuring = false;
  load.stopping = true;
  run_until(load, Clock::now());

  auto &latencies = load.latencies_us;
  if (latencies.empty() || load.wrong > 0) {
    std::fprintf(stderr, "%zu calls, %zu of them wrong\n", latencies.size(), load.wrong);
    return 1;
  }
  std::sort(latencies.begin(), latencies.end());
  const auto at = [&](double share) {
    return latencies[static_cast<size_t>(share * static_cast<double>(latencies.size() - 1))];
  };
  std::printf("{\"rps\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"server_cpu_us\":%.3f}\n",
              static_cast<double>(latencies.size()) / elapsed.count(), at(0.5), at(0.99),
              cpu * 1e6 / static_cast<double>(latencies.size()));
  return 0;
}
