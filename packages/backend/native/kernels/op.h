// TensorFlow's stable C API (tensorflow/c/ops.h, kernels.h), with destructors.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

namespace immiscible {

struct Status {
  TF_Status* s = TF_NewStatus();
  Status() = default;
  Status(const Status&) = delete;
  ~Status() { TF_DeleteStatus(s); }
  bool ok() const { return TF_GetCode(s) == TF_OK; }
};

typedef std::vector<int64_t> Dims;

struct Tensor {
  TF_Tensor* t = nullptr;
  Tensor() = default;
  Tensor(Tensor&& other) noexcept : t(std::exchange(other.t, nullptr)) {}
  Tensor(const Tensor&) = delete;
  ~Tensor() {
    if (t) TF_DeleteTensor(t);
  }
  template <class T = float> T* data() const { return static_cast<T*>(TF_TensorData(t)); }
  int rank() const { return TF_NumDims(t); }
  int64_t dim(int i) const { return TF_Dim(t, i); }
  int64_t size() const { return TF_TensorElementCount(t); }
  Dims dims() const {
    Dims d(rank());
    for (int i = 0; i < rank(); i++) d[i] = dim(i);
    return d;
  }
};

/** A run of a kernel. */
struct Context {
  TF_OpKernelContext* c;
  Status status;

  explicit Context(TF_OpKernelContext* c) : c(c) {}
  Tensor input(int i) {
    Tensor t;
    if (status.ok()) TF_GetInput(c, i, &t.t, status.s);
    return t;
  }
  /** An output in the memory of one of the inputs `from`, if nobody else has it; whoever holds a tensor of it, has it. */
  Tensor output(int i, const Dims& dims, const std::vector<int>& from = {}) {
    Tensor t;
    int forwarded = -1;
    if (status.ok())
      t.t = TF_ForwardInputOrAllocateOutput(c, from.data(), static_cast<int>(from.size()), i, dims.data(),
                                            static_cast<int>(dims.size()), &forwarded, status.s);
    return t;
  }
  /** Tells TensorFlow if something has failed so far, or if `valid` isn't so. */
  bool failed(bool valid = true, const char* message = "") {
    if (status.ok() && !valid) TF_SetStatus(status.s, TF_INVALID_ARGUMENT, message);
    if (status.ok()) return false;
    TF_OpKernelContext_Failure(c, status.s);
    return true;
  }
};

/** Reads a kernel's attributes when it is made. */
struct Attributes {
  TF_OpKernelConstruction* c;
  Status status;

  explicit Attributes(TF_OpKernelConstruction* c) : c(c) {}
  ~Attributes() {
    if (!status.ok()) TF_OpKernelConstruction_Failure(c, status.s);
  }
  void get(const char* name, int32_t* value) {
    if (status.ok()) TF_OpKernelConstruction_GetAttrInt32(c, name, value, status.s);
  }
  void get(const char* name, float* value) {
    if (status.ok()) TF_OpKernelConstruction_GetAttrFloat(c, name, value, status.s);
  }
  void get(const char* name, bool* value) {
    TF_Bool given = 0;
    if (status.ok()) TF_OpKernelConstruction_GetAttrBool(c, name, &given, status.s);
    *value = given != 0;
  }
  void get(const char* name, TF_DataType* value) {
    if (status.ok()) TF_OpKernelConstruction_GetAttrType(c, name, value, status.s);
  }
};

/** For shape functions: output i has the shape of input `from(i)`; −1: unknown. */
template <class From> void likeInputs(TF_ShapeInferenceContext* c, TF_Status* s, int outputs, From from) {
  TF_ShapeInferenceContextSetUnknownShape(c, s);
  for (int i = 0; i < outputs; i++) {
    if (from(i) < 0) continue;
    TF_ShapeHandle* h = TF_NewShapeHandle();
    TF_ShapeInferenceContextGetInput(c, from(i), h, s);
    TF_ShapeInferenceContextSetOutput(c, i, h, s);
    TF_DeleteShapeHandle(h);
  }
}

/** An operation and its kernel for the CPU. */
struct Op {
  const char* name;
  std::vector<const char*> attributes, inputs, outputs;
  void (*shape)(TF_ShapeInferenceContext*, TF_Status*);
  void* (*create)(TF_OpKernelConstruction*);
  void (*compute)(void*, TF_OpKernelContext*);
  void (*remove)(void*);
};

/** Makes TensorFlow know an operation; empty, or what is the matter. */
inline std::string registerOp(const Op& op) {
  Status status;
  TF_OpDefinitionBuilder* builder = TF_NewOpDefinitionBuilder(op.name);
  for (const char* attribute : op.attributes) TF_OpDefinitionBuilderAddAttr(builder, attribute);
  for (const char* input : op.inputs) TF_OpDefinitionBuilderAddInput(builder, input);
  for (const char* output : op.outputs) TF_OpDefinitionBuilderAddOutput(builder, output);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(builder, op.shape);
  TF_RegisterOpDefinition(builder, status.s);
  if (status.ok())
    TF_RegisterKernelBuilder(op.name, TF_NewKernelBuilder(op.name, "CPU", op.create, op.compute, op.remove), status.s);
  return status.ok() ? "" : std::string(op.name) + ": " + TF_Message(status.s);
}

template <class T> void removeKernel(void* kernel) { delete static_cast<T*>(kernel); }

}  // namespace immiscible
