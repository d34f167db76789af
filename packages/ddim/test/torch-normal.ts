/**
 * The first draws of `torch.manual_seed(seed); torch.randn(n)` on a CPU, n a multiple of 16: a Mersenne Twister and a
 * Box–Muller transform of blocks of 16. For comparing with published numbers that were drawn so.
 */
export class TorchNormal {
  readonly #state = new Uint32Array(624);
  #next = 624;

  constructor(seed: number) {
    this.#state[0] = seed;
    for (let i = 1; i < 624; i++) {
      const last = this.#state[i - 1]!;
      this.#state[i] = Math.imul(1812433253, last ^ (last >>> 30)) + i;
    }
  }

  /** Consumes as many draws as a call of `randn` with that many values. */
  randn(n: number): Float32Array {
    const values = Float32Array.from({ length: n }, () => (this.#word() & 0xffffff) / 2 ** 24);
    for (let block = 0; block < n; block += 16) {
      for (let i = block; i < block + 8; i++) {
        const radius = Math.sqrt(-2 * Math.log(1 - values[i]!));
        const angle = 2 * Math.PI * values[i + 8]!;
        values[i] = radius * Math.cos(angle);
        values[i + 8] = radius * Math.sin(angle);
      }
    }
    return values;
  }

  #word(): number {
    if (this.#next === 624) this.#twist();
    let y = this.#state[this.#next++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  #twist(): void {
    const s = this.#state;
    for (let i = 0; i < 624; i++) {
      const y = (s[i]! & 0x80000000) | (s[(i + 1) % 624]! & 0x7fffffff);
      s[i] = s[(i + 397) % 624]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }
}
