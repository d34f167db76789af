import * as tf from '@tensorflow/tfjs-core';
import { philox4x32 } from '@immiscible/core';

/** Words have 12 bits. */
export const WORDS = 4096;

/**
 * The field that the words are computed in: a prime that is 1 more than a multiple of 4096, so that remainders by 4096
 * are evenly spread, and so small that a square of twice it fits an int32.
 */
const PRIME = 12_289;
const ROUNDS = 9;

/** Fixed numbers that make the rounds differ. */
const ROUND_CONSTANTS: readonly number[] = Array.from({ length: ROUNDS }, (_, round) => {
  const block = new Uint32Array(4);
  philox4x32(round, 0, 0, 0, 0x6472_6f70, 0x6f75_7400, block);
  return (block[0] as number) % PRIME;
});

/** Two words for each of some counters. */
export interface WordPairs {
  /** float32 `[N]`, integers in [0, 4096) */
  readonly first: tf.Tensor1D;
  /** The same. */
  readonly second: tf.Tensor1D;
}

/**
 * Random words as a pure function of seed and counter, out of operations that every backend has, that give the same bits
 * on all of them, and that can be recorded: no generator of TensorFlow.js takes its seed from a tensor.
 *
 * A Feistel network: for each counter (l, r) nine times `(l, r) ← (r + (l + key)² mod p, l)`, the keys being the seed's
 * three digits in base p = 12289 in turn, plus constants. All sums stay under 2^31.
 *
 * @param seed - int32 scalar; borrowed
 * @param counters - the two halves of each counter, in [0, 12289)
 * @see Salmon et al. 2011 for generators of this kind; Albrecht et al. 2016, Feistel networks over a prime field
 *   (eprint 2016/492)
 */
export function randomWords(
  seed: tf.Scalar,
  counters: { readonly low: Int32Array; readonly high: Int32Array },
): WordPairs {
  const count = counters.low.length;
  // Inside an operation with a gradient of its own, so that no tape keeps what it computes on the way.
  const both = tf.customGrad(() => ({
    value: tf.tidy(() => {
      const keys = digits(seed);
      let left: tf.Tensor = tf.tensor1d(counters.low, 'int32');
      let right: tf.Tensor = tf.tensor1d(counters.high, 'int32');
      for (let round = 0; round < ROUNDS; round++) {
        const key = remainder(tf.add(keys[round % keys.length] as tf.Tensor, constant(round)), PRIME);
        const sum = tf.add(left, key);
        [left, right] = [remainder(tf.add(right, tf.mul(sum, sum)), PRIME), left];
      }
      return tf.cast(remainder(tf.concat([left, right]), WORDS), 'float32');
    }),
    gradFunc: () => tf.zerosLike(seed),
  }))(seed) as tf.Tensor1D;
  return { first: tf.slice1d(both, 0, count), second: tf.slice1d(both, count, count) };
}

/** The three lowest digits in base p of an int32, each in [0, p). */
function digits(seed: tf.Scalar): tf.Tensor[] {
  const high = tf.floorDiv(seed, tf.scalar(PRIME, 'int32'));
  const higher = tf.floorDiv(high, tf.scalar(PRIME, 'int32'));
  return [remainder(seed, PRIME), remainder(high, PRIME), remainder(higher, PRIME)];
}

function constant(round: number): tf.Scalar {
  return tf.scalar(ROUND_CONSTANTS[round] as number, 'int32');
}

/** `x mod n` in [0, n), by a quotient: not every backend has the remainder of integers. */
function remainder(x: tf.Tensor, n: number): tf.Tensor {
  const divisor = tf.scalar(n, 'int32');
  const subtract = (y: tf.Tensor) => tf.sub(y, tf.mul(tf.floorDiv(y, divisor), divisor));
  // Some backends divide integers in float32, whose quotient of numbers over 2^24 may be one off: in [−n, 2n) then.
  return subtract(tf.add(subtract(x), divisor));
}

/** A name as a pair of numbers in [0, 12289): where the counters of what it names begin. */
export function nameOffset(name: string): [low: number, high: number] {
  // FNV-1a of 32 bits, of which p² leaves 27.
  let hash = 0x811c_9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x0100_0193) >>> 0;
  const folded = hash % PRIME ** 2;
  return [folded % PRIME, Math.floor(folded / PRIME)];
}

/** The `count` counters from a name's place on. */
export function countersOf(
  name: string,
  count: number,
): { readonly low: Int32Array; readonly high: Int32Array } {
  const [low, high] = nameOffset(name);
  const places = { low: new Int32Array(count), high: new Int32Array(count) };
  for (let i = 0; i < count; i++) {
    places.low[i] = (low + i) % PRIME;
    places.high[i] = (high + Math.floor((low + i) / PRIME)) % PRIME;
  }
  return places;
}
