// FAISS (libfaiss 1.7.3) as plain C: inner-product indices by factory string.
// Ownership: cfaiss_index_create and cfaiss_index_read make an index that the caller frees with cfaiss_index_free.
// All other pointers are borrowed for the call. No C++ exception leaves: functions that can fail return
// CFAISS_OK or another code and, then, write a message (always ended by a zero) into the caller's buffer.
// Threads: searches of one index may run at once; nothing may run beside train, add or free of that index. FAISS's own
// OpenMP threads are kept to one in the calling thread, since the suite splits work over cores itself.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cfaiss_index cfaiss_index;

typedef enum cfaiss_code {
  CFAISS_OK = 0,
  // A factory string, file or argument that FAISS refused.
  CFAISS_INVALID = 1,
  // Memory ran out.
  CFAISS_NO_MEMORY = 2,
} cfaiss_code;

// Makes an empty inner-product index, e.g. "Flat", "HNSW32,Flat", "IVF256,Flat", "IVF256,PQ16np".
// *index is owned by the caller on CFAISS_OK and null otherwise.
cfaiss_code cfaiss_index_create(const char* _Nonnull factory, int32_t dimensions,
                                cfaiss_index* _Nullable* _Nonnull index, char* _Nonnull message,
                                size_t message_capacity);

// Reads an index file. *index is owned by the caller on CFAISS_OK and null otherwise.
cfaiss_code cfaiss_index_read(const char* _Nonnull path, cfaiss_index* _Nullable* _Nonnull index,
                              char* _Nonnull message, size_t message_capacity);

// Writes an index file.
cfaiss_code cfaiss_index_write(const cfaiss_index* _Nonnull index, const char* _Nonnull path,
                               char* _Nonnull message, size_t message_capacity);

// Frees an index; the pointer is dead afterwards.
void cfaiss_index_free(cfaiss_index* _Nullable index);

// Number of vectors in it.
int64_t cfaiss_index_count(const cfaiss_index* _Nonnull index);

// Length of its vectors.
int32_t cfaiss_index_dimensions(const cfaiss_index* _Nonnull index);

// Bytes that a file of it has; 0 for a kind that cannot be written.
int64_t cfaiss_index_bytes(const cfaiss_index* _Nonnull index);

// Whether it is an inverted file: searches take probes and a bitmap.
bool cfaiss_index_is_inverted_file(const cfaiss_index* _Nonnull index);

// Sets a search-time parameter, e.g. "efSearch". Not while a search runs.
cfaiss_code cfaiss_index_set_parameter(cfaiss_index* _Nonnull index, const char* _Nonnull name, double value,
                                       char* _Nonnull message, size_t message_capacity);

// Trains it (a no-op for kinds that need none) and adds `count` vectors, row-major; they get the next row numbers.
// `threads` is the number of OpenMP threads for this call.
cfaiss_code cfaiss_index_build(cfaiss_index* _Nonnull index, int64_t count, const float* _Nonnull vectors,
                               int32_t threads, char* _Nonnull message, size_t message_capacity);

// Searches one vector. Writes k scores and rows, best first; row -1 fills what was not found.
// For an inverted file: `probes` lists are visited, and with a bitmap (bit r of byte r/8, `bitmap_bytes` long) only rows
// whose bit is set are found. Other kinds take no bitmap: CFAISS_INVALID.
cfaiss_code cfaiss_index_search(const cfaiss_index* _Nonnull index, const float* _Nonnull query, int64_t k,
                                int64_t probes, const uint8_t* _Nullable bitmap, size_t bitmap_bytes,
                                float* _Nonnull scores, int64_t* _Nonnull rows, char* _Nonnull message,
                                size_t message_capacity);

// Indices that are alive, for leak tests.
int64_t cfaiss_live_indices(void);

#ifdef __cplusplus
}
#endif
