// Vectors of 16 floats in as many registers as that takes: one with AVX-512, two with AVX, four with SSE or NEON. Lanes are the same
// everywhere, and each operation is IEEE's own or a fused multiply-add that is asked for by name (-ffp-contract=off): all processors that
// have FMA give the same bits. One without it (x86-64 before 2013) differs by rounding.
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

constexpr int LANES = 16;
#if defined(__AVX512F__)
constexpr int REGISTER = 64;  // bytes
#elif defined(__AVX__)
constexpr int REGISTER = 32;
#else
constexpr int REGISTER = 16;
#endif
constexpr int REGISTERS = 4 * LANES / REGISTER;

typedef float Reg __attribute__((vector_size(REGISTER)));
typedef int32_t IntReg __attribute__((vector_size(REGISTER)));
typedef uint32_t BitReg __attribute__((vector_size(REGISTER)));
typedef uint16_t HalfReg __attribute__((vector_size(REGISTER / 2)));

struct Vec {
  Reg r[REGISTERS];
  float operator[](int i) const { return r[i / (LANES / REGISTERS)][i % (LANES / REGISTERS)]; }
};

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

// ---- Arithmetic, register by register --------------------------------------------------------------------------------------

template <class F> inline Vec each(const Vec& a, F f) {
  Vec v;
  for (int i = 0; i < REGISTERS; i++) v.r[i] = f(a.r[i]);
  return v;
}
template <class F> inline Vec each(const Vec& a, const Vec& b, F f) {
  Vec v;
  for (int i = 0; i < REGISTERS; i++) v.r[i] = f(a.r[i], b.r[i]);
  return v;
}

inline Vec splat(float x) {
  Vec v;
  for (Reg& r : v.r) r = Reg{} + x;
  return v;
}

inline Vec operator+(const Vec& a, const Vec& b) { return each(a, b, [](Reg x, Reg y) { return x + y; }); }
inline Vec operator-(const Vec& a, const Vec& b) { return each(a, b, [](Reg x, Reg y) { return x - y; }); }
inline Vec operator*(const Vec& a, const Vec& b) { return each(a, b, [](Reg x, Reg y) { return x * y; }); }
inline Vec operator/(const Vec& a, const Vec& b) { return each(a, b, [](Reg x, Reg y) { return x / y; }); }
inline Vec operator+(const Vec& a, float b) { return each(a, [=](Reg x) { return x + b; }); }
inline Vec operator*(const Vec& a, float b) { return each(a, [=](Reg x) { return x * b; }); }
inline Vec operator-(const Vec& a) { return each(a, [](Reg x) { return -x; }); }
inline Vec operator-(float a, const Vec& b) { return each(b, [=](Reg x) { return a - x; }); }
inline Vec& operator+=(Vec& a, const Vec& b) { return a = a + b; }
inline Vec& operator*=(Vec& a, const Vec& b) { return a = a * b; }

/** a·b + c, rounded once where the processor can. */
inline Reg fma(Reg a, Reg b, Reg c) {
#if defined(__AVX512F__)
  return (Reg)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__FMA__)
  return (Reg)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__aarch64__)
  return (Reg)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
  return a * b + c;
#endif
}
inline Reg fma(Reg a, float b, Reg c) { return fma(a, Reg{} + b, c); }
inline Reg fma(Reg a, Reg b, float c) { return fma(a, b, Reg{} + c); }
inline Reg fma(Reg a, float b, float c) { return fma(a, Reg{} + b, Reg{} + c); }
inline Vec fma(const Vec& a, const Vec& b, const Vec& c) {
  Vec v;
  for (int i = 0; i < REGISTERS; i++) v.r[i] = fma(a.r[i], b.r[i], c.r[i]);
  return v;
}

/** Square roots, correctly rounded. */
inline Reg root(Reg x) {
#if defined(__AVX512F__)
  return (Reg)_mm512_sqrt_ps((__m512)x);
#elif defined(__AVX__)
  return (Reg)_mm256_sqrt_ps((__m256)x);
#elif defined(__x86_64__)
  return (Reg)_mm_sqrt_ps((__m128)x);
#elif defined(__aarch64__)
  return (Reg)vsqrtq_f32((float32x4_t)x);
#else
  for (int i = 0; i < LANES / REGISTERS; i++) x[i] = std::sqrt(x[i]);
  return x;
#endif
}
inline Vec root(const Vec& v) {
  return each(v, [](Reg x) { return root(x); });
}

