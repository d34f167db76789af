import ndarray, { type NdArray } from 'ndarray';

/** A host array of finite float32 values that isn't contiguous. */
export interface StridedView {
  /** What was done to it. */
  readonly name: string;
  /** The array. */
  readonly view: NdArray<Float32Array>;
}

/**
 * Views of one shape, as ndarray makes them: cropped, transposed, stepped, reversed. A function that takes an `NdArray` must give for each of
 * them what it gives for its {@link contiguousCopy}.
 *
 * @param shape - of all of them
 */
export function stridedViews(shape: readonly number[]): StridedView[] {
  const filled = (sizes: readonly number[]) => {
    const size = sizes.reduce((a, b) => a * b, 1);
    return ndarray(
      Float32Array.from({ length: size }, (_, i) => Math.sin(1 + 1.7 * i)),
      [...sizes],
    );
  };
  const zeros = shape.map(() => 1);
  const axes = shape.map((_, axis) => axis).reverse();
  return [
    {
      name: 'cropped',
      view: filled(shape.map((n) => n + 2))
        .lo(...zeros)
        .hi(...shape),
    },
    { name: 'transposed', view: filled([...shape].reverse()).transpose(...axes) },
    { name: 'stepped', view: filled(shape.map((n) => 2 * n)).step(...shape.map(() => 2)) },
    { name: 'reversed', view: filled(shape).step(...shape.map(() => -1)) },
  ];
}

/**
 * The same values in row-major order, read element by element with ndarray's own `get`.
 *
 * @param view - any strides; borrowed
 */
export function contiguousCopy(view: NdArray<Float32Array>): NdArray<Float32Array> {
  const copy = ndarray(new Float32Array(view.size), [...view.shape]);
  copy.data.forEach((_, k) => {
    let rest = k;
    const index = copy.stride.map((stride) => {
      const i = Math.floor(rest / stride);
      rest -= i * stride;
      return i;
    });
    copy.data[k] = view.get(...index);
  });
  return copy;
}
