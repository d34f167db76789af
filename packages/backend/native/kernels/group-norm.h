// Group normalization of x + shift, with SiLU after it if wanted, and its gradient: two passes over [B,H,W,C] each way. Sums go in a
// fixed order, pixel by pixel within a segment and segment by segment, so that they are the same with any number of threads.
#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include "pool.h"
#include "vector.h"

namespace immiscible {

/** Sizes, and [C] or [B,C] parameters. */
struct GroupNorm {
  int64_t images, pixels, channels, groups;
  float epsilon;
  bool silu;
  const float *scale, *offset, *shift;  // shift is [B,C] or null
  bool scaleEach, offsetEach;           // [B,C] rather than [C]

  int64_t perGroup() const { return channels / groups; }
  int64_t size() const { return pixels * channels; }
  float shiftOf(int64_t b, int64_t c) const { return shift ? shift[b * channels + c] : 0.f; }
  float scaleOf(int64_t b, int64_t c) const { return scale[scaleEach ? b * channels + c : c]; }
  const float* offsetOf(int64_t b) const { return offset + (offsetEach ? b * channels : 0); }

  /** Pixels that are summed in registers before they are added to a segment's total. */
  static constexpr int64_t TILE = 32;
  /** Pixels of a segment: by the image's size alone. */
  int64_t segment() const { return std::max<int64_t>(4 * TILE, (pixels / 16 + TILE - 1) / TILE * TILE); }
  int64_t segments() const { return (pixels + segment() - 1) / segment(); }
  int64_t segmentStart(int64_t s) const { return s * segment(); }
  int64_t segmentEnd(int64_t s) const { return std::min(pixels, (s + 1) * segment()); }
};

/**
 * Runs the parts of each image: `first` on its segments, then `whole`, then `second` on its segments. All in one thread while the image is
 * in its cache; where there are fewer images than threads, segments in any thread.
 */
template <class First, class Whole, class Second>
void bySegments(const GroupNorm& n, First first, Whole whole, Second second) {
  const int64_t S = n.segments();
  if (n.images >= Pool::shared().size() || S < 2) {
    parallel(n.images, [&](int64_t b) {
      for (int64_t s = 0; s < S; s++) first(b, s);
      whole(b);
      for (int64_t s = 0; s < S; s++) second(b, s);
    });
    return;
  }
  parallel(n.images * S, [&](int64_t i) { first(i / S, i % S); });
  parallel(n.images, whole);
  parallel(n.images * S, [&](int64_t i) { second(i / S, i % S); });
}

/** Calls `body(p, c, width)` for each vector of pixels from … to, in the order of memory. */
template <class Body> void eachVector(int64_t from, int64_t to, int64_t C, Body body) {
  for (int64_t p = from; p < to; p++)
    for (int64_t c = 0; c < C; c += LANES) body(p * C + c, c, static_cast<int>(std::min<int64_t>(LANES, C - c)));
}

/**
 * K sums by channel over pixels from … to, into totals [K,C]. `add(p0, p1, c, width, sums)` adds those of a tile's pixels.
 */
template <int K, class Add> void sumPixels(int64_t from, int64_t to, int64_t C, float* totals, Add add) {
  std::fill(totals, totals + K * C, 0.f);
  for (int64_t p0 = from; p0 < to; p0 += GroupNorm::TILE) {
    const int64_t p1 = std::min(to, p0 + GroupNorm::TILE);
    for (int64_t c = 0; c < C; c += LANES) {
      const int width = static_cast<int>(std::min<int64_t>(LANES, C - c));
      Vec sums[K] = {};
      add(p0, p1, c, width, sums);
      for (int k = 0; k < K; k++) store(totals + k * C + c, load(totals + k * C + c, width) + sums[k], width);
    }
  }
}

/** Sums of segments [B,S,K,C] that become those of images. */
struct SegmentSums {
  const int64_t segments, kinds, channels;
  std::vector<float> sums;

