// Bounds of many products from 8-bit codes; see include/cvectors.h.
#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "cvectors.h"

// A code of 128 stands for 0.
enum { ZERO = 128, LARGEST = 127 };

size_t cvectors_coded_dimensions(size_t dimensions) { return (dimensions + 3) / 4 * 4; }

// What the walk over all blocks needs of the query.
typedef struct walk {
  const int8_t* query;
  int32_t offset;     // what the codes' zero adds to each sum
  float step;
  float length;       // of the query
  float left_out;     // length of what the query's code leaves out
  float rounding;     // share of the lengths' product that adding up in floats may cost
} walk;

static float length_of(const float* values, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; ++i) sum += (double)values[i] * values[i];
  return (float)sqrt(sum);
}

static float largest_of(const float* values, size_t count) {
  float largest = 0;
  for (size_t i = 0; i < count; ++i) {
    const float size = fabsf(values[i]);
    if (isnan(size)) return NAN;
    largest = fmaxf(largest, size);
  }
  return largest;
}

// Far from where products of two such numbers overflow, or lose bits at the lower end.
static int is_tame(float largest) { return largest == 0 || (largest > 1e-12f && largest < 1e12f); }

int cvectors_code(const float* matrix, size_t rows, size_t dimensions, uint8_t* codes, float* scales, float* lengths,
                  float* left_out) {
  const size_t width = cvectors_coded_dimensions(dimensions), blocks = (rows + CVECTORS_LANES - 1) / CVECTORS_LANES;
  memset(codes, ZERO, blocks * CVECTORS_LANES * width);
  for (size_t row = 0; row < blocks * CVECTORS_LANES; ++row) {
    scales[row] = lengths[row] = left_out[row] = 0;
    if (row >= rows) continue;
    const float* values = matrix + row * dimensions;
    const float largest = largest_of(values, dimensions);
    if (!is_tame(largest)) return 0;
    const float scale = largest / LARGEST;
    double error = 0;
    for (size_t j = 0; j < dimensions; ++j) {
      const float code = scale > 0 ? rintf(values[j] / scale) : 0;
      const double rest = (double)values[j] - (double)scale * code;
      error += rest * rest;
      codes[(row / CVECTORS_LANES * (width / 4) + j / 4) * 64 + row % CVECTORS_LANES * 4 + j % 4] =
          (uint8_t)((int)code + ZERO);
    }
    scales[row] = scale;
    left_out[row] = (float)sqrt(error);
    lengths[row] = length_of(values, dimensions) + left_out[row];
  }
  return 1;
}

static inline void bound(int32_t sum, size_t row, const cvectors_coded* coded, const walk* w, float* lower,
                         float* upper) {
  const float product = coded->scales[row] * w->step * (float)(sum - w->offset);
  const float slack = coded->left_out[row] * w->length + coded->lengths[row] * (w->left_out + w->rounding * w->length);
  lower[row] = product - slack;
  upper[row] = product + slack;
}

// The meaning of the other, in plain C.
static void bounds_plain(const cvectors_coded* coded, const walk* w, float* lower, float* upper) {
  const size_t groups = cvectors_coded_dimensions(coded->dimensions) / 4;
  for (size_t row = 0; row < coded->rows; ++row) {
    const uint8_t* block = coded->codes + row / CVECTORS_LANES * groups * 64 + row % CVECTORS_LANES * 4;
    int32_t sum = 0;
    for (size_t group = 0; group < groups; ++group) {
      for (size_t j = 0; j < 4; ++j) sum += block[group * 64 + j] * w->query[4 * group + j];
    }
    bound(sum, row, coded, w, lower, upper);
  }
}

#if defined(__x86_64__)
__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni"))) static void bounds_avx512(
    const cvectors_coded* coded, const walk* w, float* lower, float* upper) {
  const size_t groups = cvectors_coded_dimensions(coded->dimensions) / 4;
  const __m512 step = _mm512_set1_ps(w->step), length = _mm512_set1_ps(w->length);
  const __m512 loss = _mm512_set1_ps(w->left_out + w->rounding * w->length);
  const __m512i offset = _mm512_set1_epi32(w->offset);
  const uint8_t* codes = coded->codes;
  for (size_t row = 0; row < coded->rows; row += CVECTORS_LANES) {
    __m512i a = _mm512_setzero_si512(), b = a;
    size_t group = 0;
    // Two sums: each waits for its own last product.
    for (; group + 2 <= groups; group += 2, codes += 128) {
      int32_t first, second;
      memcpy(&first, w->query + 4 * group, 4);
      memcpy(&second, w->query + 4 * group + 4, 4);
      a = _mm512_dpbusd_epi32(a, _mm512_loadu_si512(codes), _mm512_set1_epi32(first));
      b = _mm512_dpbusd_epi32(b, _mm512_loadu_si512(codes + 64), _mm512_set1_epi32(second));
    }
    if (group < groups) {
      int32_t last;
      memcpy(&last, w->query + 4 * group, 4);
      a = _mm512_dpbusd_epi32(a, _mm512_loadu_si512(codes), _mm512_set1_epi32(last));
      codes += 64;
    }
    const __m512 sum = _mm512_cvtepi32_ps(_mm512_sub_epi32(_mm512_add_epi32(a, b), offset));
    const __m512 product = _mm512_mul_ps(_mm512_mul_ps(_mm512_loadu_ps(coded->scales + row), step), sum);
    const __m512 slack = _mm512_fmadd_ps(_mm512_loadu_ps(coded->left_out + row), length,
                                         _mm512_mul_ps(_mm512_loadu_ps(coded->lengths + row), loss));
    _mm512_storeu_ps(lower + row, _mm512_sub_ps(product, slack));
    _mm512_storeu_ps(upper + row, _mm512_add_ps(product, slack));
  }
}
#endif

int cvectors_codes_pay(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
#else
  return 0;
#endif
}

int cvectors_bounds(const cvectors_coded* coded, const float* query, int8_t* scratch, float* lower, float* upper) {
  const size_t dimensions = coded->dimensions;
  const float largest = largest_of(query, dimensions);
  if (!is_tame(largest)) return 0;
  walk w = {scratch, 0, largest / LARGEST, length_of(query, dimensions), 0, 0};
  memset(scratch, 0, cvectors_coded_dimensions(dimensions));
  double error = 0;
  for (size_t j = 0; j < dimensions; ++j) {
    const float code = w.step > 0 ? rintf(query[j] / w.step) : 0;
    const double rest = (double)query[j] - (double)w.step * code;
    error += rest * rest;
    scratch[j] = (int8_t)code;
    w.offset += ZERO * (int32_t)code;
  }
  w.left_out = (float)sqrt(error);
  // Twice what adding up so many products, here or there, may lose in 24 bits.
  w.rounding = (float)(dimensions + 16) * 0x1p-22f;
#if defined(__x86_64__)
  if (cvectors_codes_pay()) {
    bounds_avx512(coded, &w, lower, upper);
    return 1;
  }
#endif
  bounds_plain(coded, &w, lower, upper);
  return 1;
}

size_t cvectors_reaching(const float* scores, size_t count, float bar, int32_t* rows) {
  size_t reached = 0;
  for (size_t i = 0; i < count; ++i) {
    // Without a branch: written always, kept or not.
    rows[reached] = (int32_t)i;
    reached += scores[i] >= bar;
  }
  return reached;
}
