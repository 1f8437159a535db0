// Softmax cross-entropy over many classes, with its gradient, a block of rows at a time.
//
// The logits of a whole batch would be by far the largest tensor of a step, written and read several times. A block of
// them stays in the cache, and nothing of it is kept: the gradient of both factors is made while it is there.
#include "internal.h"

#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace {

// The classes that take part for all rows, or all of them.
struct Classes {
  const int64_t* targets;
  // Classes drawn evenly, which stand for all; null for all themselves.
  const int64_t* drawn;
  int64_t drawn_count;
};

// The columns of drawn classes, by class: a row's own target is none of the others.
struct Columns {
  std::vector<std::pair<int64_t, int64_t>> sorted;
  explicit Columns(const Classes& classes) {
    for (int64_t column = 0; column < classes.drawn_count; ++column) sorted.emplace_back(classes.drawn[column], column);
    std::sort(sorted.begin(), sorted.end());
  }
  template <typename Body>
  void for_each(int64_t drawn, Body body) const {
    auto at = std::lower_bound(sorted.begin(), sorted.end(), std::make_pair(drawn, int64_t{0}));
    for (; at != sorted.end() && at->first == drawn; ++at) body(at->second);
  }
};

float dot(const float* left, const float* right, int64_t width) {
  float sum = 0;
  for (int64_t at = 0; at < width; ++at) sum += left[at] * right[at];
  return sum;
}

void add(const float* source, float scale, float* target, int64_t width) {
  for (int64_t at = 0; at < width; ++at) target[at] += scale * source[at];
}

struct SoftmaxLoss : torch::autograd::Function<SoftmaxLoss> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& inputs,
                            const at::Tensor& weights, const Classes* classes) {
    const auto rows = inputs.contiguous(), table = weights.contiguous();
    auto row_slopes = at::empty_like(rows), class_slopes = at::zeros_like(table);
    const double loss = classes->drawn == nullptr ? whole(rows, table, *classes, row_slopes, class_slopes)
                                                  : sampled(rows, table, *classes, row_slopes, class_slopes);
    context->save_for_backward({row_slopes, class_slopes});
    return at::scalar_tensor(loss, at::kFloat);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    return {saved[0] * gradients[0], saved[1] * gradients[0], at::Tensor()};
  }

  // Rows of a block, so that its logits take 8 MiB.
  static int64_t block(int64_t width) { return std::clamp<int64_t>((int64_t{1} << 21) / width, 64, 1024); }

  static double whole(const at::Tensor& rows, const at::Tensor& table, const Classes& classes, at::Tensor& row_slopes,
                      at::Tensor& class_slopes) {
    const int64_t count = rows.size(0), width = table.size(0);
    double loss = 0;
    for (int64_t start = 0; start < count; start += block(width)) {
      const int64_t length = std::min(block(width), count - start);
      const auto part = rows.narrow(0, start, length);
      auto shares = at::softmax(at::mm(part, table.t()), 1);
      float* const values = shares.data_ptr<float>();
      for (int64_t row = 0; row < length; ++row) {
        float& wanted = values[row * width + classes.targets[start + row]];
        loss -= std::log(std::max(wanted, 1e-30f));
        wanted -= 1;
      }
      auto slopes = row_slopes.narrow(0, start, length);
      at::mm_out(slopes, shares, table);
      class_slopes.addmm_(shares.t(), part);
    }
    return loss;
  }

  static double sampled(const at::Tensor& rows, const at::Tensor& table, const Classes& classes,
                        at::Tensor& row_slopes, at::Tensor& class_slopes) {
    const int64_t count = rows.size(0), width = table.size(1), drawn = classes.drawn_count;
    auto numbers = at::empty({drawn}, at::kLong);
    std::copy_n(classes.drawn, drawn, numbers.data_ptr<int64_t>());
    const auto others = table.index_select(0, numbers);
    auto other_slopes = at::zeros_like(others);
    const Columns columns(classes);
    // Each drawn class stands for so many.
    const float stood = std::log(static_cast<float>(std::max<int64_t>(1, table.size(0) - 1)) / static_cast<float>(drawn));
    const float* const vectors = table.data_ptr<float>();
    float* const slopes_of_classes = class_slopes.data_ptr<float>();
    double loss = 0;
    for (int64_t start = 0; start < count; start += block(drawn)) {
      const int64_t length = std::min(block(drawn), count - start);
      const auto part = rows.narrow(0, start, length);
      // Column 0 is the wanted class.
      auto logits = at::empty({length, drawn + 1}, at::kFloat);
      auto tail = logits.narrow(1, 1, drawn);
      at::mm_out(tail, part, others.t());
      float* const values = logits.data_ptr<float>();
      const float* const inputs = part.data_ptr<float>();
      for (int64_t row = 0; row < length; ++row) {
        float* const line = values + row * (drawn + 1);
        const int64_t target = classes.targets[start + row];
        line[0] = dot(inputs + row * width, vectors + target * width, width) - stood;
        columns.for_each(target, [&](int64_t column) { line[column + 1] = -1e9f; });
      }
      auto shares = at::softmax(logits, 1);
      float* const parts = shares.data_ptr<float>();
      auto slopes = row_slopes.narrow(0, start, length);
      const auto rest = shares.narrow(1, 1, drawn);
      at::mm_out(slopes, rest, others);
      other_slopes.addmm_(rest.t(), part);
      float* const row_values = slopes.data_ptr<float>();
      for (int64_t row = 0; row < length; ++row) {
        const float wanted = parts[row * (drawn + 1)];
        const int64_t target = classes.targets[start + row];
        loss -= std::log(std::max(wanted, 1e-30f));
        add(vectors + target * width, wanted - 1, row_values + row * width, width);
        add(inputs + row * width, wanted - 1, slopes_of_classes + target * width, width);
      }
    }
    class_slopes.index_add_(0, numbers, other_slopes);
    return loss;
  }
};

}  // namespace

extern "C" ctorch_code ctorch_softmax_loss(const ctorch_tensor* inputs, const ctorch_tensor* weights,
                                           const int64_t* targets, int64_t count, const int64_t* drawn,
                                           int64_t drawn_count, ctorch_tensor** result, ctorch_message message) {
  return ctorch::made(result, message, [&] {
    const auto &rows = inputs->value, &table = weights->value;
    TORCH_CHECK(rows.dim() == 2 && table.dim() == 2 && rows.size(1) == table.size(1) && rows.size(0) == count,
                "rows and classes of one width, and a target for each row, wanted");
    const auto is_class = [&](int64_t number) { return number >= 0 && number < table.size(0); };
    TORCH_CHECK(std::all_of(targets, targets + count, is_class), "a target is out of range");
    TORCH_CHECK(drawn == nullptr || (drawn_count > 0 && std::all_of(drawn, drawn + drawn_count, is_class)),
                "a drawn class is out of range");
    const Classes classes{targets, drawn, drawn_count};
    return SoftmaxLoss::apply(rows, table, &classes);
  });
}
