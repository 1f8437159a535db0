// Coding of vectors and queries; see include/cvectors.h.
#include <math.h>
#include <string.h>

#include "cvectors.h"

enum { HEAD_BYTES = CVECTORS_LANES * 8, GROUP_BYTES = CVECTORS_LANES * 4 };

static size_t padded(size_t dimensions) { return (dimensions + 15) / 16 * 16; }

size_t cvectors_block_bytes(size_t dimensions) { return HEAD_BYTES + padded(dimensions) / 8 * GROUP_BYTES; }

static float clamped_code(float value, float inverse) {
  const float code = rintf(value * inverse + 7.5f);
  return code < 0 ? 0 : code > 15 ? 15 : code;
}

// The step with the least squared error: clipping the largest values a little leaves finer steps for the others.
static float best_scale(const float* residual, size_t dimensions) {
  float largest = 0;
  for (size_t j = 0; j < dimensions; ++j) largest = fmaxf(largest, fabsf(residual[j]));
  if (!(largest > 0)) return 0;
  float best = largest / 7.5f, least = INFINITY;
  for (int tenths = 7; tenths <= 10; ++tenths) {
    const float scale = largest * (float)tenths / 75.0f, inverse = 1 / scale;
    float error = 0;
    for (size_t j = 0; j < dimensions; ++j) {
      const float off = residual[j] - scale * (clamped_code(residual[j], inverse) - 7.5f);
      error += off * off;
    }
    if (error < least) {
      least = error;
      best = scale;
    }
  }
  return best;
}

void cvectors_encode(const float* residual, size_t dimensions, int32_t row, uint8_t* block, size_t place) {
  const float scale = best_scale(residual, dimensions);
  memcpy(block + 4 * place, &scale, 4);
  memcpy(block + 64 + 4 * place, &row, 4);
  if (scale == 0) return;
  const float inverse = 1 / scale;
  for (size_t j = 0; j < dimensions; ++j) {
    const uint8_t code = (uint8_t)clamped_code(residual[j], inverse);
    uint8_t* byte = block + HEAD_BYTES + j / 8 * GROUP_BYTES + 4 * place + j % 4;
    *byte = (uint8_t)(*byte | (j % 8 < 4 ? code : code << 4));
  }
}

void cvectors_encode_nothing(uint8_t* block, size_t place) {
  const float scale = NAN;
  const int32_t row = -1;
  memcpy(block + 4 * place, &scale, 4);
  memcpy(block + 64 + 4 * place, &row, 4);
}

cvectors_query cvectors_encode_query(const float* query, size_t dimensions, int8_t* values) {
  float largest = 0;
  for (size_t j = 0; j < dimensions; ++j) largest = fmaxf(largest, fabsf(query[j]));
  memset(values, 0, padded(dimensions));
  cvectors_query coded = {values, largest / 127, 0};
  // A query of zeros, or one so small that its step is zero: all products are those with the centres.
  if (!(coded.step > 0)) return coded;
  for (size_t j = 0; j < dimensions; ++j) {
    values[j] = (int8_t)fmaxf(-127, fminf(127, rintf(query[j] / coded.step)));
    coded.sum += values[j];
  }
  return coded;
}
