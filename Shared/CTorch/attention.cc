// Causal self-attention on sequences that lie one after the other, with its gradient.
//
// libtorch 1.13 wants one length for all sequences of a batch, and multiplies batches of small matrices one by one with
// much ado; here nothing is padded and OpenBLAS is called directly.
#include "internal.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

// The header cblas.h cannot be named here: it is another target's door. Fortran's convention: column-major.
extern "C" void sgemm_(const char*, const char*, const int*, const int*, const int*, const float*, const float*,
                       const int*, const float*, const int*, const float*, float*, const int*);

namespace {

// Row-major: result (rows × columns, stride) = scale * op(left) * op(right) + keeping * result.
void multiply(bool transposes_left, bool transposes_right, int rows, int columns, int inner, float scale,
              const float* left, int left_stride, const float* right, int right_stride, float keeping, float* result,
              int result_stride) {
  // Row-major is the transposed product in column-major.
  sgemm_(transposes_right ? "T" : "N", transposes_left ? "T" : "N", &columns, &rows, &inner, &scale, right,
         &right_stride, left, &left_stride, &keeping, result, &result_stride);
}

struct Shape {
  std::vector<int64_t> starts;
  int64_t heads = 1;
  int64_t width = 0;
  double dropout = 0;
  uint64_t seed = 0;

