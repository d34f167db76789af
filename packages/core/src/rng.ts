import { check, checkInteger, describe } from './checks.js';
import { normalQuantile } from './normal-quantile.js';
import { mulHigh, philox4x32 } from './philox.js';

/** What is needed to continue a stream exactly; JSON-able. */
export interface RngState {
  /** Of the generator: two uint32. */
  readonly key: readonly [number, number];
  /** Stream within the key: the upper half of the counter. */
  readonly stream: readonly [number, number];
  /** How many 32-bit words have been drawn. */
  readonly drawn: number;
}

const TWO_32 = 0x100000000;
const scratch = new Uint32Array(4);

/**
 * A seeded stream of random numbers that can be split into independent ones. The same seed gives the same bytes in
 * every JavaScript engine: Philox is integer arithmetic, and the normal draws use no function whose last bit an engine
 * may choose (`Math.sqrt` is the processor's, correctly rounded, in all of them).
 *
 * A stream is a key and the upper half of a counter, 128 bits together. Streams of the same key read disjoint parts
 * of one bijection, streams of different keys read unrelated ones. `split` gives the child 128 bits that are a hash of
 * its path from the root, so two of n streams coincide with a probability of about n²/2^129: never, in practice.
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
  readonly #block = new Uint32Array(4);
  /** Number of the next block. */
  #next: number;
  /** Words of the current block already given out; 4 when there is no current block. */
  #used: number;

  /** @throws RangeError unless `state` is one that `state()` gave */
  constructor({ key, stream, drawn }: RngState) {
    for (const [name, words] of Object.entries({ key, stream })) {
      check(
        words?.length === 2 && words.every((word) => word >>> 0 === word),
        'Rng',
        `state.${name}`,
        'two integers in [0, 2^32)',
        words,
      );
    }
    checkInteger('Rng', 'state.drawn', drawn, 0);
    this.#key = [key[0], key[1]];
    this.#stream = [stream[0], stream[1]];
    this.#next = Math.floor(drawn / 4);
    this.#used = 4;
    for (let i = drawn % 4; i > 0; i--) this.uint32();
  }

  /** The stream's position, to be given to the constructor later. */
  state(): RngState {
    const [k0, k1] = this.#key;
    const [s0, s1] = this.#stream;
    return { key: [k0, k1], stream: [s0, s1], drawn: 4 * this.#next - (4 - this.#used) };
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
    if (this.#used === 4) {
      const index = this.#next++;
      const high = Math.floor(index / TWO_32);
      const stream = this.#stream;
      philox4x32(index >>> 0, high, stream[0], stream[1], this.#key[0], this.#key[1], this.#block);
      this.#used = 0;
    }
    return this.#block[this.#used++] as number;
  }

  /** Uniform in [0, 1), a multiple of 2^−53: two words. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /**
   * Standard normal, by the inverse distribution function of `(k + ½)/2^52` with k of 52 bits: two words. These points
   * are exact in float64 and symmetric about ½, so the draws lie symmetrically about 0, within ±8.21.
   */
  normal(): number {
    const high = this.uint32() >>> 6;
    const low = this.uint32() >>> 6;
    return normalQuantile((high * 2 ** 26 + low + 0.5) / 2 ** 52);
  }

  /**
   * Uniform integer in [low, high), without bias.
   *
   * @throws RangeError unless `low` and `high` are safe integers and 1 to 2^32 apart
   * @see Lemire 2019, "Fast random integer generation in an interval" (arXiv:1805.10941)
   */
  integer(low: number, high: number): number {
    const range = high - low;
    if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high) || !(range >= 1 && range <= TWO_32)) {
      throw new RangeError(`Rng.integer: [low, high) must hold 1 to 2^32 integers, got [${low}, ${high})`);
    }
    let word = this.uint32();
    if (range === TWO_32) return low + word;
    // word·range/2^32 rounded down; of the 2^32 words, 2^32 mod `range` too many are drawn again.
    let fraction = Math.imul(word, range) >>> 0;
    if (fraction < range) {
      const surplus = TWO_32 % range;
      while (fraction < surplus) {
        word = this.uint32();
        fraction = Math.imul(word, range) >>> 0;
      }
    }
    return low + (mulHigh(word, range) >>> 0);
  }

  /** A uniformly random order of 0 … n − 1 (Fisher–Yates). */
  permutation(n: number): Int32Array {
    checkInteger('Rng.permutation', 'n', n, 0);
    const order = new Int32Array(n);
    for (let i = 1; i < n; i++) order[i] = i;
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

  /** Fills with uniform draws in [0, 1), multiples of 2^−24: one word each; returns its argument. */
  fillUniform(out: Float32Array): Float32Array {
    for (let i = 0; i < out.length; i++) out[i] = (this.uint32() >>> 8) / 2 ** 24;
    return out;
  }
}

/**
 * The root of all randomness of a run.
 *
 * @param seed - an integer in [0, 2^53)
 * @throws RangeError if it is not
 */
export function createRng(seed: number): Rng {
  check(Number.isSafeInteger(seed) && seed >= 0, 'createRng', 'seed', 'an integer in [0, 2^53)', seed);
  return new Rng({ key: [seed >>> 0, Math.floor(seed / TWO_32)], stream: [0, 0], drawn: 0 });
}

/**
 * The one check of a stream of random numbers: whatever can be split is one. A seed isn't, nor is `Math.random`.
 *
 * @param fn - the function that asks, for messages
 * @param rng - as the caller gave it
 * @throws TypeError if it is none
 */
export function checkRng(fn: string, rng: Rng): void {
  // A text can be split too.
  if (typeof rng === 'object' && typeof (rng as Partial<Rng> | null)?.split === 'function') return;
  throw new TypeError(
    `${fn}: rng must be an Rng, got ${describe(rng)}; createRng(seed) of @immiscible/core makes one`,
  );
}

/**
 * A name as an even number of words: kind and length (0 and 1 for an integer), then 32 bits or one UTF-16 code unit a
 * word. No name's words are the beginning of another's, so a chain of names can be read in one way only.
 */
function nameWords(name: string | number): number[] {
  if (typeof name === 'number') {
    check(
      Number.isSafeInteger(name) && name >= 0,
      'Rng.split',
      'name',
      'a string or an integer in [0, 2^53)',
      name,
    );
    return [0, 1, name >>> 0, Math.floor(name / TWO_32)];
  }
  const words = [1, name.length];
  for (let i = 0; i < name.length; i++) words.push(name.charCodeAt(i));
  if (words.length % 2 === 1) words.push(0);
  return words;
}
