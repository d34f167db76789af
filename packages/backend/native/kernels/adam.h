// A step of Adam and its kin: the global norm of the gradients, clipping by it, moments and weights. One pass for the norm, one for the rest,
// in the order of operations that separate ones would have, so that where nothing is clipped the result is theirs to the bit.
#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include "pool.h"
#include "vector.h"

namespace immiscible {

/** A parameter's tensors; next may be the gradient's own memory. */
struct AdamTensor {
  const float *gradient, *weight;  // the weight may be null unless it is read: for decay, or to apply the update
  float* next;                     // the update, or the weight after it
  const float* average;            // of the weights, or null
  float* nextAverage;
  int64_t size;
};

/** Moments as fading sums, of all tensors end to end. */
struct AdamMoments {
  const float *m, *v;
  float *nextM, *nextV;
};

/**
 * M = β1·M + g, V = β2·V + g²; update = M·scale / (√V·spread + epsilon) + decay·w. The gradients are shortened to a global norm of
 * `maxNorm` first, unless that is 0; averages go the share `rate` of the way to the new weights.
 */
struct Adam {
  float maxNorm, beta1, beta2, scale, spread, epsilon, decay, rate;
  bool apply, decays;
};

/** A stretch of a tensor: what one thread does at a time, by sizes alone. */
struct AdamPart {
  size_t tensor;
  int64_t from, at, count;
};

inline std::vector<AdamPart> adamParts(const std::vector<AdamTensor>& tensors) {
  constexpr int64_t LENGTH = 1 << 15;
  std::vector<AdamPart> parts;
  int64_t total = 0;
  for (size_t i = 0; i < tensors.size(); i++) {
    for (int64_t j = 0; j < tensors[i].size; j += LENGTH)
      parts.push_back({i, j, total + j, std::min(LENGTH, tensors[i].size - j)});
    total += tensors[i].size;
  }
  return parts;
}

/** What the gradients are multiplied by: min(1, maxNorm / (norm + 1e-6)), NaN if the norm is. */
inline float clipFactor(const Adam& a, const std::vector<AdamTensor>& tensors, const std::vector<AdamPart>& parts) {
  if (!(a.maxNorm > 0)) return 1;
  std::vector<double> squares(parts.size());
  parallel(static_cast<int64_t>(parts.size()), [&](int64_t k) {
    const AdamPart& part = parts[k];
    const float* g = tensors[part.tensor].gradient + part.from;
    Vec sum = {};
    for (int64_t j = 0; j < part.count; j += LANES) {
      const Vec v = load(g + j, static_cast<int>(std::min<int64_t>(LANES, part.count - j)));
      sum = fma(v, v, sum);
    }
    for (int i = 0; i < LANES; i++) squares[k] += sum[i];
  });
  double norm = 0;
  for (const double square : squares) norm += square;
  const float factor = a.maxNorm / (static_cast<float>(std::sqrt(norm)) + 1e-6f);
  return factor > 1 ? 1 : factor;
}

inline void adamStep(const Adam& a, const std::vector<AdamTensor>& tensors, const AdamMoments& moments) {
  const std::vector<AdamPart> parts = adamParts(tensors);
  const float factor = clipFactor(a, tensors, parts);
  parallel(static_cast<int64_t>(parts.size()), [&](int64_t k) {
    const AdamPart& part = parts[k];
    const AdamTensor& t = tensors[part.tensor];
    for (int64_t j = 0; j < part.count; j += LANES) {
      const int width = static_cast<int>(std::min<int64_t>(LANES, part.count - j));
      const int64_t i = part.from + j, at = part.at + j;
      const Vec g = load(t.gradient + i, width) * factor;
      const Vec m = load(moments.m + at, width) * a.beta1 + g;
      const Vec v = load(moments.v + at, width) * a.beta2 + g * g;
      Vec next = m * a.scale / (root(v) * a.spread + a.epsilon);
      if (a.decays) next += load(t.weight + i, width) * a.decay;
      if (a.apply) next = load(t.weight + i, width) + next;
      store(moments.nextM + at, m, width);
      store(moments.nextV + at, v, width);
      store(t.next + i, next, width);
      if (t.average) {
        const Vec old = load(t.average + i, width);
        store(t.nextAverage + i, old + (next - old) * a.rate, width);
      }
    }
  });
}

}  // namespace immiscible
