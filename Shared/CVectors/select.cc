// Selections by integer keys that order as scores do; see include/cvectors.h.
#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>

#include "cvectors.h"

namespace {

// Larger for a larger score and, on equal ones, for a lower place. NaN counts as the least.
uint64_t key(float score, uint32_t place) {
  uint32_t bits;
  score += 0.0f;  // -0 and 0 are equal scores
  std::memcpy(&bits, &score, 4);
  const uint32_t ordered = score != score ? 0 : bits & 0x80000000u ? ~bits : bits | 0x80000000u;
  return uint64_t{ordered} << 32 | uint32_t{~place};
}

uint32_t place(uint64_t key) { return ~static_cast<uint32_t>(key); }

float score(uint64_t key) {
  const uint32_t ordered = static_cast<uint32_t>(key >> 32);
  const uint32_t bits = ordered & 0x80000000u ? ordered & 0x7fffffffu : ~ordered;
  float score;
  std::memcpy(&score, &bits, 4);
  return score;
}

}  // namespace

extern "C" {

void cvectors_keep_best(cvectors_found* found) {
  if (found->count < found->keep || found->keep == 0) return;
  uint64_t* keys = found->keys;
  for (size_t i = 0; i < found->count; ++i) keys[i] = key(found->scores[i], static_cast<uint32_t>(found->rows[i]));
  std::nth_element(keys, keys + found->keep - 1, keys + found->count, std::greater<>());
  for (size_t i = 0; i < found->keep; ++i) {
    found->rows[i] = static_cast<int32_t>(place(keys[i]));
    found->scores[i] = score(keys[i]);
  }
  found->count = found->keep;
  found->threshold = found->scores[found->keep - 1];
}

void cvectors_order(const float* scores, size_t count, size_t wanted, uint64_t* keys, int32_t* order) {
  wanted = std::min(wanted, count);
  if (wanted == 0) return;
  for (size_t i = 0; i < count; ++i) keys[i] = key(scores[i], static_cast<uint32_t>(i));
  if (wanted < count) std::nth_element(keys, keys + wanted - 1, keys + count, std::greater<>());
  std::sort(keys, keys + wanted, std::greater<>());
  for (size_t i = 0; i < wanted; ++i) order[i] = static_cast<int32_t>(place(keys[i]));
}

size_t cvectors_select(const float* scores, size_t count, size_t wanted, uint64_t* keys, int32_t* rows, float* best) {
  const float bar = cvectors_bar(scores, count, wanted);
  size_t reached = 0;
  for (size_t i = 0; i < count; ++i) {
    // Without a branch: written always, kept or not.
    keys[reached] = key(scores[i], static_cast<uint32_t>(i));
    reached += scores[i] >= bar && scores[i] <= std::numeric_limits<float>::max();
  }
  wanted = std::min(wanted, reached);
  if (wanted == 0) return 0;
  if (reached > 2 * wanted) std::nth_element(keys, keys + wanted - 1, keys + reached, std::greater<>());
  std::sort(keys, keys + (reached > 2 * wanted ? wanted : reached), std::greater<>());
  for (size_t i = 0; i < wanted; ++i) {
    rows[i] = static_cast<int32_t>(place(keys[i]));
    best[i] = score(keys[i]);
  }
  return wanted;
}

}  // extern "C"
