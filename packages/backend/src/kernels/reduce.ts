import * as tf from '@tensorflow/tfjs-core';
import { type WasmBackend, wasmKernel } from './wasm-backend.js';

/** Neighboring axes that are all kept or all reduced, as one; `step` is how far the output moves with it. */
interface Run {
  size: number;
  readonly kept: boolean;
  step: number;
}

/** The shape as runs, outermost first; at least two. */
function runs(shape: readonly number[], axes: readonly number[]): Run[] {
  const merged: Run[] = [];
  shape.forEach((size, axis) => {
    const kept = !axes.includes(axis);
    const last = merged.at(-1);
    if (last?.kept === kept) last.size *= size;
    else merged.push({ size, kept, step: 0 });
  });
  while (merged.length < 2) merged.unshift({ size: 1, kept: true, step: 0 });
  let step = 1;
  for (let i = merged.length - 1; i >= 0; i--) {
    const run = merged[i] as Run;
    if (!run.kept) continue;
    run.step = step;
    step *= run.size;
  }
  return merged;
}

/** `out[kept] += Σ x[kept, reduced]`, in float64; returns where in `x` it stopped. */
function accumulate(
  x: Float32Array | Int32Array | Uint8Array,
  out: Float64Array,
  axes: readonly Run[],
  level: number,
  from: number,
  to: number,
): number {
  const { size, step } = axes[level] as Run;
  if (level < axes.length - 2) {
    for (let i = 0; i < size; i++) from = accumulate(x, out, axes, level + 1, from, to + i * step);
    return from;
  }
  const { size: innerSize, step: innerStep } = axes[level + 1] as Run;
  let i = 0;
  if (step === 0 && innerStep !== 0) {
    // Four rows at once: the sums are read and written a quarter as often.
    for (; i + 3 < size; i += 4) {
      const [second, third, fourth] = [from + innerSize, from + 2 * innerSize, from + 3 * innerSize];
      for (let j = 0; j < innerSize; j++) {
        out[to + j]! +=
          (x[from + j] as number) +
          (x[second + j] as number) +
          (x[third + j] as number) +
          (x[fourth + j] as number);
      }
      from += 4 * innerSize;
    }
  }
  for (; i < size; i++) {
    const target = to + i * step;
    if (innerStep === 0) {
      // Four sums side by side: one would wait for each of its additions.
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let j = 0;
      for (; j + 3 < innerSize; j += 4) {
        s0 += x[from + j] as number;
        s1 += x[from + j + 1] as number;
        s2 += x[from + j + 2] as number;
        s3 += x[from + j + 3] as number;
      }
      for (; j < innerSize; j++) s0 += x[from + j] as number;
      out[target]! += s0 + s1 + (s2 + s3);
    } else {
      for (let j = 0; j < innerSize; j++) out[target + j]! += x[from + j] as number;
    }
    from += innerSize;
  }
  return from;
}

function reduce(
  backend: WasmBackend,
  x: tf.TensorInfo,
  { axis, keepDims }: tf.SumAttrs,
  dtype: tf.DataType,
  scale: (count: number) => number,
): tf.TensorInfo {
  const axes = tf.util.parseAxisParam(axis, x.shape);
  const [outShape, reduceShape] = tf.backend_util.computeOutAndReduceShapes(x.shape, axes);
  const out = backend.makeOutput(
    keepDims ? tf.backend_util.expandShapeToKeepDim(outShape, axes) : outShape,
    dtype,
  );
  const sums = new Float64Array(tf.util.sizeFromShape(outShape));
  if (tf.util.sizeFromShape(x.shape) > 0) {
    accumulate(backend.typedArrayFromHeap(x), sums, runs(x.shape, axes), 0, 0, 0);
  }
  const factor = scale(tf.util.sizeFromShape(reduceShape));
  const to = backend.typedArrayFromHeap(out);
  for (let i = 0; i < to.length; i++) to[i] = (sums[i] as number) * factor;
  return out;
}

/**
 * `tf.sum` in float64. The backend's own kernel transposes the whole tensor unless the last axes are the ones that
 * go, and adds in float32.
 */
export const sum: tf.KernelConfig = wasmKernel<'x', tf.SumAttrs>(tf.Sum, (backend, { x }, attrs) =>
  reduce(backend, x, attrs, x.dtype, () => 1),
);

/** `tf.mean`; see {@link sum}. */
export const mean: tf.KernelConfig = wasmKernel<'x', tf.MeanAttrs>(tf.Mean, (backend, { x }, attrs) =>
  reduce(backend, x, attrs, 'float32', (count) => 1 / count),
);
