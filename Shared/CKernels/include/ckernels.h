// Kernels of our own beside BLAS, as plain C: what BLAS has no call for, or calls too dearly on small shapes.
// Ownership: nothing is allocated; every pointer is borrowed for the call. Nothing here can fail: callers answer for
// extents. Threads: no state; any call may run beside any other.
// One program for all x86-64 machines: the widest of AVX-512, AVX2 and plain C that the machine has is taken when the
// program runs (the package builds for the baseline, and unsafeFlags are not allowed).
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Many small ridge regressions over shared vectors: row r of a sparse matrix asks for the x that makes
//   sum over its entries of weight * (1 - y x)^2 + sum over k of (diagonal[k] + strengths[r]) * x[k]^2
// least, y being the vector of an entry's column.
typedef struct ckernels_ridge {
  const float* _Nonnull vectors;    // one after the other, each `width` floats
  size_t width;                     // a multiple of 16
  const ptrdiff_t* _Nonnull starts; // entries of row r: starts[r] ..< starts[r + 1]
  const int32_t* _Nonnull columns;
  const float* _Nullable weights;   // above 0; all 1 where there are none
  const float* _Nonnull diagonal;   // `width` of them; with a row's strength above 0
  const float* _Nonnull strengths;  // one a row
} ckernels_ridge;

// Improves the solutions of rows first ..< last (row r's stands at solutions + r * width) by some steps of conjugate
// gradients, preconditioned by the diagonal. `scratch` has room for 3 * width floats.
void ckernels_ridge_descend(const ckernels_ridge* _Nonnull ridge, ptrdiff_t first, ptrdiff_t last, size_t steps,
                            float* _Nonnull solutions, float* _Nonnull scratch);

#ifdef __cplusplus
}
#endif
