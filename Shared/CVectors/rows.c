// Products with rows far apart, and the nearest centre; see include/cvectors.h.
// Written with vector types: the compiler makes of them what each machine has.
#include <math.h>
#include <string.h>

#include "cvectors.h"

#if defined(__x86_64__)
#define WIDEST __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define WIDEST
#endif

typedef float floats __attribute__((vector_size(64)));
typedef int32_t ints __attribute__((vector_size(64)));
enum { WIDTH = 16, AHEAD = 8 };

WIDEST void cvectors_dot_rows(const float* matrix, size_t dimensions, const int32_t* rows, size_t count,
                              const float* query, float* scores) {
  for (size_t i = 0; i < count; ++i) {
    if (i + AHEAD < count) {
      const char* next = (const char*)(matrix + (size_t)rows[i + AHEAD] * dimensions);
      for (size_t byte = 0; byte < 4 * dimensions; byte += 64) __builtin_prefetch(next + byte);
    }
    const float* row = matrix + (size_t)rows[i] * dimensions;
    floats sums = {0};
    size_t j = 0;
    for (; j + WIDTH <= dimensions; j += WIDTH) {
      floats left, right;
      memcpy(&left, row + j, sizeof left);
      memcpy(&right, query + j, sizeof right);
      sums += left * right;
    }
    float sum = 0;
    for (; j < dimensions; ++j) sum += row[j] * query[j];
    for (int lane = 0; lane < WIDTH; ++lane) sum += sums[lane];
    scores[i] = sum;
  }
}

WIDEST size_t cvectors_best(const float* scores, const float* penalties, size_t count) {
  size_t best = 0, i = 0;
  float highest = -INFINITY;
  if (count >= WIDTH) {
    floats top;
    ints places, current;
    for (int lane = 0; lane < WIDTH; ++lane) {
      top[lane] = -INFINITY;
      places[lane] = 0;
      current[lane] = lane;
    }
    for (; i + WIDTH <= count; i += WIDTH) {
      floats left, right;
      memcpy(&left, scores + i, sizeof left);
      memcpy(&right, penalties + i, sizeof right);
      left -= right;
      const ints better = left > top;
      top = (floats)(((ints)left & better) | ((ints)top & ~better));
      places = (current & better) | (places & ~better);
      current += WIDTH;
    }
    for (int lane = 0; lane < WIDTH; ++lane) {
      if (top[lane] > highest || (top[lane] == highest && (size_t)places[lane] < best)) {
        highest = top[lane];
        best = (size_t)places[lane];
      }
    }
  }
  for (; i < count; ++i) {
    if (scores[i] - penalties[i] > highest) {
      highest = scores[i] - penalties[i];
      best = i;
    }
  }
  return best;
}
