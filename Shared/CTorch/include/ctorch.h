// libtorch (Debian's libtorch-dev 1.13) as plain C: what the neural models need, and no more.
// Ownership: every function with a `result` makes a tensor that the caller frees with ctorch_tensor_free; on failure
// *result is null. All other pointers are borrowed for the call. A tensor's memory lives as long as any tensor that
// shares it.
// Errors: no C++ exception leaves. Functions that can fail return CTORCH_OK or another code and, then, write a message
// (always ended by a zero) into the caller's buffer.
// Threads: a tensor is used by one thread at a time; different tensors, and graphs of them, by several at once. Each
// operation runs on the calling thread alone: callers split their work over cores themselves.
// Random numbers: only dropout draws any, from the seed that it is given; libtorch's own generator is never used.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctorch_tensor ctorch_tensor;

typedef enum ctorch_code {
  CTORCH_OK = 0,
  // Shapes that do not fit, or whatever else libtorch refused.
  CTORCH_INVALID = 1,
  // Memory ran out.
  CTORCH_NO_MEMORY = 2,
} ctorch_code;

// Where a failure is told.
typedef struct ctorch_message {
  char* _Nonnull text;  // borrowed
  size_t capacity;
} ctorch_message;

typedef enum ctorch_unary {
  CTORCH_RELU,
  CTORCH_GELU,
  CTORCH_SIGMOID,
  CTORCH_LOG_SIGMOID,
  CTORCH_EXP,
  CTORCH_LOG,
  CTORCH_SQUARE,
  CTORCH_SQRT,
  // The sum, and the mean, of all elements.
  CTORCH_SUM,
  CTORCH_MEAN,
  // The sum along the last dimension, which stays with extent 1.
  CTORCH_ROW_SUMS,
  // Along the last dimension.
  CTORCH_LOG_SOFTMAX,
  // The last two dimensions change places.
  CTORCH_TRANSPOSE,
  // The same values outside of any graph.
  CTORCH_DETACH,
} ctorch_unary;

typedef enum ctorch_binary {
  CTORCH_ADD,
  CTORCH_SUBTRACT,
  CTORCH_MULTIPLY,
  CTORCH_DIVIDE,
  CTORCH_MATMUL,
} ctorch_binary;

// Makes a tensor of 32-bit floats, row-major, copied.
ctorch_code ctorch_tensor_create(const float* _Nonnull values, const int64_t* _Nonnull shape, int32_t dimensions,
                                 ctorch_tensor* _Nullable* _Nonnull result, ctorch_message message);
// Makes a vector of whole numbers, copied.
ctorch_code ctorch_indices_create(const int64_t* _Nonnull values, int64_t count,
                                  ctorch_tensor* _Nullable* _Nonnull result, ctorch_message message);
// Makes a leaf that shares the memory of `parameter` and collects a gradient of its own.
ctorch_code ctorch_leaf_create(const ctorch_tensor* _Nonnull parameter, ctorch_tensor* _Nullable* _Nonnull result,
                               ctorch_message message);
// Frees a tensor; the pointer is dead afterwards.
void ctorch_tensor_free(ctorch_tensor* _Nullable tensor);
// Tensors that are alive, for leak tests.
int64_t ctorch_live_tensors(void);

int32_t ctorch_tensor_dimensions(const ctorch_tensor* _Nonnull tensor);
// The extent of a dimension below ctorch_tensor_dimensions.
int64_t ctorch_tensor_extent(const ctorch_tensor* _Nonnull tensor, int32_t dimension);
// Copies all values out, row-major; `count` must be their number.
ctorch_code ctorch_tensor_read(const ctorch_tensor* _Nonnull tensor, float* _Nonnull values, int64_t count,
                               ctorch_message message);

ctorch_code ctorch_apply_unary(ctorch_unary operation, const ctorch_tensor* _Nonnull input,
                               ctorch_tensor* _Nullable* _Nonnull result, ctorch_message message);
// Extents of 1 stretch to the other's.
ctorch_code ctorch_apply_binary(ctorch_binary operation, const ctorch_tensor* _Nonnull left,
                                const ctorch_tensor* _Nonnull right, ctorch_tensor* _Nullable* _Nonnull result,
                                ctorch_message message);
// factor * input + offset.
ctorch_code ctorch_affine(const ctorch_tensor* _Nonnull input, double factor, double offset,
                          ctorch_tensor* _Nullable* _Nonnull result, ctorch_message message);
