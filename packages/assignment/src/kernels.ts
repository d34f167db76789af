import { KERNELS } from './kernels-binary.js';

/** The functions of assembly/. Addresses are in bytes. */
interface Functions {
  products(x: number, y: number, out: number, n: number, m: number, size: number): void;
  differences(x: number, y: number, out: number, n: number, m: number, size: number): void;
  bytes(rows: number, short: number, long: number): number;
  open(at: number, rows: number, short: number, long: number): void;
  addressOf(which: number): number;
  accumulate(sums: number, given: number, count: number, factor: number): void;
  squaresOf(given: number, offsets: number, count: number, sign: number): number;
  want(
    given: number,
    offsets: number,
    count: number,
    sign: number,
    temperature: number,
    weights: number,
  ): void;
  ingest(given: number, offsets: number, first: number, count: number, sign: number): number;
  renew(given: number, offsets: number, row: number, sign: number): void;
  openPhase(): void;
  bidsMade(): number;
  resetBids(): void;
  bid(epsilon: number, most: number): number;
  raise(): void;
  shorten(row: number): void;
  denseBytes(rows: number, cols: number): number;
  openDense(at: number, rows: number, cols: number): void;
  denseAddress(which: number): number;
  transpose(given: number, first: number, count: number): void;
  prepare(start: number, count: number, factor: number): number;
  largestOf(): number;
  solveDense(start: number): number;
  provenGap(): number;
}

/** The WebAssembly kernels with their memory. */
export interface Kernels {
  /** To be taken anew after {@link memory}, which may start another instance. */
  readonly run: Functions;
  /** Memory of at least `bytes`, from address 0; what it held is lost. */
  memory(bytes: number): ArrayBuffer;
}

/** Most bytes that are asked of {@link Kernels.memory}: WebAssembly's 4 GiB, with a margin. */
export const MOST_MEMORY: number = 3.9 * 2 ** 30;

/** So many bytes or a few more, up to where the next table may begin. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}

const PAGE = 65536;
/** Above this the memory is given back after use. */
const KEPT_PAGES = 4096; // 256 MiB

let compiled: WebAssembly.Module | null | undefined;
let shared: Kernels | null | undefined;

/**
 * The kernels, or null where the engine has no WebAssembly SIMD (or forbids compiling). Compiled once, from bytes inside the
 * package, so no file is fetched.
 */
export function kernels(): Kernels | null {
  return (shared ??= ownKernels());
}

/** Kernels with a memory that nobody else writes to; it goes when they do. */
export function ownKernels(): Kernels | null {
  compiled ??= compile();
  if (!compiled) return null;
  const module = compiled;
  const start = () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    return { memory, exports: exports as unknown as Functions };
  };
  let instance = start();
  return {
    get run() {
      return instance.exports;
    },
    memory(bytes) {
      const pages = Math.ceil(bytes / PAGE);
      const held = instance.memory.buffer.byteLength / PAGE;
      // Memory can't shrink: after a large problem start afresh.
      if (held > KEPT_PAGES && pages <= KEPT_PAGES) instance = start();
      const missing = pages - instance.memory.buffer.byteLength / PAGE;
      if (missing > 0) instance.memory.grow(missing);
      return instance.memory.buffer;
    },
  };
}

function compile(): WebAssembly.Module | null {
  try {
    return new WebAssembly.Module(Uint8Array.from(atob(KERNELS), (c) => c.charCodeAt(0)));
  } catch {
    return null;
  }
}
