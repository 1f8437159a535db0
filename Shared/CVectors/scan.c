// The walk through inverted lists; see include/cvectors.h.
#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "cvectors.h"

enum { HEAD_BYTES = CVECTORS_LANES * 8, GROUP_BYTES = CVECTORS_LANES * 4 };

// What the walk through one list needs, worked out once.
typedef struct walk {
  size_t groups;  // of 8 dimensions, an even number
  const int8_t* query;
  float step, offset, bias;
  const uint64_t* bitmap;
} walk;

static inline int is_allowed(const uint64_t* bitmap, int32_t row) {
  return bitmap == NULL || (bitmap[(uint32_t)row >> 6] >> ((uint32_t)row & 63) & 1);
}

static inline void make_room(cvectors_found* found) {
  if (found->count + CVECTORS_LANES > found->capacity) cvectors_keep_best(found);
}

// Adds the candidates whose bits are set.
static inline void take(const uint8_t* block, const float* scores, unsigned mask, const walk* w, cvectors_found* found) {
  int32_t rows[CVECTORS_LANES];
  memcpy(rows, block + 64, sizeof rows);
  make_room(found);
  for (; mask != 0; mask &= mask - 1) {
    const int lane = __builtin_ctz(mask);
    if (!is_allowed(w->bitmap, rows[lane])) continue;
    found->rows[found->count] = rows[lane];
    found->scores[found->count] = scores[lane];
    found->count += 1;
  }
}

// The meaning of the others, in plain C.
static void scan_plain(const uint8_t* block, const uint8_t* end, const walk* w, cvectors_found* found) {
  for (; block < end; block += HEAD_BYTES + w->groups * GROUP_BYTES) {
    float scores[CVECTORS_LANES];
    unsigned mask = 0;
    for (int lane = 0; lane < CVECTORS_LANES; ++lane) {
      int32_t sum = 0;
      for (size_t group = 0; group < w->groups; ++group) {
        const uint8_t* bytes = block + HEAD_BYTES + group * GROUP_BYTES + 4 * lane;
        for (int j = 0; j < 4; ++j) {
          sum += (bytes[j] & 15) * w->query[8 * group + j] + (bytes[j] >> 4) * w->query[8 * group + 4 + j];
        }
      }
      float scale;
      memcpy(&scale, block + 4 * lane, 4);
      scores[lane] = w->bias + scale * (w->step * ((float)sum - w->offset));
      if (scores[lane] >= found->threshold) mask |= 1u << lane;
    }
    if (mask != 0) take(block, scores, mask, w, found);
  }
}

#if defined(__x86_64__)
static inline int32_t four(const int8_t* values) {
  int32_t word;
  memcpy(&word, values, 4);
  return word;
}

__attribute__((target("avx2,fma"))) static void scan_avx2(const uint8_t* block, const uint8_t* end, const walk* w,
                                                          cvectors_found* found) {
  const __m256i low = _mm256_set1_epi8(15), ones = _mm256_set1_epi16(1);
  const __m256 step = _mm256_set1_ps(w->step), offset = _mm256_set1_ps(w->offset), bias = _mm256_set1_ps(w->bias);
  for (; block < end; block += HEAD_BYTES + w->groups * GROUP_BYTES) {
    float scores[CVECTORS_LANES];
    unsigned mask = 0;
    for (int half = 0; half < 2; ++half) {
      __m256i sum = _mm256_setzero_si256();
      for (size_t group = 0; group < w->groups; ++group) {
        const __m256i codes =
            _mm256_loadu_si256((const __m256i*)(block + HEAD_BYTES + group * GROUP_BYTES + 32 * half));
        // 15 * 127 * 4 fits 16 bits: the two halves may be added before they are widened.
        const __m256i lower = _mm256_maddubs_epi16(_mm256_and_si256(codes, low),
                                                   _mm256_set1_epi32(four(w->query + 8 * group)));
        const __m256i upper = _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(codes, 4), low),
                                                   _mm256_set1_epi32(four(w->query + 8 * group + 4)));
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_add_epi16(lower, upper), ones));
      }
      const __m256 product = _mm256_mul_ps(step, _mm256_sub_ps(_mm256_cvtepi32_ps(sum), offset));
      const __m256 scales = _mm256_loadu_ps((const float*)(const void*)(block + 32 * half));
      const __m256 score = _mm256_fmadd_ps(scales, product, bias);
      _mm256_storeu_ps(scores + 8 * half, score);
      const __m256 reached = _mm256_cmp_ps(score, _mm256_set1_ps(found->threshold), _CMP_GE_OQ);
      mask |= (unsigned)_mm256_movemask_ps(reached) << (8 * half);
    }
    if (mask != 0) take(block, scores, mask, w, found);
  }
}

