import { normalQuantile } from './normal-quantile.js';
import { philox4x32 } from './philox.js';

/** What is needed to continue a stream exactly; JSON-able. */
export interface RngState {
  readonly key: readonly [number, number];
  /** Stream within the key: the upper half of the counter. */
  readonly stream: readonly [number, number];
  /** How many 32-bit words have been drawn. */
  readonly drawn: number;
}

const scratch = new Uint32Array(4);

/**
 * A seeded stream of random numbers that can be split into independent ones. The same seed gives the same bytes in
 * every JavaScript engine: Philox is integer arithmetic, and the normal draws use no function whose last bit an engine
 * may choose.
 *
 * @see philox.ts
 * @example
 * const rng = createRng(0);
 * rng.uniform(); // [0, 1)
 * const noise = rng.split('noise').split(12); // the noise of step 12, whatever was drawn elsewhere
 * noise.fillNormal(new Float32Array(784));
 */
export class Rng {
  readonly #key: readonly [number, number];
  readonly #stream: readonly [number, number];
  #drawn: number;
  readonly #block = new Uint32Array(4);
  #blockIndex = -1;

  constructor(state: RngState) {
    this.#key = [state.key[0] >>> 0, state.key[1] >>> 0];
    this.#stream = [state.stream[0] >>> 0, state.stream[1] >>> 0];
    this.#drawn = state.drawn;
  }

  /** The stream's position, to be given to the constructor later. */
  state(): RngState {
    return { key: this.#key, stream: this.#stream, drawn: this.#drawn };
  }

  /**
   * An independent stream, named by a string or a non-negative integer. Depends on this stream's identity and the
   * name only, not on what has been drawn, and draws nothing.
   */
  split(name: string | number): Rng {
    let [a, b] = this.#key;
    let [c, d] = this.#stream;
    const words = nameWords(name);
    for (let i = 0; i < words.length; i += 2) {
      // The current identity keys a block whose counter is two words of the name: a chain of Philox blocks as a hash.
      philox4x32(words[i] as number, words[i + 1] as number, c, d, a ^ 0x6a09e667, b ^ 0xbb67ae85, scratch);
      a = scratch[0] as number;
      b = scratch[1] as number;
      c = scratch[2] as number;
      d = scratch[3] as number;
    }
    return new Rng({ key: [a, b], stream: [c, d], drawn: 0 });
  }

  /** A uniform 32-bit word, [0, 2^32). */
  uint32(): number {
    const index = Math.floor(this.#drawn / 4);
    if (index !== this.#blockIndex) {
      const high = Math.floor(index / 0x100000000);
      philox4x32(
        index >>> 0,
        high >>> 0,
        this.#stream[0],
        this.#stream[1],
        this.#key[0],
        this.#key[1],
        this.#block,
      );
      this.#blockIndex = index;
    }
    return this.#block[this.#drawn++ % 4] as number;
  }

  /** Uniform in [0, 1), 53 bits: two words. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** Standard normal, by the inverse distribution function of one 53-bit uniform in (0, 1): two words. */
  normal(): number {
    return normalQuantile(this.uniform() + 2 ** -54);
  }

  /** Uniform integer in [low, high), without bias. */
  integer(low: number, high: number): number {
    const range = high - low;
    if (!Number.isInteger(low) || !Number.isInteger(high) || range < 1 || range > 0x100000000) {
      throw new RangeError(`Rng.integer: [low, high) must hold 1 to 2^32 integers, got [${low}, ${high})`);
    }
    const limit = 0x100000000 - (0x100000000 % range);
    let word = this.uint32();
    while (word >= limit) word = this.uint32();
    return low + (word % range);
  }

  /** A uniformly random order of 0 … n − 1 (Fisher–Yates). */
  permutation(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(0, i + 1);
      const swap = order[i] as number;
      order[i] = order[j] as number;
      order[j] = swap;
    }
    return order;
  }

  /** Fills with standard normal draws, rounded to float32; returns its argument. */
  fillNormal(out: Float32Array): Float32Array {
    for (let i = 0; i < out.length; i++) out[i] = this.normal();
    return out;
  }

  /** Fills with uniform draws in [0, 1); returns its argument. For a Float32Array, rounded down so that 1 can't occur. */
  fillUniform(out: Float32Array): Float32Array {
    for (let i = 0; i < out.length; i++) out[i] = (this.uint32() >>> 8) / 16777216;
    return out;
  }
}

/**
 * The root of all randomness of a run.
 *
 * @param seed - an integer in [0, 2^53)
 */
export function createRng(seed: number): Rng {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`createRng: seed must be an integer in [0, 2^53), got ${seed}`);
  }
  return new Rng({ key: [seed >>> 0, Math.floor(seed / 0x100000000)], stream: [0, 0], drawn: 0 });
}

/** A name as an even number of words, injective: kind and length first, then two bytes (UTF-16) or 32 bits a word. */
function nameWords(name: string | number): number[] {
  if (typeof name === 'number') {
    if (!Number.isSafeInteger(name) || name < 0) {
      throw new RangeError(`Rng.split: name must be a string or an integer in [0, 2^53), got ${name}`);
    }
    return [0, 1, name >>> 0, Math.floor(name / 0x100000000)];
  }
  const words = [1, name.length];
  for (let i = 0; i < name.length; i++) words.push(name.charCodeAt(i));
  if (words.length % 2 === 1) words.push(0);
  return words;
}
