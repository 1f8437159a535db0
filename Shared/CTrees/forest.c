// See include/ctrees.h.
#include "ctrees.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq")))

int ctrees_is_available(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}

// Lays out both copies of some rows: the columns that nodes read, as integers.
TARGET static void fill(const ctrees_forest* forest, const float* rows, size_t count, size_t width, int32_t* block) {
  const size_t columns = forest->column_count;
  for (size_t row = 0; row < count; ++row) {
    int32_t* least = block + row * 2 * columns;
    for (size_t first = 0; first < columns; first += CTREES_LANES) {
      const __m512i places = _mm512_loadu_si512(forest->columns + first);
      const __m512 values = _mm512_i32gather_ps(places, rows + row * width, 4);
      const __mmask16 missing = _mm512_cmp_ps_mask(values, values, _CMP_UNORD_Q);
      // Both zeros are one.
      const __m512i bits = _mm512_castps_si512(_mm512_add_ps(values, _mm512_setzero_ps()));
      const __m512i flipped = _mm512_and_si512(_mm512_srai_epi32(bits, 31), _mm512_set1_epi32(INT32_MAX));
      const __m512i keys = _mm512_xor_si512(bits, flipped);
      _mm512_storeu_si512(least + first, _mm512_mask_mov_epi32(keys, missing, _mm512_set1_epi32(INT32_MIN)));
      _mm512_storeu_si512(least + columns + first, _mm512_mask_mov_epi32(keys, missing, _mm512_set1_epi32(INT32_MAX)));
    }
  }
}

// The first 64 nodes of a tree in registers: a level's nodes are looked up there, not in memory.
typedef struct top {
  __m512i first, second, third, fourth;
} top;

TARGET static inline top load(const int32_t* values) {
  const top loaded = {_mm512_loadu_si512(values), _mm512_loadu_si512(values + 16), _mm512_loadu_si512(values + 32),
                      _mm512_loadu_si512(values + 48)};
  return loaded;
}

// The values at nodes of one level: node i of level l lies in 2^l ..< 2^(l + 1).
TARGET static inline __m512i at(const top* values, const int32_t* all, __m512i nodes, int level) {
  if (level < 4) return _mm512_permutexvar_epi32(nodes, values->first);
  if (level == 4) return _mm512_permutexvar_epi32(nodes, values->second);
  if (level == 5) return _mm512_permutex2var_epi32(values->third, nodes, values->fourth);
  return _mm512_i32gather_epi32(nodes, all, 4);
}

// One step down for sixteen rows.
TARGET static inline __m512i step(const top* thresholds, const top* places, const int32_t* all_thresholds,
                                  const int32_t* all_places, const int32_t* block, __m512i offsets, __m512i nodes,
                                  int level) {
  const __m512i index = _mm512_add_epi32(offsets, at(places, all_places, nodes, level));
  const __m512i values = _mm512_i32gather_epi32(index, block, 4);
  const __mmask16 right = _mm512_cmpge_epi32_mask(values, at(thresholds, all_thresholds, nodes, level));
  const __m512i children = _mm512_add_epi32(nodes, nodes);
  return _mm512_mask_add_epi32(children, right, children, _mm512_set1_epi32(1));
}

// All trees for the rows of a block: two groups of sixteen, so that one does not wait for its own last step.
TARGET static void add(const ctrees_forest* forest, const int32_t* block, size_t count, float* sums) {
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i stride = _mm512_set1_epi32((int32_t)(2 * forest->column_count));
  const __m512i last = _mm512_set1_epi32((int32_t)count - 1);
  // Lanes without a row follow the last one; their sums are not kept.
  const __m512i near = _mm512_mullo_epi32(_mm512_min_epi32(lanes, last), stride);
  const __m512i far =
      _mm512_mullo_epi32(_mm512_min_epi32(_mm512_add_epi32(lanes, _mm512_set1_epi32(CTREES_LANES)), last), stride);
  const __mmask16 near_rows = count >= 16 ? 0xffff : (__mmask16)((1u << count) - 1);
  const __mmask16 far_rows = count >= 32 ? 0xffff : count > 16 ? (__mmask16)((1u << (count - 16)) - 1) : 0;
  __m512 near_sums = _mm512_maskz_loadu_ps(near_rows, sums);
  __m512 far_sums = _mm512_maskz_loadu_ps(far_rows, sums + CTREES_LANES);
  for (size_t tree = 0; tree < forest->tree_count; ++tree) {
    const int32_t* all_thresholds = forest->thresholds + forest->first_nodes[tree];
    const int32_t* all_places = forest->places + forest->first_nodes[tree];
    const int depth = forest->depths[tree];
    const top thresholds = load(all_thresholds), places = load(all_places);
    __m512i one = _mm512_set1_epi32(1), other = one;
    for (int level = 0; level < depth; ++level) {
      one = step(&thresholds, &places, all_thresholds, all_places, block, near, one, level);
      if (far_rows) other = step(&thresholds, &places, all_thresholds, all_places, block, far, other, level);
    }
    const __m512i first_leaf = _mm512_set1_epi32(forest->first_leaves[tree] - (1 << depth));
    near_sums = _mm512_add_ps(near_sums, _mm512_i32gather_ps(_mm512_add_epi32(one, first_leaf), forest->leaves, 4));
    if (far_rows) {
      far_sums = _mm512_add_ps(far_sums, _mm512_i32gather_ps(_mm512_add_epi32(other, first_leaf), forest->leaves, 4));
    }
  }
  _mm512_mask_storeu_ps(sums, near_rows, near_sums);
  _mm512_mask_storeu_ps(sums + CTREES_LANES, far_rows, far_sums);
}

void ctrees_add(const ctrees_forest* forest, const float* rows, size_t count, size_t width, int32_t* block,
                float* sums) {
  for (size_t first = 0; first < count; first += CTREES_BLOCK) {
    const size_t some = count - first < CTREES_BLOCK ? count - first : CTREES_BLOCK;
    fill(forest, rows + first * width, some, width, block);
    add(forest, block, some, sums + first);
  }
}
#else
int ctrees_is_available(void) { return 0; }

void ctrees_add(const ctrees_forest* forest, const float* rows, size_t count, size_t width, int32_t* block,
                float* sums) {
  (void)forest, (void)rows, (void)count, (void)width, (void)block, (void)sums;
}
#endif
