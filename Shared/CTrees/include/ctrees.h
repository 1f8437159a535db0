// Scores rows by gradient-boosted trees, sixteen rows side by side.
// Ownership: nothing is allocated; every pointer is borrowed for the call. Nothing here can fail: callers answer for
// extents. Threads: no state; any call may run beside any other.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  // Rows that go down a tree together, and the multiple to which used columns are filled up.
  CTREES_LANES = 16,
  // Rows that are laid out at once, to stay in the first-level cache.
  CTREES_BLOCK = 32,
  // A tree has room for so many nodes at least.
  CTREES_LEAST_NODES = 64
};

// Complete trees: the children of node i are 2 i and 2 i + 1, the first node is 1. Values are integers of the order of
// the floats; a row is held twice, with the least and then with the greatest integer where a value is missing.
typedef struct ctrees_forest {
  size_t tree_count;
  const int32_t* _Nonnull depths;       // of each tree, at most 8
  const int32_t* _Nonnull first_nodes;  // of each tree: where its nodes start
  const int32_t* _Nonnull first_leaves; // of each tree: where its leaves start
  const int32_t* _Nonnull thresholds;   // of each node: keys from here on go right
  const int32_t* _Nonnull places;       // of each node: which value of a row, counted over both copies
  const float* _Nonnull leaves;         // of each tree 2^depth
  const int32_t* _Nonnull columns;      // the columns that nodes read, filled up to a multiple of CTREES_LANES
  size_t column_count;                  // filled up
} ctrees_forest;

// Whether this machine can.
int ctrees_is_available(void);

// Adds every tree's leaf to the sums of some rows, tree by tree in their order. `width` is the number of columns of the
// rows as they are given; `block` is scratch for CTREES_BLOCK * 2 * column_count. To be called only where available.
void ctrees_add(const ctrees_forest* _Nonnull forest, const float* _Nonnull rows, size_t count, size_t width,
                int32_t* _Nonnull block, float* _Nonnull sums);

#ifdef __cplusplus
}
#endif
