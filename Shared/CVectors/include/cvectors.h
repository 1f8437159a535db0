// Kernels of our own inverted-file index, as plain C: what BLAS has no call for.
// Ownership: nothing is allocated; every pointer is borrowed for the call. Nothing here can fail: callers answer for
// extents. Threads: no state; any call may run beside any other.
// One program for all x86-64 machines: the widest of AVX-512 VNNI, AVX2 and plain C that the machine has is taken when
// the program runs (the package builds for the baseline, and unsafeFlags are not allowed).
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A block holds 16 vectors of one inverted list, coded as `residual ≈ scale * (code - 7.5)` with 4 bits a value:
//   16 floats   scales; NaN where the list has no further vector, so that such a place never reaches any threshold
//   16 int32    row numbers
//   then for each 8 dimensions 64 bytes: byte 4 * v + j holds dimension j of vector v in its lower half and dimension
//   4 + j in its upper half.
// Dimensions are filled up with zeros to a multiple of 16.
enum { CVECTORS_LANES = 16 };

// Bytes of a block of vectors of that many dimensions.
size_t cvectors_block_bytes(size_t dimensions);

// Writes one vector's residual into a place (0...15) of a block, whose bytes were zero before.
void cvectors_encode(const float* _Nonnull residual, size_t dimensions, int32_t row, uint8_t* _Nonnull block,
                     size_t place);

// Marks a place of a block as empty.
void cvectors_encode_nothing(uint8_t* _Nonnull block, size_t place);

// Inverted lists: list l has the blocks starts[l]..<starts[l + 1].
typedef struct cvectors_lists {
  const uint8_t* _Nonnull blocks;
  const uint32_t* _Nonnull starts;
  size_t dimensions;
} cvectors_lists;

// A query: 8-bit values, filled up with zeros as the blocks are; the true ones are `step * value`.
typedef struct cvectors_query {
  const int8_t* _Nonnull values;
  float step;
  // Sum of the values.
  int32_t sum;
} cvectors_query;

// Codes a query. `values` has room for the dimensions, filled up to a multiple of 16.
cvectors_query cvectors_encode_query(const float* _Nonnull query, size_t dimensions, int8_t* _Nonnull values);

// The best candidates so far, not in order.
typedef struct cvectors_found {
  int32_t* _Nonnull rows;     // room for capacity
  float* _Nonnull scores;     // room for capacity
  uint64_t* _Nonnull keys;    // scratch of the same room
  size_t capacity;            // at least keep + 32
  size_t keep;                // how many are kept when room runs out, above 0
  size_t count;
  float threshold;            // lower scores are passed over
} cvectors_found;

// Scores the vectors of some lists, in the order given: scale and codes times the query, plus the list's bias (the
// query's product with its centre). With a bitmap (bit r of word r / 64) only rows whose bit is set are candidates.
void cvectors_scan(const cvectors_lists* _Nonnull lists, const int32_t* _Nonnull order, const float* _Nonnull biases,
                   size_t count, const cvectors_query* _Nonnull query, const uint64_t* _Nullable bitmap,
                   cvectors_found* _Nonnull found);

// Leaves only the `keep` best candidates, by score and then by lower row, and sets the threshold.
void cvectors_keep_best(cvectors_found* _Nonnull found);

// scores[i] = product of the query with row rows[i] of a row-major matrix; rows far apart are fetched ahead.
void cvectors_dot_rows(const float* _Nonnull matrix, size_t dimensions, const int32_t* _Nonnull rows, size_t count,
                       const float* _Nonnull query, float* _Nonnull scores);

// The place of the largest scores[i] - penalties[i]; the first of equal ones; 0 when none is a number.
size_t cvectors_best(const float* _Nonnull scores, const float* _Nonnull penalties, size_t count);

// The places of the `wanted` largest of `count` scores, best first, equal ones by place. `keys` is scratch for `count`.
void cvectors_order(const float* _Nonnull scores, size_t count, size_t wanted, uint64_t* _Nonnull keys,
                    int32_t* _Nonnull order);

// The best `wanted` of `count` scores, best first, equal ones by place; scores that are not finite are never among them.
// Where a good part of the scores is wanted, a heap's steps cost more than a look at each: a histogram over their range
// finds a bar that about `wanted` of them reach, and only those are sorted. `keys` is scratch for `count`; `rows` and
// `best` have room for `wanted`. Returns how many there are.
size_t cvectors_select(const float* _Nonnull scores, size_t count, size_t wanted, uint64_t* _Nonnull keys,
                       int32_t* _Nonnull rows, float* _Nonnull best);

// A score that at least `wanted` of the scores reach (or all finite ones); infinity when none is finite.
float cvectors_bar(const float* _Nonnull scores, size_t count, size_t wanted);

// 8-bit codes of a row-major matrix, a quarter of its bytes: enough to tell which few rows a search has to look at.
// Blocks of 16 rows; in a block, for each 4 dimensions 64 bytes: byte 4 * r + j holds dimension j of row r, 128 standing
// for 0. The true values are `scale * (code - 128)`, but for what is left out. Rows fill up to a multiple of 16,
// dimensions to one of 4.
typedef struct cvectors_coded {
  const uint8_t* _Nonnull codes;
  const float* _Nonnull scales;
  const float* _Nonnull lengths;   // not below the Euclidean length of a row or of its code
  const float* _Nonnull left_out;  // Euclidean length of what a row's code leaves out
  size_t rows;
  size_t dimensions;
} cvectors_coded;

// Dimensions as coded rows have them.
size_t cvectors_coded_dimensions(size_t dimensions);

// Whether this machine reads codes faster than floats.
int cvectors_codes_pay(void);

// Codes a matrix into room for all rows and dimensions, filled up. Returns 0 where a value is not finite, or so large or
// small that bounds would not hold.
int cvectors_code(const float* _Nonnull matrix, size_t rows, size_t dimensions, uint8_t* _Nonnull codes,
                  float* _Nonnull scales, float* _Nonnull lengths, float* _Nonnull left_out);

// Between lower[r] and upper[r] lies the product of the query with row r, however its terms are added up in floats.
// `scratch` has room for the coded dimensions, the bounds for the rows, filled up. Returns 0, and no bounds, where the
// query is too large or too small for them.
int cvectors_bounds(const cvectors_coded* _Nonnull coded, const float* _Nonnull query, int8_t* _Nonnull scratch,
                    float* _Nonnull lower, float* _Nonnull upper);

// Writes the places of the scores that reach a bar, in order; `rows` has room for `count`. Returns how many there are.
size_t cvectors_reaching(const float* _Nonnull scores, size_t count, float bar, int32_t* _Nonnull rows);

// XXH64 (Collet, github.com/Cyan4973/xxHash, doc/xxhash_spec.md) of some bytes with seed 0.
uint64_t cvectors_checksum(const void* _Nonnull bytes, size_t count);

#ifdef __cplusplus
}
#endif
