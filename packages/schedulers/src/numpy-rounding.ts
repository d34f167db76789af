/**
 * Counting and rounding as NumPy does them, to the bit in float64: where an element lies half-way between two timesteps in exact
 * arithmetic, it goes to the one that other implementations take.
 */

/** `numpy.linspace(start, stop, count)`; one value is the start. */
export function linspace(start: number, stop: number, count: number): number[] {
  const step = (stop - start) / Math.max(1, count - 1);
  return Array.from({ length: count }, (_, i) => (i > 0 && i === count - 1 ? stop : i * step + start));
}

/** `numpy.arange(start, stop, step)`, which may have one element more than exact arithmetic has. */
export function arange(start: number, stop: number, step: number): number[] {
  const length = Math.max(0, Math.ceil((stop - start) / step));
  const delta = start + step - start;
  return Array.from({ length }, (_, i) => start + i * delta);
}

/** `numpy.round` */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}
