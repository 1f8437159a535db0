// A bar for a selection among many scores; see include/cvectors.h.
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
enum { WIDTH = 16, BUCKETS = 1024, STRIP = 256 };

// Least and largest finite score; least above largest when there is none.
WIDEST static void extent(const float* scores, size_t count, float* least, float* largest) {
  float low = INFINITY, high = -INFINITY;
  size_t i = 0;
  if (count >= WIDTH) {
    floats lows, highs;
    for (int lane = 0; lane < WIDTH; ++lane) {
      lows[lane] = INFINITY;
      highs[lane] = -INFINITY;
    }
    for (; i + WIDTH <= count; i += WIDTH) {
      floats s;
      memcpy(&s, scores + i, sizeof s);
      const ints finite = (s - s) == 0;
      const ints lower = finite & (s < lows), higher = finite & (s > highs);
      lows = (floats)(((ints)s & lower) | ((ints)lows & ~lower));
      highs = (floats)(((ints)s & higher) | ((ints)highs & ~higher));
    }
    for (int lane = 0; lane < WIDTH; ++lane) {
      low = fminf(low, lows[lane]);
      high = fmaxf(high, highs[lane]);
    }
  }
  for (; i < count; ++i) {
    if (!isfinite(scores[i])) continue;
    low = fminf(low, scores[i]);
    high = fmaxf(high, scores[i]);
  }
  *least = low;
  *largest = high;
}

// Counts the scores of each bucket; counts[0] are those that are not finite.
WIDEST static void buckets(const float* scores, size_t count, float low, float scale, uint32_t* counts) {
  int32_t strip[STRIP];
  for (size_t i = 0; i < count; i += STRIP) {
    const size_t rows = count - i < STRIP ? count - i : STRIP;
    for (size_t j = 0; j < rows; ++j) {
      // What is not finite goes below all others.
      const float place = (scores[i + j] - low) * scale;
      strip[j] = place >= 0 && place < BUCKETS ? (int32_t)place + 1 : 0;
    }
    for (size_t j = 0; j < rows; ++j) counts[strip[j]] += 1;
  }
}

float cvectors_bar(const float* scores, size_t count, size_t wanted) {
  float low, high;
  extent(scores, count, &low, &high);
  if (!(low <= high)) return INFINITY;
  const float scale = (float)(BUCKETS - 1) / (high - low);
  // All alike, or so far apart that the difference overflows: no histogram helps.
  if (count <= wanted || !isfinite(scale) || !(scale > 0)) return low;
  uint32_t counts[BUCKETS + 1] = {0};
  buckets(scores, count, low, scale, counts);
  size_t reached = 0;
  int bucket = BUCKETS - 1;
  for (; bucket > 0; --bucket) {
    reached += counts[bucket + 1];
    if (reached >= wanted) break;
  }
  // One bucket lower than the histogram says: rounding may put a score of this bucket below its edge.
  return bucket == 0 ? low : low + (float)(bucket - 1) / scale;
}
