// Tensors and the operations that libtorch has; see include/ctorch.h.
#include "internal.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>

// Swift's clang has no <omp.h>, and <cblas.h> is another target's door.
extern "C" void omp_set_num_threads(int);
extern "C" void openblas_set_num_threads(int);

namespace {

std::atomic<int64_t> live_tensors{0};

c10::IntArrayRef extents(const int64_t* shape, int32_t dimensions) {
  return c10::IntArrayRef(shape, static_cast<size_t>(dimensions));
}

at::Tensor applied(ctorch_unary operation, const at::Tensor& input) {
  switch (operation) {
    case CTORCH_RELU: return at::relu(input);
    case CTORCH_GELU: return at::gelu(input);
    case CTORCH_SIGMOID: return at::sigmoid(input);
    case CTORCH_LOG_SIGMOID: return at::log_sigmoid(input);
    case CTORCH_EXP: return at::exp(input);
    case CTORCH_LOG: return at::log(input);
    case CTORCH_SQUARE: return at::mul(input, input);
    case CTORCH_SQRT: return at::sqrt(input);
    case CTORCH_SUM: return at::sum(input);
    case CTORCH_MEAN: return at::mean(input);
    case CTORCH_ROW_SUMS: return at::sum(input, {-1}, true);
    case CTORCH_LOG_SOFTMAX: return at::log_softmax(input, -1);
    case CTORCH_TRANSPOSE: return at::transpose(input, -1, -2);
    case CTORCH_DETACH: return input.detach();
  }
  TORCH_CHECK(false, "no such operation");
}

at::Tensor applied(ctorch_binary operation, const at::Tensor& left, const at::Tensor& right) {
  switch (operation) {
    case CTORCH_ADD: return at::add(left, right);
    case CTORCH_SUBTRACT: return at::sub(left, right);
    case CTORCH_MULTIPLY: return at::mul(left, right);
    case CTORCH_DIVIDE: return at::div(left, right);
    case CTORCH_MATMUL: return at::matmul(left, right);
  }
  TORCH_CHECK(false, "no such operation");
}

}  // namespace

namespace ctorch {

ctorch_tensor* given(at::Tensor value) {
  auto* tensor = new ctorch_tensor{std::move(value)};
  live_tensors.fetch_add(1);
  return tensor;
}

void keep_to_this_thread() {
  thread_local bool is_done = false;
  if (is_done) return;
  // OpenBLAS's pool is one of the process: work is split above it, here and in LinearAlgebra.
  static const bool is_single = (openblas_set_num_threads(1), true);
  (void)is_single;
  // The number is OpenMP's own of the calling thread; libtorch asks for it at each operation.
  omp_set_num_threads(1);
  is_done = true;
}

void fill_kept(float* mask, int64_t count, double share, uint64_t seed) {
  // 32 bits decide: two elements a draw.
  const auto limit = static_cast<uint32_t>(share * 4294967296.0);
  const auto kept = static_cast<float>(1 / (1 - share));
  for (int64_t pair = 0; pair < (count + 1) / 2; ++pair) {
    const uint64_t bits = mixed(seed, static_cast<uint64_t>(pair));
    mask[2 * pair] = static_cast<uint32_t>(bits) < limit ? 0 : kept;
    if (2 * pair + 1 < count) mask[2 * pair + 1] = static_cast<uint32_t>(bits >> 32) < limit ? 0 : kept;
  }
}

}  // namespace ctorch

using ctorch::guarded;
using ctorch::made;

