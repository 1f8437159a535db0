// FAISS behind a C face; see include/cfaiss.h.
#include "cfaiss.h"

#include <atomic>
#include <cstdio>
#include <exception>
#include <memory>
#include <new>

// Not <faiss/IndexHNSW.h>: it wants <omp.h>, which Swift's clang does not have.
#include <faiss/AutoTune.h>
#include <faiss/Index.h>
#include <faiss/IndexIVF.h>
#include <faiss/impl/IDSelector.h>
#include <faiss/impl/io.h>
#include <faiss/index_factory.h>
#include <faiss/index_io.h>

extern "C" void omp_set_num_threads(int);

struct cfaiss_index {
  std::unique_ptr<faiss::Index> index;                // owned
  const faiss::IndexIVF* inverted_file = nullptr;     // borrowed from index; null for other kinds
};

namespace {

std::atomic<int64_t> live_indices{0};

// Runs the body; turns whatever it throws into a code and a message.
template <typename Body>
cfaiss_code guarded(char* message, size_t capacity, Body body) noexcept {
  const auto say = [&](const char* what) {
    if (capacity > 0) std::snprintf(message, capacity, "%s", what);
  };
  say("");
  try {
    body();
    return CFAISS_OK;
  } catch (const std::bad_alloc&) {
    say("out of memory");
    return CFAISS_NO_MEMORY;
  } catch (const std::exception& error) {
    say(error.what());
    return CFAISS_INVALID;
  } catch (...) {
    say("an unknown C++ exception");
    return CFAISS_INVALID;
  }
}

struct invalid : std::exception {
  const char* text;
  explicit invalid(const char* text) : text(text) {}
  const char* what() const noexcept override { return text; }
};

// Counts what it is given and keeps nothing.
struct counting_writer : faiss::IOWriter {
  int64_t bytes = 0;
  size_t operator()(const void*, size_t size, size_t count) override {
    bytes += static_cast<int64_t>(size * count);
    return count;
  }
};

cfaiss_index* wrapped(std::unique_ptr<faiss::Index> index) {
  auto made = std::make_unique<cfaiss_index>();
  made->inverted_file = dynamic_cast<const faiss::IndexIVF*>(index.get());
  made->index = std::move(index);
  live_indices.fetch_add(1);
  return made.release();
}

}  // namespace

extern "C" {

cfaiss_code cfaiss_index_create(const char* factory, int32_t dimensions, cfaiss_index** index, char* message,
                                size_t message_capacity) {
  *index = nullptr;
  return guarded(message, message_capacity, [&] {
    if (dimensions <= 0) throw invalid("dimensions must be above 0");
    *index = wrapped(std::unique_ptr<faiss::Index>(
        faiss::index_factory(dimensions, factory, faiss::METRIC_INNER_PRODUCT)));
  });
}

cfaiss_code cfaiss_index_read(const char* path, cfaiss_index** index, char* message, size_t message_capacity) {
  *index = nullptr;
  return guarded(message, message_capacity,
                 [&] { *index = wrapped(std::unique_ptr<faiss::Index>(faiss::read_index(path))); });
}

cfaiss_code cfaiss_index_write(const cfaiss_index* index, const char* path, char* message, size_t message_capacity) {
  return guarded(message, message_capacity, [&] { faiss::write_index(index->index.get(), path); });
}

void cfaiss_index_free(cfaiss_index* index) {
  if (index == nullptr) return;
  delete index;
  live_indices.fetch_sub(1);
}

int64_t cfaiss_index_count(const cfaiss_index* index) { return index->index->ntotal; }

int32_t cfaiss_index_dimensions(const cfaiss_index* index) { return static_cast<int32_t>(index->index->d); }

int64_t cfaiss_index_bytes(const cfaiss_index* index) {
  char message[1];
  counting_writer writer;
  const cfaiss_code code =
      guarded(message, sizeof message, [&] { faiss::write_index(index->index.get(), &writer); });
  return code == CFAISS_OK ? writer.bytes : 0;
}

bool cfaiss_index_is_inverted_file(const cfaiss_index* index) { return index->inverted_file != nullptr; }

cfaiss_code cfaiss_index_set_parameter(cfaiss_index* index, const char* name, double value, char* message,
                                       size_t message_capacity) {
  return guarded(message, message_capacity, [&] {
    faiss::ParameterSpace().set_index_parameter(index->index.get(), name, value);
  });
}

cfaiss_code cfaiss_index_build(cfaiss_index* index, int64_t count, const float* vectors, int32_t threads,
                               char* message, size_t message_capacity) {
  omp_set_num_threads(threads > 0 ? threads : 1);
  const cfaiss_code code = guarded(message, message_capacity, [&] {
    if (count <= 0) return;
    if (!index->index->is_trained) index->index->train(count, vectors);
    index->index->add(count, vectors);
  });
  omp_set_num_threads(1);
  return code;
}

cfaiss_code cfaiss_index_search(const cfaiss_index* index, const float* query, int64_t k, int64_t probes,
                                const uint8_t* bitmap, size_t bitmap_bytes, float* scores, int64_t* rows,
                                char* message, size_t message_capacity) {
  // The setting is one of the calling thread, and cheap.
  omp_set_num_threads(1);
  return guarded(message, message_capacity, [&] {
    if (k <= 0) return;
    if (index->inverted_file == nullptr) {
      if (bitmap != nullptr) throw invalid("this kind of index takes no bitmap");
      index->index->search(1, query, k, scores, rows);
      return;
    }
    faiss::SearchParametersIVF parameters;
    parameters.nprobe = static_cast<size_t>(probes > 0 ? probes : 1);
    faiss::IDSelectorBitmap selector(bitmap_bytes, bitmap);
    if (bitmap != nullptr) parameters.sel = &selector;
    index->inverted_file->search(1, query, k, scores, rows, &parameters);
  });
}

int64_t cfaiss_live_indices(void) { return live_indices.load(); }

}  // extern "C"