/**
 * 1 / (1 + e^−y): 0 and 1 at the infinities. e^x as 2^n·(1 + r + r²·P(r)) with Cephes' coefficients (expf.c): within 2 units in
 * the last place of e^x.
 */
inline Reg sigmoid(Reg y) {
  const Reg x = -y, most = Reg{} + 88.f, least = Reg{} - 87.f, infinity = Reg{} + INFINITY;
  Reg in = x > most ? most : x;
  in = in < least ? least : in;
  // Adding 1.5·2²³ rounds to an integer, which is then in the low bits.
  const Reg t = fma(in, 1.44269504f, 12582912.f), n = t - 12582912.f;
  const Reg r = fma(n, 2.12194440e-4f, fma(n, -0.693359375f, in));
  Reg p = fma(r, 1.9875691500e-4f, 1.3981999507e-3f);
  p = fma(p, r, 8.3334519073e-3f);
  p = fma(p, r, 4.1665795894e-2f);
  p = fma(p, r, 1.6666665459e-1f);
  p = fma(p, r, 5.0000001201e-1f);
  p = fma(p, r * r, r) + 1.f;
  const Reg e = (Reg)((BitReg)p + ((BitReg)t << 23));
  return 1.f / (1.f + (x > most ? infinity : e));
}
inline Vec sigmoid(const Vec& v) {
  return each(v, [](Reg y) { return sigmoid(y); });
}

// ---- Memory: the first n of 16, zeros for the rest. Nothing beyond them is touched, and p need not be aligned. ----------------------
// Register by register: an array that is copied as a whole goes through memory once more.

#if defined(__AVX__) && !defined(__AVX512F__)
/** Which of a register's lanes are among the first n of 16. */
inline __m256i firstLanes(int n, int reg) {
  alignas(32) static constexpr int32_t MASKS[32] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
  __m256i mask;
  memcpy(&mask, MASKS + LANES - n + 8 * reg, 32);
  return mask;
}
#endif

inline Vec load(const float* p, int n) {
  Vec v = {};
  if (__builtin_expect(n == LANES, 1)) {
    for (int i = 0; i < REGISTERS; i++) memcpy(&v.r[i], p + i * LANES / REGISTERS, REGISTER);
    return v;
  }
#if defined(__AVX512F__)
  v.r[0] = (Reg)_mm512_maskz_loadu_ps((1u << n) - 1, p);
#elif defined(__AVX__)
  for (int i = 0; i < 2; i++) v.r[i] = (Reg)_mm256_maskload_ps(p + 8 * i, firstLanes(n, i));
#else
  memcpy(&v, p, 4 * static_cast<size_t>(n));
#endif
  return v;
}
inline Vec load(const Bfloat16* p, int n) {
  HalfReg h[REGISTERS] = {};
  if (__builtin_expect(n == LANES, 1))
    for (int i = 0; i < REGISTERS; i++) memcpy(&h[i], p + i * LANES / REGISTERS, REGISTER / 2);
  else memcpy(h, p, 2 * static_cast<size_t>(n));
  Vec v;
  for (int i = 0; i < REGISTERS; i++) v.r[i] = (Reg)(__builtin_convertvector(h[i], BitReg) << 16);
  return v;
}

inline void store(float* p, const Vec& v, int n) {
  if (__builtin_expect(n == LANES, 1)) {
    for (int i = 0; i < REGISTERS; i++) memcpy(p + i * LANES / REGISTERS, &v.r[i], REGISTER);
    return;
  }
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, (1u << n) - 1, (__m512)v.r[0]);
#elif defined(__AVX__)
  for (int i = 0; i < 2; i++) _mm256_maskstore_ps(p + 8 * i, firstLanes(n, i), (__m256)v.r[i]);
#else
  memcpy(p, &v, 4 * static_cast<size_t>(n));
#endif
}
/** To the nearest, ties to even; NaN stays NaN. */
inline void store(Bfloat16* p, const Vec& v, int n) {
  HalfReg h[REGISTERS];
  for (int i = 0; i < REGISTERS; i++) {
    const BitReg bits = (BitReg)v.r[i];
    const BitReg rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16, quiet = (bits >> 16) | 0x40;
    h[i] = __builtin_convertvector((BitReg)(v.r[i] == v.r[i] ? (IntReg)rounded : (IntReg)quiet), HalfReg);
  }
  if (__builtin_expect(n == LANES, 1))
    for (int i = 0; i < REGISTERS; i++) memcpy(p + i * LANES / REGISTERS, &h[i], REGISTER / 2);
  else memcpy(p, h, 2 * static_cast<size_t>(n));
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
