/** The formula of the fixtures' scripts: sin(phase + 1.7·i), rounded to float32. */
export function wave(shape: readonly number[], phase: number): Float32Array {
  const size = shape.reduce((count, length) => count * length, 1);
  return Float32Array.from({ length: size }, (_, i) => Math.sin(phase + 1.7 * i));
}
