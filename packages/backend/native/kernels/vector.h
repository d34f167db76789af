// Vectors of 16 floats: one register with AVX-512, two with AVX, four with SSE or NEON. Lanes are the same everywhere, and each
// operation is IEEE's own or a fused multiply-add that is asked for by name (-ffp-contract=off): all processors that have FMA
// give the same bits. One without it (x86-64 before 2013) differs by rounding.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace immiscible {

typedef float Vec __attribute__((vector_size(64)));
typedef int32_t IntVec __attribute__((vector_size(64)));
typedef uint32_t BitVec __attribute__((vector_size(64)));
typedef uint16_t HalfVec __attribute__((vector_size(32)));

constexpr int LANES = 16;

struct Bfloat16 {
  uint16_t bits;
};

inline float toFloat(float x) { return x; }
inline float toFloat(Bfloat16 x) {
  const uint32_t bits = static_cast<uint32_t>(x.bits) << 16;
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

inline Vec splat(float x) { return Vec{} + x; }

/** The first n of 16; zeros for the rest. Nothing beyond them is touched, and p need not be aligned. */
inline Vec load(const float* p, int n) {
  Vec v = {};
  if (__builtin_expect(n == LANES, 1)) {
    memcpy(&v, p, 64);
    return v;
  }
#if defined(__AVX512F__)
  return (Vec)_mm512_maskz_loadu_ps((1u << n) - 1, p);
#else
  memcpy(&v, p, 4 * static_cast<size_t>(n));
  return v;
#endif
}
inline Vec load(const Bfloat16* p, int n) {
  HalfVec h = {};
  if (__builtin_expect(n == LANES, 1)) memcpy(&h, p, 32);
  else memcpy(&h, p, 2 * static_cast<size_t>(n));
  return (Vec)(__builtin_convertvector(h, BitVec) << 16);
}

inline void store(float* p, Vec v, int n) {
  if (__builtin_expect(n == LANES, 1)) {
    memcpy(p, &v, 64);
    return;
  }
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, (1u << n) - 1, (__m512)v);
#else
  memcpy(p, &v, 4 * static_cast<size_t>(n));
#endif
}
/** To the nearest, ties to even; NaN stays NaN. */
inline void store(Bfloat16* p, Vec v, int n) {
  const BitVec bits = (BitVec)v;
  const BitVec rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  const BitVec kept = (BitVec)(v == v ? (IntVec)rounded : (IntVec)((bits >> 16) | 0x40));
  const HalfVec h = __builtin_convertvector(kept, HalfVec);
  memcpy(p, &h, n == LANES ? 32 : 2 * static_cast<size_t>(n));
}

/** a·b + c, rounded once where the processor can. */
inline Vec fma(Vec a, Vec b, Vec c) {
#if defined(__AVX512F__)
  return (Vec)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__FMA__)
  typedef float Half __attribute__((vector_size(32)));
  Half x[2], y[2], z[2];
  memcpy(x, &a, 64), memcpy(y, &b, 64), memcpy(z, &c, 64);
  for (int i = 0; i < 2; i++) z[i] = (Half)_mm256_fmadd_ps((__m256)x[i], (__m256)y[i], (__m256)z[i]);
  memcpy(&c, z, 64);
  return c;
#elif defined(__aarch64__)
  float32x4_t x[4], y[4], z[4];
  memcpy(x, &a, 64), memcpy(y, &b, 64), memcpy(z, &c, 64);
  for (int i = 0; i < 4; i++) z[i] = vfmaq_f32(z[i], x[i], y[i]);
  memcpy(&c, z, 64);
  return c;
#else
  return a * b + c;
#endif
}

/** Square roots, correctly rounded. */
inline Vec root(Vec v) {
#if defined(__AVX512F__)
  return (Vec)_mm512_sqrt_ps((__m512)v);
#elif defined(__AVX__)
  __m256 x[2];
  memcpy(x, &v, 64);
  for (int i = 0; i < 2; i++) x[i] = _mm256_sqrt_ps(x[i]);
  memcpy(&v, x, 64);
  return v;
#elif defined(__aarch64__)
  float32x4_t x[4];
  memcpy(x, &v, 64);
  for (int i = 0; i < 4; i++) x[i] = vsqrtq_f32(x[i]);
  memcpy(&v, x, 64);
  return v;
#else
  for (int i = 0; i < LANES; i++) v[i] = std::sqrt(v[i]);
  return v;
#endif
}

/**
 * 1 / (1 + e^−y): 0 and 1 at the infinities. e^x as 2^n·(1 + r + r²·P(r)) with Cephes' coefficients (expf.c): within 2 units in
 * the last place of e^x.
 */
inline Vec sigmoid(Vec y) {
  const Vec x = -y;
  Vec in = x > 88.f ? splat(88.f) : x;
  in = in < -87.f ? splat(-87.f) : in;
  // Adding 1.5·2²³ rounds to an integer, which is then in the low bits.
  const Vec t = fma(in, splat(1.44269504f), splat(12582912.f)), n = t - 12582912.f;
  const Vec r = fma(n, splat(2.12194440e-4f), fma(n, splat(-0.693359375f), in));
  Vec p = fma(r, splat(1.9875691500e-4f), splat(1.3981999507e-3f));
  p = fma(p, r, splat(8.3334519073e-3f));
  p = fma(p, r, splat(4.1665795894e-2f));
  p = fma(p, r, splat(1.6666665459e-1f));
  p = fma(p, r, splat(5.0000001201e-1f));
  p = fma(p, r * r, r) + 1.f;
  const Vec e = (Vec)((BitVec)p + ((BitVec)t << 23));
  return 1.f / (1.f + (x > 88.f ? splat(INFINITY) : e));
}

/** Denormal numbers count as zero while it lives, as in TensorFlow's threads: results are the same in whichever thread. */
class FlushDenormals {
#if defined(__x86_64__)
  const unsigned saved = _mm_getcsr();

 public:
  FlushDenormals() { _mm_setcsr(saved | 0x8040); }
  ~FlushDenormals() { _mm_setcsr(saved); }
#elif defined(__aarch64__)
  uint64_t saved;

 public:
  FlushDenormals() {
    asm volatile("mrs %0, fpcr" : "=r"(saved));
    asm volatile("msr fpcr, %0" ::"r"(saved | (1ull << 24)));
  }
  ~FlushDenormals() { asm volatile("msr fpcr, %0" ::"r"(saved)); }
#else
 public:
  FlushDenormals() {}
#endif
};

}  // namespace immiscible
