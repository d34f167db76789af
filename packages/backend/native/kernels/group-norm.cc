// ImmiscibleGroupNorm and ImmiscibleGroupNormGrad: group-norm.h as TensorFlow's operations.
#include "group-norm.h"

#include <type_traits>

#include "ops.h"

namespace immiscible {
namespace {

struct Kernel {
  int32_t groups = 1;
  float epsilon = 0;
  bool silu = false;
  TF_DataType in = TF_FLOAT, out = TF_FLOAT;
};

void* create(TF_OpKernelConstruction* c) {
  auto* kernel = new Kernel;
  Attributes attributes(c);
  attributes.get("groups", &kernel->groups);
  attributes.get("epsilon", &kernel->epsilon);
  attributes.get("silu", &kernel->silu);
  attributes.get("Tin", &kernel->in);
  attributes.get("Tout", &kernel->out);
  return kernel;
}

/** The parameters of a normalization as they come in, checked: what a kernel reads by them is there. */
struct Inputs {
  Tensor x, scale, offset, shift;

  Inputs(Context& ctx, int first)
      : x(ctx.input(first)), scale(ctx.input(first + 1)), offset(ctx.input(first + 2)), shift(ctx.input(first + 3)) {}

  bool areRight(Context& ctx, const Kernel& k) const {
    if (ctx.failed()) return false;
    if (ctx.failed(x.rank() == 4, "x must be [B,H,W,C]")) return false;
    const int64_t B = x.dim(0), C = x.dim(3);
    if (ctx.failed(k.groups > 0 && C % k.groups == 0 && C > 0, "groups must divide x's channels")) return false;
    auto perChannel = [&](const Tensor& t) {
      return (t.rank() == 1 && t.dim(0) == C) || (t.rank() == 2 && t.dim(0) == B && t.dim(1) == C);
    };
    if (ctx.failed(perChannel(scale) && perChannel(offset), "scale and offset must be [C] or [B,C]")) return false;
    const bool none = shift.rank() == 1 && shift.size() == 0;
    return !ctx.failed(none || (shift.rank() == 2 && shift.dim(0) == B && shift.dim(1) == C), "shift must be [B,C] or [0]");
  }

  GroupNorm norm(const Kernel& k) const {
    return {x.dim(0),      x.dim(1) * x.dim(2), x.dim(3),
            k.groups,      k.epsilon,           k.silu,
            scale.data(),  offset.data(),       shift.rank() == 2 ? shift.data() : nullptr,
            scale.rank() == 2, offset.rank() == 2};
  }
};

/** Calls `body` with pointers of the types of input and output. */
template <class Body> void typed(const Kernel& k, Body body) {
  constexpr float* single = nullptr;
  constexpr Bfloat16* half = nullptr;
  if (k.in == TF_FLOAT) k.out == TF_FLOAT ? body(single, single) : body(single, half);
  else k.out == TF_FLOAT ? body(half, single) : body(half, half);
}

void forward(void* kernel, TF_OpKernelContext* c) {
  const Kernel& k = *static_cast<Kernel*>(kernel);
  Context ctx(c);
  const Inputs in(ctx, 0);
  if (!in.areRight(ctx, k)) return;
  const GroupNorm n = in.norm(k);
  const Tensor y = ctx.output(0, in.x.dims()), mean = ctx.output(1, {n.images, n.groups}),
               inverse = ctx.output(2, {n.images, n.groups});
  if (ctx.failed()) return;
  typed(k, [&](auto* from, auto* to) {
    groupNormForward(n, in.x.data<std::remove_pointer_t<decltype(from)>>(), y.data<std::remove_pointer_t<decltype(to)>>(),
                     mean.data(), inverse.data());
  });
}

void backward(void* kernel, TF_OpKernelContext* c) {
  const Kernel& k = *static_cast<Kernel*>(kernel);
  Context ctx(c);
  const Inputs in(ctx, 1);
  if (!in.areRight(ctx, k)) return;
  const GroupNorm n = in.norm(k);
  const Tensor mean = ctx.input(5), inverse = ctx.input(6);
  // Before anything else holds dz: it may become dx. The addend may not, which is read after dx is written.
  const Tensor dx = ctx.output(0, in.x.dims(), k.out == TF_FLOAT ? std::vector<int>{0} : std::vector<int>{});
  const Tensor dz = ctx.input(0), addend = ctx.input(7);
  const Tensor dScale = ctx.output(1, in.scale.dims()), dOffset = ctx.output(2, in.offset.dims()),
               dShift = ctx.output(3, {n.images, n.channels});
  if (ctx.failed()) return;
  const bool none = addend.rank() == 1 && addend.size() == 0;
  if (ctx.failed(dz.dims() == in.x.dims() && (none || addend.dims() == in.x.dims()), "dz and addend must be like x")) return;
  const Dims statistics{n.images, n.groups};
  if (ctx.failed(mean.dims() == statistics && inverse.dims() == statistics, "mean and inverse must be [B,groups]")) return;

  std::vector<float> scales(n.scaleEach ? 0 : n.images * n.channels), offsets(n.offsetEach ? 0 : n.images * n.channels);
  const GroupNormGradients to{dx.data(), n.scaleEach ? dScale.data() : scales.data(),
                              n.offsetEach ? dOffset.data() : offsets.data(), dShift.data()};
  typed(k, [&](auto* from, auto* out) {
    groupNormBackward(n, dz.data<std::remove_pointer_t<decltype(out)>>(), in.x.data<std::remove_pointer_t<decltype(from)>>(),
                      mean.data(), inverse.data(), none ? nullptr : addend.data(), to);
  });
  if (!n.scaleEach) sumImages(scales.data(), n.images, n.channels, dScale.data());
  if (!n.offsetEach) sumImages(offsets.data(), n.images, n.channels, dOffset.data());
}

}  // namespace

std::vector<Op> groupNormOps() {
  return {{"ImmiscibleGroupNorm",
           {"groups: int >= 1", "epsilon: float", "silu: bool", "Tin: {float, bfloat16} = DT_FLOAT",
            "Tout: {float, bfloat16} = DT_FLOAT"},
           {"x: Tin", "scale: float", "offset: float", "shift: float"},
           {"y: Tout", "mean: float", "inverse: float"},
           [](TF_ShapeInferenceContext* c, TF_Status* s) { likeInputs(c, s, 1, [](int) { return 0; }); },
           create,
           forward,
           removeKernel<Kernel>},
          {"ImmiscibleGroupNormGrad",
           {"groups: int >= 1", "epsilon: float", "silu: bool", "Tin: {float, bfloat16} = DT_FLOAT",
            "Tout: {float, bfloat16} = DT_FLOAT"},
           {"dz: Tout", "x: Tin", "scale: float", "offset: float", "shift: float", "mean: float", "inverse: float", "addend: float"},
           {"dx: float", "dscale: float", "doffset: float", "dshift: float"},
           [](TF_ShapeInferenceContext* c, TF_Status* s) { likeInputs(c, s, 3, [](int i) { return i + 1; }); },
           create,
           backward,
           removeKernel<Kernel>}};
}

}  // namespace immiscible
