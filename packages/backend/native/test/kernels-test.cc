// The kernels alone, without TensorFlow, against the same sums in float64: random shapes, memory that ends where the data does and
// starts at odd addresses. What sanitizers are run on. Usage: kernels-test [SHAPES]; the last line is a hash of all results' bits.
// One file, though long: one program, built by a line; its cases share the random shapes and the hash.
#include <cstdio>
#include <limits>
#include <random>
#include <thread>

#include "../kernels/adam.h"
#include "../kernels/group-norm.h"

using namespace immiscible;

namespace {

int failures = 0;
uint64_t hash = 1469598103934665603ull;

/** Floats in memory of their own, one float past an aligned address, with nothing after them. */
struct Floats {
  std::vector<char> memory;
  size_t count;
  explicit Floats(size_t count, float value = 0) : memory(4 * count + 4), count(count) {
    for (size_t i = 0; i < count; i++) (*this)[i] = value;
  }
  float* data() { return reinterpret_cast<float*>(memory.data() + 4); }
  float& operator[](size_t i) { return data()[i]; }
};

std::mt19937 random(7);
float normal() { return std::normal_distribution<float>()(random); }
int64_t upTo(int64_t n) { return std::uniform_int_distribution<int64_t>(1, n)(random); }
Floats normals(size_t count, float mean = 0, float deviation = 1) {
  Floats values(count);
  for (size_t i = 0; i < count; i++) values[i] = mean + deviation * normal();
  return values;
}

void addToHash(Floats& values) {
  for (size_t i = 0; i < values.count; i++) {
    uint32_t bits;
    memcpy(&bits, &values[i], 4);
    hash = (hash ^ bits) * 1099511628211ull;
  }
}

/** Within `tolerance` of the largest, or of `size`: what is summed, where it may cancel. NaN where NaN is due. */
void expectClose(const char* what, Floats& got, const std::vector<double>& wanted, double tolerance, double size = 1e-30) {
  addToHash(got);
  double largest = size, worst = 0;
  for (const double w : wanted)
    if (std::isfinite(w)) largest = std::max(largest, std::fabs(w));
  for (size_t i = 0; i < wanted.size(); i++) {
    const double error = std::isnan(wanted[i]) ? (std::isnan(got[i]) ? 0 : INFINITY) : std::fabs(got[i] - wanted[i]) / largest;
    worst = error > worst || std::isnan(error) ? error : worst;
  }
  if (worst <= tolerance) return;
  failures++;
  std::printf("%s: off by %.2e of the largest, %.2e\n", what, worst, largest);
}

double logistic(double y) { return 1 / (1 + std::exp(-y)); }

struct Case {
  int64_t B, P, C, G;
  bool silu, shifted, scaleEach, offsetEach, added;
  float mean;
};

/** Bounds of a group's elements. */
template <class Body> void eachOf(const Case& k, int64_t b, int64_t g, Body body) {
  const int64_t per = k.C / k.G;
  for (int64_t p = 0; p < k.P; p++)
    for (int64_t c = g * per; c < (g + 1) * per; c++) body((b * k.P + p) * k.C + c, b * k.C + c, c);
}

void checkGroupNorm(const Case& k) {
  const size_t size = k.B * k.P * k.C, row = k.B * k.C;
  Floats x = normals(size, k.mean, 2), dz = normals(size), shift = normals(row), addend = normals(size);
  Floats scale = normals(k.scaleEach ? row : k.C, 1, 0.5), offset = normals(k.offsetEach ? row : k.C);
  const GroupNorm n{k.B,          k.P,           k.C,           k.G, 1e-6f, k.silu, scale.data(), offset.data(), k.shifted ? shift.data() : nullptr,
                    k.scaleEach, k.offsetEach};
  Floats y(size), mean(k.B * k.G), inverse(k.B * k.G), dx(size), dScale(row), dOffset(row), dShift(row);
  groupNormForward(n, x.data(), y.data(), mean.data(), inverse.data());
  groupNormBackward(n, dz.data(), x.data(), mean.data(), inverse.data(), k.added ? addend.data() : nullptr,
                    {dx.data(), dScale.data(), dOffset.data(), dShift.data()});

  std::vector<double> ys(size), dxs(size), dScales(row), dOffsets(row), dShifts(row), h(size), dy(size);
  double step = 0;  // the size of dx's terms
  for (int64_t b = 0; b < k.B; b++)
    for (int64_t g = 0; g < k.G; g++) {
      const double N = static_cast<double>(k.P * k.C / k.G);
      auto moved = [&](int64_t i, int64_t bc) { return static_cast<double>(x[i]) + (k.shifted ? shift[bc] : 0); };
      double m = 0, variance = 0, meanOf = 0, slope = 0;
      eachOf(k, b, g, [&](int64_t i, int64_t bc, int64_t) { m += moved(i, bc) / N; });
      eachOf(k, b, g, [&](int64_t i, int64_t bc, int64_t) { variance += std::pow(moved(i, bc) - m, 2) / N; });
      const double r = 1 / std::sqrt(variance + 1e-6);
      eachOf(k, b, g, [&](int64_t i, int64_t bc, int64_t c) {
        const double s = scale[k.scaleEach ? bc : c], t = offset[k.offsetEach ? bc : c];
        h[i] = (moved(i, bc) - m) * r;
        const double v = h[i] * s + t, l = logistic(v);
        ys[i] = k.silu ? v * l : v;
        const double d = dz[i] * (k.silu ? l * (1 + v * (1 - l)) : 1);
        dScales[bc] += d * h[i];
        dOffsets[bc] += d;
        dy[i] = d * s;
        meanOf += dy[i] / N;
        slope += dy[i] * h[i] / N;
      });
      eachOf(k, b, g, [&](int64_t i, int64_t bc, int64_t) {
        const double d = r * (dy[i] - meanOf - h[i] * slope);
        dShifts[bc] += d;
        dxs[i] = d + (k.added ? addend[i] : 0);
        step = std::max(step, r * std::fabs(dy[i]));
      });
    }
  // At a mean of 100, x itself has lost two digits; a group of one value is all rounding, a thousand times enlarged by ε.
  const double tolerance = k.mean > 0 ? 2e-3 : k.P * k.C == k.G ? 3e-4 : 2e-5, pixels = static_cast<double>(k.P);
  char name[128];
  auto expect = [&](const char* what, Floats& got, const std::vector<double>& wanted, double of) {
    std::snprintf(name, sizeof name, "%s of [%d,%d,%d] in %d groups", what, int(k.B), int(k.P), int(k.C), int(k.G));
    expectClose(name, got, wanted, tolerance, of);
  };
  expect("y", y, ys, 1);
  if (k.P > 0) {
    expect("dx", dx, dxs, step);
    expect("dscale", dScale, dScales, 1);
    expect("doffset", dOffset, dOffsets, 1);
    expect("dshift", dShift, dShifts, step * pixels);
  }

  // In dz's own memory.
  groupNormBackward(n, dz.data(), x.data(), mean.data(), inverse.data(), k.added ? addend.data() : nullptr,
                    {dz.data(), dScale.data(), dOffset.data(), dShift.data()});
  if (size > 0 && memcmp(dz.data(), dx.data(), 4 * size) != 0) failures++, std::printf("dx in dz's memory is another\n");

  // bfloat16 in and out: as from and to rounded floats.
  std::vector<Bfloat16> xHalf(size), yHalf(size);
  for (size_t i = 0; i < size; i += LANES) {
    const int width = static_cast<int>(std::min<size_t>(LANES, size - i));
    store(xHalf.data() + i, load(x.data() + i, width), width);
  }
  for (size_t i = 0; i < size; i++) x[i] = toFloat(xHalf[i]);
  groupNormForward(n, x.data(), y.data(), mean.data(), inverse.data());
  groupNormForward(n, xHalf.data(), yHalf.data(), mean.data(), inverse.data());
  for (size_t i = 0; i < size; i++) {
    if (std::fabs(toFloat(yHalf[i]) - y[i]) <= std::fabs(y[i]) / 256 + 1e-30f) continue;
    failures++, std::printf("bfloat16: %g for %g\n", toFloat(yHalf[i]), y[i]);
    break;
  }
}

/** A NaN makes its group NaN and no other; a number that overflows when squared gives the offset alone. */
void checkNonFinite() {
  for (const float bad : {NAN, INFINITY, -INFINITY, 1e30f}) {
    Floats x = normals(2 * 9 * 8), scale(8, 1), offset(8, 0.25), y(x.count), mean(4), inverse(4);
    x[9 * 8 + 4 * 8 + 5] = bad;  // image 1, pixel 4, channel 5: group 1
    const GroupNorm n{2, 9, 8, 2, 1e-6f, true, scale.data(), offset.data(), nullptr, false, false};
    groupNormForward(n, x.data(), y.data(), mean.data(), inverse.data());
    for (size_t i = 0; i < y.count; i++) {
      const bool touched = i >= 9 * 8 && i % 8 >= 4;
      const bool right = !touched ? std::isfinite(y[i]) : bad == 1e30f ? std::fabs(y[i] - 0.25 * logistic(0.25)) < 1e-6 : std::isnan(y[i]);
      if (right) continue;
      failures++, std::printf("%g gives %g at %d\n", bad, y[i], int(i));
      break;
    }
  }
  const float values[LANES] = {-INFINITY, INFINITY, -1000, 1000, NAN, 0};
  const Vec ends = sigmoid(load(values, LANES));
  if (!(ends[0] == 0 && ends[1] == 1 && ends[2] == 0 && ends[3] == 1 && std::isnan(ends[4]) && ends[5] == 0.5))
    failures++, std::printf("sigmoid's ends are %g %g %g %g %g %g\n", ends[0], ends[1], ends[2], ends[3], ends[4], ends[5]);
}

void checkSigmoid() {
  double worst = 0;
  for (float y = -80; y < 80; y += 0.001f) worst = std::max(worst, std::fabs(sigmoid(splat(y))[0] / logistic(y) - 1));
  if (worst > 4e-7) failures++, std::printf("sigmoid is off by %.1e\n", worst);
}

void checkAdam(int count, float maxNorm, bool apply, bool decays, bool averaged) {
  std::vector<Floats> g, w, e, next, nextE;
  std::vector<AdamTensor> tensors;
  int64_t total = 0;
  for (int i = 0; i < count; i++) {
    const int64_t size = i == 1 ? 0 : upTo(i == 0 ? 70000 : 300);
    g.push_back(normals(size)), w.push_back(normals(size)), e.push_back(normals(size)), next.emplace_back(size), nextE.emplace_back(size);
    total += size;
  }
  for (int i = 0; i < count; i++)
    tensors.push_back({g[i].data(), w[i].data(), next[i].data(), averaged ? e[i].data() : nullptr, nextE[i].data(), int64_t(g[i].count)});
  Floats m = normals(total), v = normals(total), nextM(total), nextV(total);
  for (int64_t i = 0; i < total; i++) v[i] = v[i] * v[i];
  const Adam a{maxNorm, 0.9f, 0.999f, -0.01f, 0.7f, 1e-5f, -0.02f, 0.1f, apply, decays};
  adamStep(a, tensors, {m.data(), v.data(), nextM.data(), nextV.data()});

  double norm = 0;
  for (Floats& each : g)
    for (size_t i = 0; i < each.count; i++) norm += double(each[i]) * each[i];
  const double factor = maxNorm > 0 ? std::min(1.0, maxNorm / (std::sqrt(norm) + 1e-6)) : 1;
  std::vector<double> ms, vs;
  for (int t = 0, at = 0; t < count; t++) {
    std::vector<double> nexts, averages;
    for (size_t i = 0; i < g[t].count; i++, at++) {
      const double d = g[t][i] * factor;
      ms.push_back(m[at] * double(0.9f) + d), vs.push_back(v[at] * double(0.999f) + d * d);
      double u = ms.back() * a.scale / (std::sqrt(vs.back()) * a.spread + a.epsilon);
      if (decays) u += double(w[t][i]) * a.decay;
      if (apply) u += w[t][i];
      nexts.push_back(u), averages.push_back(e[t][i] + (u - e[t][i]) * a.rate);
    }
    expectClose("adam", next[t], nexts, 1e-6);
    if (averaged) expectClose("average", nextE[t], averages, 1e-6);
  }
  expectClose("m", nextM, ms, 1e-6), expectClose("v", nextV, vs, 1e-6);

  // In the gradients' own memory.
  for (int i = 0; i < count; i++) tensors[i].next = g[i].data();
  adamStep(a, tensors, {m.data(), v.data(), nextM.data(), nextV.data()});
  for (int i = 0; i < count; i++)
    if (g[i].count > 0 && memcmp(g[i].data(), next[i].data(), 4 * g[i].count) != 0) failures++, std::printf("adam in place is another\n");
}

/** Several of TensorFlow's threads at once, each with work for the pool. */
void checkPool() {
  std::vector<std::thread> callers;
  std::atomic<int64_t> sum{0};
  for (int t = 0; t < 4; t++)
    callers.emplace_back([&] {
      for (int round = 0; round < 200; round++) parallel(17, [&](int64_t i) { sum += i; });
    });
  for (std::thread& caller : callers) caller.join();
  if (sum != 4 * 200 * 136) failures++, std::printf("the pool gave %lld\n", static_cast<long long>(sum));
}

}  // namespace