ctorch_code ctorch_reshape(const ctorch_tensor* _Nonnull input, const int64_t* _Nonnull shape, int32_t dimensions,
                           ctorch_tensor* _Nullable* _Nonnull result, ctorch_message message);
// Two tensors side by side along the last dimension.
ctorch_code ctorch_concatenate(const ctorch_tensor* _Nonnull left, const ctorch_tensor* _Nonnull right,
                               ctorch_tensor* _Nullable* _Nonnull result, ctorch_message message);
// The rows of a matrix that `rows` (ctorch_indices_create) names.
ctorch_code ctorch_gather_rows(const ctorch_tensor* _Nonnull matrix, const ctorch_tensor* _Nonnull rows,
                               ctorch_tensor* _Nullable* _Nonnull result, ctorch_message message);
// Means of rows of a matrix: bag b has the rows rows[starts[b]] ..< rows[starts[b + 1]], `bags` of them; an empty one
// gives zeros.
ctorch_code ctorch_bag_means(const ctorch_tensor* _Nonnull matrix, const int64_t* _Nonnull rows,
                             const int64_t* _Nonnull starts, int64_t bags, ctorch_tensor* _Nullable* _Nonnull result,
                             ctorch_message message);
// In each row the element of the column that `columns` names: a vector.
ctorch_code ctorch_pick(const ctorch_tensor* _Nonnull matrix, const ctorch_tensor* _Nonnull columns,
                        ctorch_tensor* _Nullable* _Nonnull result, ctorch_message message);
// input * transpose(weight) + bias.
ctorch_code ctorch_linear(const ctorch_tensor* _Nonnull input, const ctorch_tensor* _Nonnull weight,
                          const ctorch_tensor* _Nonnull bias, ctorch_tensor* _Nullable* _Nonnull result,
                          ctorch_message message);
// Over the last dimension.
ctorch_code ctorch_layer_norm(const ctorch_tensor* _Nonnull input, const ctorch_tensor* _Nonnull weight,
                              const ctorch_tensor* _Nonnull bias, double epsilon,
                              ctorch_tensor* _Nullable* _Nonnull result, ctorch_message message);
// Zeroes a share of the elements, drawn from the seed, and scales up the others.
ctorch_code ctorch_dropout(const ctorch_tensor* _Nonnull input, double share, uint64_t seed,
                           ctorch_tensor* _Nullable* _Nonnull result, ctorch_message message);
// Causal self-attention within sequences that lie one after the other.
//
// `input` has a row of queries, keys and values (3 * width columns, heads within each) for each place; sequence s has
// the places starts[s] ..< starts[s + 1], `sequences` of them. Gives the heads' outputs, width columns.
ctorch_code ctorch_causal_attention(const ctorch_tensor* _Nonnull input, const int64_t* _Nonnull starts,
                                    int64_t sequences, int32_t heads, double dropout_share, uint64_t seed,
                                    ctorch_tensor* _Nullable* _Nonnull result, ctorch_message message);
// The sum over rows of -log softmax(inputs * transpose(weights))[target], without keeping all logits: gradients are
// made on the way, a block of rows at a time. With `drawn` classes the softmax is over the target and those, which
// stand for all others; a row's own target among them is left out.
ctorch_code ctorch_softmax_loss(const ctorch_tensor* _Nonnull inputs, const ctorch_tensor* _Nonnull weights,
                                const int64_t* _Nonnull targets, int64_t count, const int64_t* _Nullable drawn,
                                int64_t drawn_count, ctorch_tensor* _Nullable* _Nonnull result,
                                ctorch_message message);

// The gradient that a leaf has collected; zeros where it has none.
ctorch_code ctorch_gradient(const ctorch_tensor* _Nonnull leaf, ctorch_tensor* _Nullable* _Nonnull result,
                            ctorch_message message);
// Computes the gradients of a scalar's leaves, added to what they hold.
ctorch_code ctorch_backward(const ctorch_tensor* _Nonnull scalar, ctorch_message message);
// One step of Adam (Kingma, Ba 2015) on a parameter and its moments, with the sum of the gradients of `leaves`, in
// that order; the leaves' gradients are forgotten. `step` counts from 1. Without any gradient nothing is done.
ctorch_code ctorch_adam(ctorch_tensor* _Nonnull parameter, ctorch_tensor* _Nonnull first,
                        ctorch_tensor* _Nonnull second, const ctorch_tensor* _Nonnull const* _Nonnull leaves,
                        int32_t leaf_count, int64_t step, double rate, double beta1, double beta2, double epsilon,
                        double decay, ctorch_message message);

#ifdef __cplusplus
}
#endif
