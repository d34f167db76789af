import { KERNELS } from './kernels-binary.js';

/** The functions of assembly/. Addresses are in bytes. */
interface Functions {
  cholesky(
    matrix: number,
    line: number,
    d: number,
    left: number,
    order: number,
    packed: number,
    tolerance: number,
  ): number;
  pack(from: number, to: number, line: number, d: number): void;
  multiply(a: number, b: number, out: number, m: number, n: number, d: number, upper: 0 | 1): void;
  bidiagonalize(a: number, line: number, m: number, n: number, room: number, result: number): void;
}

const PAGE = 65536;

let compiled: WebAssembly.Module | undefined;

/**
 * The WebAssembly kernels with a memory of their own, all zeros, that goes when both are dropped.
 *
 * The bytes are part of the package, so no file is fetched; they are compiled once.
 *
 * @throws Error where the engine has no WebAssembly SIMD
 * @throws RangeError if the memory can't be had
 */
export function kernels(fn: string, bytes: number): { run: Functions; memory: ArrayBuffer } {
  try {
    compiled ??= new WebAssembly.Module(Uint8Array.from(atob(KERNELS), (char) => char.charCodeAt(0)));
  } catch (cause) {
    throw new Error(`${fn}: WebAssembly with SIMD must be there; take Node 20 or a browser since 2023`, {
      cause,
    });
  }
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  return { run: exports as unknown as Functions, memory: memory.buffer };
}

/** Up to a multiple of `step`. */
export function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
