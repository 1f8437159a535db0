// reflection.cc: descriptors for the reflection service, without generated C++.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include "server.h"

// The reflection service reads protobuf's pool of compiled-in descriptors. Files are added there as
// generated code would add them: once a name for the process (protobuf aborts on a second), before
// the first lookup of it, and never freed. Well-known types are compiled into libprotobuf already.
bool cgrpc_server_add_descriptors(cgrpc_server *, const uint8_t *bytes, size_t count) {
  static std::mutex *const mutex = new std::mutex;
  static auto *const added = new std::set<std::string>;
  static auto *const kept = new std::deque<std::string>;

  google::protobuf::FileDescriptorSet files;
  if (count > static_cast<size_t>(std::numeric_limits<int>::max()) ||
      !files.ParseFromArray(bytes, static_cast<int>(count))) {
    return false;
  }
  std::lock_guard<std::mutex> lock(*mutex);
  for (const auto &file : files.file()) {
    if (file.name().empty()) return false;
    const bool is_compiled_in = file.name().rfind("google/protobuf/", 0) == 0;
    if (is_compiled_in || !added->insert(file.name()).second) continue;
    kept->push_back(file.SerializeAsString());
    google::protobuf::DescriptorPool::InternalAddGeneratedFile(
        kept->back().data(), static_cast<int>(kept->back().size()));
  }
  return true;
}
