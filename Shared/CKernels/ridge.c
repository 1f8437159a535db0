// Conjugate gradients for many small ridge regressions; see include/ckernels.h.
// Written with vector types: the compiler makes of them what each machine has.
#include <string.h>

#include "ckernels.h"

// Vectors pass between functions here that are always inlined: no call's layout depends on the machine.
#pragma GCC diagnostic ignored "-Wpsabi"

#if defined(__x86_64__)
// Without the width, the compiler splits 512-bit vectors in two for machines that might clock down.
#define WIDEST \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"), min_vector_width(512)))
#else
#define WIDEST
#endif
#define INLINE static inline __attribute__((always_inline))

typedef float floats __attribute__((vector_size(64)));
typedef float eight __attribute__((vector_size(32)));
typedef float four __attribute__((vector_size(16)));
enum { WIDTH = 16, AHEAD = 12 };

INLINE floats load(const float* from) {
  floats values;
  memcpy(&values, from, sizeof values);
  return values;
}

INLINE void store(float* to, floats values) { memcpy(to, &values, sizeof values); }

INLINE float sum(floats v) {
  const eight a = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +
                  __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
  const four b = __builtin_shufflevector(a, a, 0, 1, 2, 3) + __builtin_shufflevector(a, a, 4, 5, 6, 7);
  return (b[0] + b[1]) + (b[2] + b[3]);
}

INLINE void fetch(const ckernels_ridge* ridge, ptrdiff_t entry, ptrdiff_t end, size_t width) {
  if (entry >= end) return;
  const char* next = (const char*)(ridge->vectors + (size_t)ridge->columns[entry] * width);
  for (size_t byte = 0; byte < 4 * width; byte += 64) __builtin_prefetch(next + byte);
}

// result += sum over entries of weight * (aim - y x) * y. Four entries at a time: their products add up side by side.
INLINE void push(const ckernels_ridge* ridge, ptrdiff_t first, ptrdiff_t last, ptrdiff_t fetched, float aim,
                 const float* x, float* result, size_t width) {
  const float *vectors = ridge->vectors, *weights = ridge->weights;
  ptrdiff_t entry = first;
  for (; entry + 4 <= last; entry += 4) {
    for (int j = 0; j < 4; ++j) fetch(ridge, entry + AHEAD + j, fetched, width);
    const float* y0 = vectors + (size_t)ridge->columns[entry] * width;
    const float* y1 = vectors + (size_t)ridge->columns[entry + 1] * width;
    const float* y2 = vectors + (size_t)ridge->columns[entry + 2] * width;
    const float* y3 = vectors + (size_t)ridge->columns[entry + 3] * width;
    floats s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
    for (size_t k = 0; k < width; k += WIDTH) {
      const floats v = load(x + k);
      s0 += load(y0 + k) * v;
      s1 += load(y1 + k) * v;
      s2 += load(y2 + k) * v;
      s3 += load(y3 + k) * v;
    }
    float t0 = aim - sum(s0), t1 = aim - sum(s1), t2 = aim - sum(s2), t3 = aim - sum(s3);
    if (weights) {
      t0 *= weights[entry];
      t1 *= weights[entry + 1];
      t2 *= weights[entry + 2];
      t3 *= weights[entry + 3];
    }
    for (size_t k = 0; k < width; k += WIDTH) {
      const floats left = load(y0 + k) * t0 + load(y1 + k) * t1;
      const floats right = load(y2 + k) * t2 + load(y3 + k) * t3;
      store(result + k, load(result + k) + (left + right));
    }
  }
  for (; entry < last; ++entry) {
    fetch(ridge, entry + AHEAD, fetched, width);
    const float* y = vectors + (size_t)ridge->columns[entry] * width;
    floats s = {0};
    for (size_t k = 0; k < width; k += WIDTH) s += load(y + k) * load(x + k);
    const float t = (aim - sum(s)) * (weights ? weights[entry] : 1);
    for (size_t k = 0; k < width; k += WIDTH) store(result + k, load(result + k) + load(y + k) * t);
  }
}

INLINE void descend(const ckernels_ridge* ridge, ptrdiff_t first, ptrdiff_t last, size_t steps, float* solutions,
                    float* scratch, size_t width) {
  float *residual = scratch, *direction = scratch + width, *product = scratch + 2 * width;
  const float* diagonal = ridge->diagonal;
  const ptrdiff_t end = ridge->starts[last];
  for (ptrdiff_t row = first; row < last; ++row) {
    const ptrdiff_t from = ridge->starts[row], to = ridge->starts[row + 1];
    const float strength = ridge->strengths[row];
    float* x = solutions + (size_t)row * width;
    for (size_t k = 0; k < width; k += WIDTH)
      store(residual + k, -(load(diagonal + k) + strength) * load(x + k));
    push(ridge, from, to, end, 1, x, residual, width);
    floats energies = {0};
    for (size_t k = 0; k < width; k += WIDTH) {
      const floats r = load(residual + k), z = r / (load(diagonal + k) + strength);
      store(direction + k, z);
      energies += r * z;
    }
    float energy = sum(energies);
    for (size_t step = 0; step < steps && energy > 0; ++step) {
      // product = -A direction
      floats curves = {0};
      for (size_t k = 0; k < width; k += WIDTH)
        store(product + k, -(load(diagonal + k) + strength) * load(direction + k));
      push(ridge, from, to, to, 0, direction, product, width);
      for (size_t k = 0; k < width; k += WIDTH) curves -= load(product + k) * load(direction + k);
      const float curve = sum(curves);
      // Not so where it is below what floats can tell, or not a number.
      if (!(curve > 0)) break;
      const float rate = energy / curve;
      floats next = {0};
      for (size_t k = 0; k < width; k += WIDTH) {
        store(x + k, load(x + k) + load(direction + k) * rate);
        const floats r = load(residual + k) + load(product + k) * rate;
        store(residual + k, r);
        next += r * r / (load(diagonal + k) + strength);
      }
      const float turn = sum(next) / energy;
      energy = sum(next);
      for (size_t k = 0; k < width; k += WIDTH)
        store(direction + k,
              load(residual + k) / (load(diagonal + k) + strength) + load(direction + k) * turn);
    }
  }
}

WIDEST void ckernels_ridge_descend(const ckernels_ridge* ridge, ptrdiff_t first, ptrdiff_t last, size_t steps,
                                   float* solutions, float* scratch) {
  // The usual widths by themselves: their loops unroll, and sums stay in registers.
  switch (ridge->width) {
    case 32: descend(ridge, first, last, steps, solutions, scratch, 32); break;
    case 64: descend(ridge, first, last, steps, solutions, scratch, 64); break;
    case 128: descend(ridge, first, last, steps, solutions, scratch, 128); break;
    default: descend(ridge, first, last, steps, solutions, scratch, ridge->width);
  }
}