  SegmentSums(const GroupNorm& n, int64_t kinds)
      : segments(n.segments()), kinds(kinds), channels(n.channels), sums(n.images * segments * kinds * channels) {}
  float* of(int64_t b, int64_t s) { return sums.data() + (b * segments + s) * kinds * channels; }
  double total(int64_t b, int64_t kind, int64_t c) {
    double sum = 0;
    for (int64_t s = 0; s < segments; s++) sum += of(b, s)[kind * channels + c];
    return sum;
  }
};

/** Channels of images as y = (x − center)·gain + offset: [B,C] each. */
struct Affine {
  std::vector<float> center, gain;

  explicit Affine(const GroupNorm& n) : center(n.images * n.channels), gain(n.images * n.channels) {}
  void set(const GroupNorm& n, int64_t b, const float* mean, const float* inverse) {
    for (int64_t c = 0; c < n.channels; c++) {
      const int64_t g = b * n.groups + c / n.perGroup(), i = b * n.channels + c;
      center[i] = mean[g] - n.shiftOf(b, c);
      gain[i] = inverse[g] * n.scaleOf(b, c);
    }
  }
};

/** y, and each group's mean (of x + shift) and 1 / √(variance + ε): [B,G]. */
template <class In, class Out>
void groupNormForward(const GroupNorm& n, const In* x, Out* y, float* mean, float* inverse) {
  const int64_t C = n.channels;
  const double P = static_cast<double>(n.pixels);
  if (n.pixels == 0) {  // the mean of no pixels
    std::fill(mean, mean + n.images * n.groups, NAN);
    std::fill(inverse, inverse + n.images * n.groups, NAN);
    return;
  }
  SegmentSums sums(n, 2);
  Affine affine(n);

  // Sums of deviations from the first pixel: one pass, and no cancellation where the mean is far from 0.
  auto deviations = [&](int64_t b, int64_t s) {
    const In *image = x + b * n.size(), *pivot = image;
    sumPixels<2>(n.segmentStart(s), n.segmentEnd(s), C, sums.of(b, s),
                 [&](int64_t p0, int64_t p1, int64_t c, int width, Vec* sum) {
                   const Vec base = load(pivot + c, width);
                   for (int64_t p = p0; p < p1; p++) {
                     const Vec d = load(image + p * C + c, width) - base;
                     sum[0] += d;
                     sum[1] = fma(d, d, sum[1]);
                   }
                 });
  };
  auto statistics = [&](int64_t b) {
    const In* pivot = x + b * n.size();
    for (int64_t g = 0; g < n.groups; g++) {
      const int64_t c0 = g * n.perGroup(), c1 = c0 + n.perGroup();
      auto average = [&](int64_t c) { return toFloat(pivot[c]) + sums.total(b, 0, c) / P + n.shiftOf(b, c); };
      double m = 0, spread = 0;
      for (int64_t c = c0; c < c1; c++) m += average(c);
      m /= static_cast<double>(n.perGroup());
      for (int64_t c = c0; c < c1; c++) {
        const double sum = sums.total(b, 0, c), off = average(c) - m;
        spread += sums.total(b, 1, c) - sum * sum / P + P * off * off;
      }
      const double variance = spread < 0 ? 0 : spread / (P * static_cast<double>(n.perGroup()));  // NaN stays
      mean[b * n.groups + g] = static_cast<float>(m);
      inverse[b * n.groups + g] = static_cast<float>(1 / std::sqrt(variance + n.epsilon));
    }
    affine.set(n, b, mean, inverse);
  };
  auto normalize = [&](int64_t b, int64_t s) {
    const float *center = &affine.center[b * C], *gain = &affine.gain[b * C], *offset = n.offsetOf(b);
    const In* from = x + b * n.size();
    Out* to = y + b * n.size();
    eachVector(n.segmentStart(s), n.segmentEnd(s), C, [&](int64_t at, int64_t c, int width) {
      const Vec v = fma(load(from + at, width) - load(center + c, width), load(gain + c, width), load(offset + c, width));
      store(to + at, n.silu ? v * sigmoid(v) : v, width);
    });
  };
  bySegments(n, deviations, statistics, normalize);
}

/** Where the gradients go: dx like x (it may be dz itself), the others [B,C]. */
struct GroupNormGradients {
  float *dx, *dScale, *dOffset, *dShift;
};

/**
 * With sums over pixels S1 = Σ dy and S2 = Σ dy·(x − center), and sums ⟨·⟩ over the N values of a group: dx = gain·dy − p·(x − center) − q,
 * p = ⟨gain·S2⟩ / N / (σ² + ε), q = ⟨gain·S1⟩ / N. What SiLU needs is computed again from x. An addend, like x, is added to dx: the
 * gradient that comes by another way needs no pass of its own.
 */
template <class In, class Out>
void groupNormBackward(const GroupNorm& n, const Out* dz, const In* x, const float* mean, const float* inverse, const float* addend,
                       const GroupNormGradients& to) {
  const int64_t C = n.channels;
  const double P = static_cast<double>(n.pixels);
  SegmentSums sums(n, 3);
  Affine affine(n);
  std::vector<float> p(n.images * C), q(n.images * C);
  for (int64_t b = 0; b < n.images; b++) affine.set(n, b, mean, inverse);

  // dy into dx, and S1, S2, Σ (x − center).
  auto beforeSilu = [&](int64_t b, int64_t s) {
    const float *centers = &affine.center[b * C], *gains = &affine.gain[b * C], *offsets = n.offsetOf(b);
    const int64_t image = b * n.size();
    sumPixels<3>(n.segmentStart(s), n.segmentEnd(s), C, sums.of(b, s),
                 [&](int64_t p0, int64_t p1, int64_t c, int width, Vec* sum) {
                   const Vec center = load(centers + c, width), gain = load(gains + c, width), offset = load(offsets + c, width);
                   for (int64_t p = p0; p < p1; p++) {
                     const int64_t at = image + p * C + c;
                     const Vec off = load(x + at, width) - center;
                     Vec d = load(dz + at, width);
                     if (n.silu) {
                       const Vec y = fma(off, gain, offset), sg = sigmoid(y);
                       d *= sg * fma(y, 1.f - sg, splat(1.f));
                     }
                     sum[0] += d;
                     sum[1] = fma(d, off, sum[1]);
                     sum[2] += off;
                     store(to.dx + at, d, width);
                   }
                 });
  };
  auto coefficients = [&](int64_t b) {
    for (int64_t g = 0; g < n.groups; g++) {
      const int64_t c0 = g * n.perGroup(), c1 = c0 + n.perGroup();
      const double scale = inverse[b * n.groups + g], count = P * static_cast<double>(n.perGroup());
      double pg = 0, qg = 0;
      for (int64_t c = c0; c < c1; c++) {
        pg += affine.gain[b * C + c] * sums.total(b, 1, c);
        qg += affine.gain[b * C + c] * sums.total(b, 0, c);
      }
      pg *= scale * scale / count;
      qg /= count;
      for (int64_t c = c0; c < c1; c++) {
        const int64_t i = b * C + c;
        const double s1 = sums.total(b, 0, c);
        to.dScale[i] = static_cast<float>(sums.total(b, 1, c) * scale);
        to.dOffset[i] = static_cast<float>(s1);
        to.dShift[i] = static_cast<float>(affine.gain[i] * s1 - pg * sums.total(b, 2, c) - P * qg);
        p[i] = static_cast<float>(pg);
        q[i] = static_cast<float>(qg);
      }
    }
  };
  auto finish = [&](int64_t b, int64_t s) {
    const float *center = &affine.center[b * C], *gain = &affine.gain[b * C], *pb = &p[b * C], *qb = &q[b * C];
    const int64_t image = b * n.size();
    eachVector(n.segmentStart(s), n.segmentEnd(s), C, [&](int64_t inImage, int64_t c, int width) {
      const int64_t at = image + inImage;
      const Vec moved = fma(load(x + at, width) - load(center + c, width), load(pb + c, width), load(qb + c, width));
      Vec d = fma(load(to.dx + at, width), load(gain + c, width), -moved);
      if (addend) d += load(addend + at, width);
      store(to.dx + at, d, width);
    });
  };
  bySegments(n, beforeSilu, coefficients, finish);
}

/** [B,C] summed over images in their order. */
inline void sumImages(const float* each, int64_t images, int64_t channels, float* total) {
  for (int64_t c = 0; c < channels; c++) {
    double sum = 0;
    for (int64_t b = 0; b < images; b++) sum += each[b * channels + c];
    total[c] = static_cast<float>(sum);
  }
}

}  // namespace immiscible