int main(int count, char** arguments) {
  const int shapes = count > 1 ? std::atoi(arguments[1]) : 300;
  // Channels that are no multiple of the vector, images of one pixel, one group and as many groups as channels, one image and none.
  for (const auto& [B, P, C, G] : std::vector<std::array<int64_t, 4>>{{1, 1, 1, 1}, {2, 1, 8, 4}, {3, 1, 17, 1}, {1, 4096, 5, 5}, {1, 1000, 48, 8}, {2, 130, 33, 3}, {0, 9, 8, 2}, {4, 64, 32, 32}, {5, 7, 96, 1}, {2, 0, 8, 2}})
    for (int bits = 0; bits < 32; bits++)
      checkGroupNorm({B, P, C, G, (bits & 1) > 0, (bits & 2) > 0, (bits & 4) > 0, (bits & 8) > 0, (bits & 16) > 0, bits == 31 ? 100.f : 0.f});
  for (int i = 0; i < shapes; i++) {
    const int64_t G = upTo(6), per = upTo(12), bits = upTo(32) - 1;
    checkGroupNorm({upTo(5) - 1, upTo(i % 10 == 0 ? 700 : 40), G * per, G, (bits & 1) > 0, (bits & 2) > 0, (bits & 4) > 0, (bits & 8) > 0, (bits & 16) > 0, 0});
  }
  checkNonFinite();
  checkSigmoid();
  for (int bits = 0; bits < 16; bits++) checkAdam(int(upTo(5)), bits & 1 ? 1.f : 0.f, (bits & 2) > 0, (bits & 4) > 0, (bits & 10) == 10);
  checkPool();
  std::printf("%d failures\n%016llx\n", failures, static_cast<unsigned long long>(hash));
  return failures > 0;
}
