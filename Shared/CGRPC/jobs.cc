// jobs.cc: Swift jobs on gRPC's and the pools' threads.
#include <vector>

#include "internal.h"

namespace cgrpc {
namespace {

std::atomic<cgrpc_job_runner> runner{nullptr};

struct ThreadJobs {
  bool takes_jobs = false;
  std::vector<void *> waiting;  // borrowed: the Swift runtime owns its jobs
};

thread_local ThreadJobs jobs;

}  // namespace

void jobs_begin_thread() { jobs.takes_jobs = true; }

void jobs_drain() {
  if (jobs.waiting.empty()) return;
  const cgrpc_job_runner run = runner.load(std::memory_order_acquire);
  // By index: a job may queue more while it runs.
  for (size_t index = 0; index < jobs.waiting.size(); index++) run(jobs.waiting[index]);
  jobs.waiting.clear();
}

}  // namespace cgrpc

void cgrpc_jobs_set_runner(cgrpc_job_runner runner) {
  cgrpc::runner.store(runner, std::memory_order_release);
}

bool cgrpc_jobs_push(void *job) {
  if (!cgrpc::jobs.takes_jobs) return false;
  cgrpc::jobs.waiting.push_back(job);
  return true;
}
