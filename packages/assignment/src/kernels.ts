import { KERNELS } from './kernels-binary.js';

/** The WebAssembly kernels with their memory; see assembly/. Addresses are in bytes. */
export interface Kernels {
  products(x: number, y: number, out: number, n: number, m: number, size: number): void;
  bid(
    cost: number,
    prices: number,
    rowToCol: number,
    colToRow: number,
    stack: number,
    n: number,
    stride: number,
    epsilon: number,
    left: number,
  ): number;
  /** Memory of at least `bytes`, from address 0; what it held is lost. */
  memory(bytes: number): ArrayBuffer;
}

const PAGE = 65536;
/** Above this the memory is given back after use. */
const KEPT_PAGES = 4096; // 256 MiB

let loaded: Kernels | null | undefined;

/**
 * The kernels, or null where the engine has no WebAssembly SIMD (or forbids compiling). Compiled once, from bytes inside the
 * package, so no file is fetched.
 */
export function kernels(): Kernels | null {
  return (loaded ??= load());
}

function load(): Kernels | null {
  try {
    const bytes = Uint8Array.from(atob(KERNELS), (c) => c.charCodeAt(0));
    const module = new WebAssembly.Module(bytes);
    const start = () => {
      const memory = new WebAssembly.Memory({ initial: 1 });
      const { exports } = new WebAssembly.Instance(module, { env: { memory } });
      return { memory, exports: exports as unknown as Pick<Kernels, 'products' | 'bid'> };
    };
    let instance = start();
    return {
      products: (...args) => instance.exports.products(...args),
      bid: (...args) => instance.exports.bid(...args),
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
  } catch {
    return null;
  }
}
