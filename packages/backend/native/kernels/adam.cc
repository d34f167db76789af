// ImmiscibleAdam: adam.h as TensorFlow's operation.
#include "adam.h"

#include "ops.h"

namespace immiscible {
namespace {

struct Kernel {
  int32_t tensors = 1, averages = 0;
  float maxNorm = 0, beta1 = 0, beta2 = 0;
  bool apply = false, decays = false;
};

void* create(TF_OpKernelConstruction* c) {
  auto* kernel = new Kernel;
  Attributes attributes(c);
  attributes.get("N", &kernel->tensors);
  attributes.get("A", &kernel->averages);
  attributes.get("max_norm", &kernel->maxNorm);
  attributes.get("beta1", &kernel->beta1);
  attributes.get("beta2", &kernel->beta2);
  attributes.get("apply", &kernel->apply);
  attributes.get("decays", &kernel->decays);
  return kernel;
}

constexpr int SCALARS = 5;  // scale, spread, epsilon, decay, rate

/** gradients…, weights…, m, v, averages…, scalars → next…, m, v, averages…; moments lie end to end. */
void step(void* kernel, TF_OpKernelContext* c) {
  const Kernel& k = *static_cast<Kernel*>(kernel);
  Context ctx(c);
  const int N = k.tensors, A = k.averages, moments = 2 * N, averages = moments + 2, scalars = averages + A;
  if (ctx.failed(A == 0 || (A == N && k.apply), "there must be no averages, or as many as weights that are applied")) return;

  std::vector<Tensor> weights, olds, gradients, nexts, nextAverages;
  for (int i = 0; i < N; i++) weights.push_back(ctx.input(N + i));
  for (int i = 0; i < A; i++) olds.push_back(ctx.input(averages + i));
  const Tensor m = ctx.input(moments), v = ctx.input(moments + 1);
  float given[SCALARS] = {};
  for (int i = 0; i < SCALARS; i++) {
    const Tensor scalar = ctx.input(scalars + i);
    if (ctx.failed() || ctx.failed(scalar.size() == 1, "scale, spread, epsilon, decay and rate must be scalars")) return;
    given[i] = *scalar.data();
  }
  // Before anything else holds a gradient: its memory may become the weight's.
  for (int i = 0; i < N && !ctx.failed(); i++) nexts.push_back(ctx.output(i, weights[i].dims(), {i}));
  for (int i = 0; i < N; i++) gradients.push_back(ctx.input(i));
  const Tensor nextM = ctx.output(N, m.dims()), nextV = ctx.output(N + 1, v.dims());
  for (int i = 0; i < A; i++) nextAverages.push_back(ctx.output(N + 2 + i, weights[i].dims()));
  if (ctx.failed()) return;

  std::vector<AdamTensor> tensors;
  int64_t total = 0;
  for (int i = 0; i < N; i++) {
    if (ctx.failed(gradients[i].dims() == weights[i].dims(), "gradients must be like weights")) return;
    if (ctx.failed(A == 0 || olds[i].dims() == weights[i].dims(), "averages must be like weights")) return;
    tensors.push_back({gradients[i].data(), weights[i].data(), nexts[i].data(), A ? olds[i].data() : nullptr,
                       A ? nextAverages[i].data() : nullptr, weights[i].size()});
    total += weights[i].size();
  }
  if (ctx.failed(m.size() == total && v.size() == total, "moments must have as many elements as all weights")) return;
  adamStep({k.maxNorm, k.beta1, k.beta2, given[0], given[1], given[2], given[3], given[4], k.apply, k.decays}, tensors,
           {m.data(), v.data(), nextM.data(), nextV.data()});
}

}  // namespace

std::vector<Op> adamOps() {
  return {{"ImmiscibleAdam",
           {"N: int >= 1", "A: int >= 0", "max_norm: float", "beta1: float", "beta2: float", "apply: bool", "decays: bool"},
           {"gradients: N * float", "weights: N * float", "m: float", "v: float", "averages: A * float", "scale: float",
            "spread: float", "epsilon: float", "decay: float", "rate: float"},
           {"next: N * float", "next_m: float", "next_v: float", "next_averages: A * float"},
           // Nothing comes after it but the state, whose shapes are known.
           [](TF_ShapeInferenceContext* c, TF_Status* s) { TF_ShapeInferenceContextSetUnknownShape(c, s); },
           create,
           step,
           removeKernel<Kernel>}};
}

}  // namespace immiscible