extern "C" {

ctorch_code ctorch_tensor_create(const float* values, const int64_t* shape, int32_t dimensions,
                                 ctorch_tensor** result, ctorch_message message) {
  return made(result, message, [&] {
    auto tensor = at::empty(extents(shape, dimensions), at::kFloat);
    std::memcpy(tensor.data_ptr<float>(), values, static_cast<size_t>(tensor.numel()) * sizeof(float));
    return tensor;
  });
}

ctorch_code ctorch_indices_create(const int64_t* values, int64_t count, ctorch_tensor** result,
                                  ctorch_message message) {
  return made(result, message, [&] {
    auto tensor = at::empty({count}, at::kLong);
    std::memcpy(tensor.data_ptr<int64_t>(), values, static_cast<size_t>(count) * sizeof(int64_t));
    return tensor;
  });
}

ctorch_code ctorch_leaf_create(const ctorch_tensor* parameter, ctorch_tensor** result, ctorch_message message) {
  return made(result, message, [&] { return parameter->value.detach().set_requires_grad(true); });
}

void ctorch_tensor_free(ctorch_tensor* tensor) {
  if (tensor == nullptr) return;
  delete tensor;
  live_tensors.fetch_sub(1);
}

int64_t ctorch_live_tensors(void) { return live_tensors.load(); }

int32_t ctorch_tensor_dimensions(const ctorch_tensor* tensor) { return static_cast<int32_t>(tensor->value.dim()); }

int64_t ctorch_tensor_extent(const ctorch_tensor* tensor, int32_t dimension) {
  return dimension >= 0 && dimension < tensor->value.dim() ? tensor->value.sizes()[dimension] : 0;
}

ctorch_code ctorch_tensor_read(const ctorch_tensor* tensor, float* values, int64_t count, ctorch_message message) {
  return guarded(message, [&] {
    const auto plain = tensor->value.detach().to(at::kFloat).contiguous();
    TORCH_CHECK(plain.numel() == count, "the tensor has ", plain.numel(), " values, wanted ", count);
    std::memcpy(values, plain.data_ptr<float>(), static_cast<size_t>(count) * sizeof(float));
  });
}

ctorch_code ctorch_apply_unary(ctorch_unary operation, const ctorch_tensor* input, ctorch_tensor** result,
                               ctorch_message message) {
  return made(result, message, [&] { return applied(operation, input->value); });
}

ctorch_code ctorch_apply_binary(ctorch_binary operation, const ctorch_tensor* left, const ctorch_tensor* right,
                                ctorch_tensor** result, ctorch_message message) {
  return made(result, message, [&] { return applied(operation, left->value, right->value); });
}

ctorch_code ctorch_affine(const ctorch_tensor* input, double factor, double offset, ctorch_tensor** result,
                          ctorch_message message) {
  return made(result, message, [&] {
    const auto scaled = factor == 1 ? input->value : at::mul(input->value, factor);
    return offset == 0 ? scaled : at::add(scaled, offset);
  });
}

ctorch_code ctorch_reshape(const ctorch_tensor* input, const int64_t* shape, int32_t dimensions,
                           ctorch_tensor** result, ctorch_message message) {
  return made(result, message, [&] { return at::reshape(input->value, extents(shape, dimensions)); });
}

ctorch_code ctorch_concatenate(const ctorch_tensor* left, const ctorch_tensor* right, ctorch_tensor** result,
                               ctorch_message message) {
  return made(result, message, [&] { return at::cat({left->value, right->value}, -1); });
}

ctorch_code ctorch_gather_rows(const ctorch_tensor* matrix, const ctorch_tensor* rows, ctorch_tensor** result,
                               ctorch_message message) {
  return made(result, message, [&] { return at::embedding(matrix->value, rows->value); });
}

ctorch_code ctorch_bag_means(const ctorch_tensor* matrix, const int64_t* rows, const int64_t* starts, int64_t bags,
                             ctorch_tensor** result, ctorch_message message) {
  return made(result, message, [&] {
    TORCH_CHECK(bags > 0 && starts[0] == 0 && std::is_sorted(starts, starts + bags + 1), "bags must rise from 0");
    TORCH_CHECK(std::all_of(rows, rows + starts[bags],
                            [&](int64_t row) { return row >= 0 && row < matrix->value.size(0); }),
                "a row is out of range");
    auto members = at::empty({starts[bags]}, at::kLong), offsets = at::empty({bags}, at::kLong);
    std::copy_n(rows, starts[bags], members.data_ptr<int64_t>());
    std::copy_n(starts, bags, offsets.data_ptr<int64_t>());
    constexpr int64_t mean = 1;
    return std::get<0>(at::embedding_bag(matrix->value, members, offsets, false, mean));
  });
}

ctorch_code ctorch_pick(const ctorch_tensor* matrix, const ctorch_tensor* columns, ctorch_tensor** result,
                        ctorch_message message) {
  return made(result, message, [&] {
    return at::squeeze(at::gather(matrix->value, 1, at::unsqueeze(columns->value, 1)), 1);
  });
}

ctorch_code ctorch_linear(const ctorch_tensor* input, const ctorch_tensor* weight, const ctorch_tensor* bias,
                          ctorch_tensor** result, ctorch_message message) {
  return made(result, message, [&] { return at::addmm(bias->value, input->value, weight->value.t()); });
}

ctorch_code ctorch_layer_norm(const ctorch_tensor* input, const ctorch_tensor* weight, const ctorch_tensor* bias,
                              double epsilon, ctorch_tensor** result, ctorch_message message) {
  return made(result, message, [&] {
    return at::layer_norm(input->value, weight->value.sizes(), weight->value, bias->value, epsilon);
  });
}

ctorch_code ctorch_dropout(const ctorch_tensor* input, double share, uint64_t seed, ctorch_tensor** result,
                           ctorch_message message) {
  return made(result, message, [&] {
    if (share <= 0) return input->value;
    TORCH_CHECK(share < 1, "a share below 1 wanted");
    auto mask = at::empty(input->value.sizes(), at::kFloat);
    ctorch::fill_kept(mask.data_ptr<float>(), mask.numel(), share, seed);
    return at::mul(input->value, mask);
  });
}

ctorch_code ctorch_gradient(const ctorch_tensor* leaf, ctorch_tensor** result, ctorch_message message) {
  return made(result, message, [&] {
    const auto& gradient = leaf->value.grad();
    return gradient.defined() ? gradient : at::zeros_like(leaf->value.detach());
  });
}

ctorch_code ctorch_backward(const ctorch_tensor* scalar, ctorch_message message) {
  return guarded(message, [&] { torch::autograd::backward({scalar->value}, {}); });
}

ctorch_code ctorch_adam(ctorch_tensor* parameter, ctorch_tensor* first, ctorch_tensor* second,
                        const ctorch_tensor* const* leaves, int32_t leaf_count, int64_t step, double rate,
                        double beta1, double beta2, double epsilon, double decay, ctorch_message message) {
  return guarded(message, [&] {
    at::Tensor gradient;
    for (int32_t leaf = 0; leaf < leaf_count; ++leaf) {
      auto& part = leaves[leaf]->value.mutable_grad();
      if (!part.defined()) continue;
      gradient = gradient.defined() ? gradient.add(part) : part;
      part = at::Tensor();
    }
    if (!gradient.defined()) return;
    gradient = gradient.contiguous();
    auto &value = parameter->value, &mean = first->value, &square = second->value;
    TORCH_CHECK(value.is_contiguous() && mean.is_contiguous() && square.is_contiguous() &&
                    gradient.sizes() == value.sizes() && mean.sizes() == value.sizes() &&
                    square.sizes() == value.sizes(),
                "a parameter, its moments and its gradient of one shape wanted");
    const auto root = static_cast<float>(1 / std::sqrt(1 - std::pow(beta2, step)));
    const auto length = static_cast<float>(rate / (1 - std::pow(beta1, step)));
    const auto kept = static_cast<float>(1 - rate * decay), small = static_cast<float>(epsilon);
    const auto b1 = static_cast<float>(beta1), b2 = static_cast<float>(beta2);
    const float* const g = gradient.data_ptr<float>();
    float *const p = value.data_ptr<float>(), *const m = mean.data_ptr<float>(), *const v = square.data_ptr<float>();
    const int64_t count = value.numel();
    // One pass over memory instead of libtorch's six.
    for (int64_t at = 0; at < count; ++at) {
      m[at] = b1 * m[at] + (1 - b1) * g[at];
      v[at] = b2 * v[at] + (1 - b2) * g[at] * g[at];
      p[at] = kept * p[at] - length * m[at] / (std::sqrt(v[at]) * root + small);
    }
  });
}

}  // extern "C"