  int64_t longest() const {
    int64_t longest = 0;
    for (size_t s = 0; s + 1 < starts.size(); ++s) longest = std::max(longest, starts[s + 1] - starts[s]);
    return longest;
  }
  uint64_t seed_of(size_t sequence, int64_t head) const {
    return ctorch::mixed(seed, sequence * static_cast<uint64_t>(heads) + static_cast<uint64_t>(head));
  }
};

// e to the power of a number from -87 to 0, within 2e-7 of it: plain arithmetic, which the compiler does for several
// numbers at once, where the library's function takes one by one.
inline float exponential(float value) {
  value = value < -87 ? -87 : value;
  // Adding and subtracting 1.5 * 2^23 rounds to a whole number.
  const float whole = (value * 1.44269504f + 12582912.f) - 12582912.f;
  const float rest = (value - whole * 0.693359375f) + whole * 2.12194440e-4f;
  // Cephes' polynomial for e^rest.
  float sum = 1.9875691500e-4f;
  sum = sum * rest + 1.3981999507e-3f;
  sum = sum * rest + 8.3334519073e-3f;
  sum = sum * rest + 4.1665795894e-2f;
  sum = sum * rest + 1.6666665459e-1f;
  sum = sum * rest + 5.0000001201e-1f;
  sum = sum * rest * rest + rest + 1;
  const int32_t bits = (static_cast<int32_t>(whole) + 127) << 23;
  float power;
  std::memcpy(&power, &bits, sizeof power);
  return sum * power;
}

// Softmax of each row's first columns up to the diagonal; 0 beyond it.
void causal_softmax(float* weights, int length) {
  for (int row = 0; row < length; ++row) {
    float* const line = weights + row * length;
    float most = line[0];
    for (int column = 1; column <= row; ++column) most = std::max(most, line[column]);
    for (int column = 0; column <= row; ++column) line[column] = exponential(line[column] - most);
    float sum = 0;
    for (int column = 0; column <= row; ++column) sum += line[column];
    const float share = 1 / sum;
    for (int column = 0; column <= row; ++column) line[column] *= share;
    std::fill(line + row + 1, line + length, 0.f);
  }
}

struct Attention : torch::autograd::Function<Attention> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& input, const Shape* shape) {
    const auto packed = input.contiguous();
    const auto& starts = shape->starts;
    const int width = static_cast<int>(shape->width), stride = 3 * width;
    const int inner = width / static_cast<int>(shape->heads);
    const float scale = 1 / std::sqrt(static_cast<float>(inner));
    int64_t kept = 0;
    for (size_t s = 0; s + 1 < starts.size(); ++s) {
      const int64_t length = starts[s + 1] - starts[s];
      kept += length * length * shape->heads;
    }
    auto output = at::empty({packed.size(0), width}, at::kFloat);
    // The weights before dropout, for the gradient.
    auto weights = at::empty({kept}, at::kFloat);
    std::vector<float> dropped(static_cast<size_t>(shape->longest() * shape->longest()));
    const float* const in = packed.data_ptr<float>();
    float* const out = output.data_ptr<float>();
    float* line = weights.data_ptr<float>();
    for (size_t s = 0; s + 1 < starts.size(); ++s) {
      const int length = static_cast<int>(starts[s + 1] - starts[s]);
      if (length == 0) continue;
      for (int64_t head = 0; head < shape->heads; ++head) {
        const float* const query = in + starts[s] * stride + head * inner;
        multiply(false, true, length, length, inner, scale, query, stride, query + width, stride, 0, line, length);
        causal_softmax(line, length);
        const float* used = line;
        if (shape->dropout > 0) {
          ctorch::fill_kept(dropped.data(), int64_t{length} * length, shape->dropout, shape->seed_of(s, head));
          for (int at = 0; at < length * length; ++at) dropped[at] *= line[at];
          used = dropped.data();
        }
        multiply(false, false, length, inner, length, 1, used, length, query + 2 * width, stride, 0,
                 out + starts[s] * width + head * inner, width);
        line += length * length;
      }
    }
    context->save_for_backward({packed, weights});
    context->saved_data["starts"] = starts;
    context->saved_data["heads"] = shape->heads;
    context->saved_data["dropout"] = shape->dropout;
    context->saved_data["seed"] = static_cast<int64_t>(shape->seed);
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto packed = saved[0], weights = saved[1];
    const auto given = gradients[0].contiguous();
    Shape shape;
    shape.starts = context->saved_data["starts"].toIntVector();
    shape.heads = context->saved_data["heads"].toInt();
    shape.dropout = context->saved_data["dropout"].toDouble();
    shape.seed = static_cast<uint64_t>(context->saved_data["seed"].toInt());
    shape.width = given.size(1);
    const auto& starts = shape.starts;
    const int width = static_cast<int>(shape.width), stride = 3 * width;
    const int inner = width / static_cast<int>(shape.heads);
    const float scale = 1 / std::sqrt(static_cast<float>(inner));
    auto result = at::empty_like(packed);
    const auto square = static_cast<size_t>(shape.longest() * shape.longest());
    std::vector<float> mask(square, 1), used(square), slope(square);
    const float* const in = packed.data_ptr<float>();
    const float* const outer = given.data_ptr<float>();
    float* const target = result.data_ptr<float>();
    const float* line = weights.data_ptr<float>();
    for (size_t s = 0; s + 1 < starts.size(); ++s) {
      const int length = static_cast<int>(starts[s + 1] - starts[s]);
      if (length == 0) continue;
      for (int64_t head = 0; head < shape.heads; ++head) {
        const int64_t place = starts[s] * stride + head * inner;
        const float* const query = in + place;
        const float* const up = outer + starts[s] * width + head * inner;
        float* const down = target + place;
        if (shape.dropout > 0) {
          ctorch::fill_kept(mask.data(), int64_t{length} * length, shape.dropout, shape.seed_of(s, head));
        }
        for (int at = 0; at < length * length; ++at) used[at] = line[at] * mask[at];
        // Values.
        multiply(true, false, length, inner, length, 1, used.data(), length, up, width, 0, down + 2 * width, stride);
        // Weights, through dropout and softmax.
        multiply(false, true, length, length, inner, 1, up, width, query + 2 * width, stride, 0, slope.data(), length);
        for (int row = 0; row < length; ++row) {
          float* const slopes = slope.data() + row * length;
          const float* const kept = used.data() + row * length;
          const float* const shares = line + row * length;
          const float* const masks = mask.data() + row * length;
          float sum = 0;
          for (int column = 0; column <= row; ++column) sum += slopes[column] * kept[column];
          for (int column = 0; column < length; ++column) {
            slopes[column] = column <= row ? shares[column] * (slopes[column] * masks[column] - sum) : 0;
          }
        }
        // Queries and keys.
        multiply(false, false, length, inner, length, scale, slope.data(), length, query + width, stride, 0, down,
                 stride);
        multiply(true, false, length, inner, length, scale, slope.data(), length, query, stride, 0, down + width,
                 stride);
        line += length * length;
      }
    }
    return {result, at::Tensor()};
  }
};

}  // namespace

extern "C" ctorch_code ctorch_causal_attention(const ctorch_tensor* input, const int64_t* starts, int64_t sequences,
                                               int32_t heads, double dropout_share, uint64_t seed,
                                               ctorch_tensor** result, ctorch_message message) {
  return ctorch::made(result, message, [&] {
    const auto& packed = input->value;
    TORCH_CHECK(packed.dim() == 2 && heads > 0 && packed.size(1) % (3 * heads) == 0,
                "three times as many columns as heads and width wanted");
    Shape shape{{starts, starts + sequences + 1}, heads, packed.size(1) / 3, dropout_share, seed};
    TORCH_CHECK(shape.starts.front() == 0 && shape.starts.back() == packed.size(0) &&
                    std::is_sorted(shape.starts.begin(), shape.starts.end()),
                "sequences must cover all rows");
    TORCH_CHECK(dropout_share >= 0 && dropout_share < 1, "a share below 1 wanted");
    return Attention::apply(packed, &shape);
  });
}