__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni"))) static void scan_avx512(
    const uint8_t* block, const uint8_t* end, const walk* w, cvectors_found* found) {
  const __m512i low = _mm512_set1_epi8(15);
  const __m512 step = _mm512_set1_ps(w->step), offset = _mm512_set1_ps(w->offset), bias = _mm512_set1_ps(w->bias);
  for (; block < end; block += HEAD_BYTES + w->groups * GROUP_BYTES) {
    __m512i a = _mm512_setzero_si512(), b = a, c = a, d = a;
    const uint8_t* codes = block + HEAD_BYTES;
    const int8_t* query = w->query;
    // Four sums: each waits five cycles for its own last product.
    for (size_t group = 0; group < w->groups; group += 2, codes += 2 * GROUP_BYTES, query += 16) {
      const __m512i first = _mm512_loadu_si512(codes), second = _mm512_loadu_si512(codes + GROUP_BYTES);
      a = _mm512_dpbusd_epi32(a, _mm512_and_si512(first, low), _mm512_set1_epi32(four(query)));
      b = _mm512_dpbusd_epi32(b, _mm512_and_si512(_mm512_srli_epi16(first, 4), low),
                              _mm512_set1_epi32(four(query + 4)));
      c = _mm512_dpbusd_epi32(c, _mm512_and_si512(second, low), _mm512_set1_epi32(four(query + 8)));
      d = _mm512_dpbusd_epi32(d, _mm512_and_si512(_mm512_srli_epi16(second, 4), low),
                              _mm512_set1_epi32(four(query + 12)));
    }
    const __m512i sum = _mm512_add_epi32(_mm512_add_epi32(a, b), _mm512_add_epi32(c, d));
    const __m512 product = _mm512_mul_ps(step, _mm512_sub_ps(_mm512_cvtepi32_ps(sum), offset));
    const __m512 score = _mm512_fmadd_ps(_mm512_loadu_ps(block), product, bias);
    __mmask16 mask = _mm512_cmp_ps_mask(score, _mm512_set1_ps(found->threshold), _CMP_GE_OQ);
    if (mask == 0) continue;
    const __m512i rows = _mm512_loadu_si512(block + 64);
    if (w->bitmap != NULL) {
      const __m512i words = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), mask, _mm512_srli_epi32(rows, 5),
                                                        (const int*)(const void*)w->bitmap, 4);
      const __m512i bits = _mm512_srlv_epi32(words, _mm512_and_si512(rows, _mm512_set1_epi32(31)));
      mask &= _mm512_test_epi32_mask(bits, _mm512_set1_epi32(1));
      if (mask == 0) continue;
    }
    make_room(found);
    _mm512_mask_compressstoreu_epi32(found->rows + found->count, mask, rows);
    _mm512_mask_compressstoreu_ps(found->scores + found->count, mask, score);
    found->count += (size_t)__builtin_popcount(mask);
  }
}
#endif

typedef void (*scanner)(const uint8_t*, const uint8_t*, const walk*, cvectors_found*);

static scanner widest(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
    return scan_avx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return scan_avx2;
#endif
  return scan_plain;
}

void cvectors_scan(const cvectors_lists* lists, const int32_t* order, const float* biases, size_t count,
                   const cvectors_query* query, const uint64_t* bitmap, cvectors_found* found) {
  const scanner scan = widest();
  const size_t bytes = cvectors_block_bytes(lists->dimensions);
  walk w = {(bytes - HEAD_BYTES) / GROUP_BYTES, query->values, query->step, 7.5f * (float)query->sum, 0, bitmap};
  for (size_t place = 0; place < count; ++place) {
    if (place + 1 < count) {
      // The machine fetches ahead by itself inside a list, but cannot know where the next one lies.
      const uint8_t* next = lists->blocks + lists->starts[order[place + 1]] * bytes;
      for (size_t line = 0; line < 16; ++line) __builtin_prefetch(next + 64 * line);
    }
    const size_t list = (size_t)order[place];
    w.bias = biases[list];
    scan(lists->blocks + lists->starts[list] * bytes, lists->blocks + lists->starts[list + 1] * bytes, &w, found);
  }
}
