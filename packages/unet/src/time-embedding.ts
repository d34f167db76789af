import * as tf from '@tensorflow/tfjs-core';
import { check, checkInteger, createRng, checkOptions } from '@immiscible/core';

/** What both embeddings share. */
interface EmbeddingOrder {
  /** Sines first, or cosines. @defaultValue 'sinCos' */
  readonly order?: 'sinCos' | 'cosSin';
  /** Width: sines and cosines together. @defaultValue the network's `channels` */
  readonly channels?: number;
}

/** The transformer's: frequencies from 1 down to about 1/10000, for time steps of about 1. */
export interface PositionalEmbedding extends EmbeddingOrder {
  /** Sines and cosines of given frequencies. @defaultValue 'positional' */
  readonly type?: 'positional';
  /** What is subtracted from the number of frequencies: 1 lets them end at 1/10000. @defaultValue 1 */
  readonly frequencyShift?: 0 | 1;
}

/** Random frequencies, for the logarithm of a noise level. They belong to the configuration and aren't trained. */
export interface FourierEmbedding extends EmbeddingOrder {
  /** Sines and cosines of random frequencies. */
  readonly type: 'fourier';
  /** Standard deviation of the frequencies. @defaultValue 16 */
  readonly scale?: number;
  /** Of the generator that draws them. @defaultValue 0 */
  readonly seed?: number;
  /** The frequencies themselves, in place of drawn ones, `channels/2` of them. @defaultValue [] */
  readonly frequencies?: readonly number[];
  /** Whether the network takes the logarithm of the time itself. @defaultValue false */
  readonly logarithm?: boolean;
}

/** What the first layer is given of the time. */
export type TimeEmbedding = PositionalEmbedding | FourierEmbedding;

/** @throws RangeError if a value makes no sense */
export function checkTimeEmbedding(embedding: Required<TimeEmbedding>): void {
  const { type, order, channels } = embedding;
  const at = 'timeEmbedding';
  check(type === 'positional' || type === 'fourier', 'unet', `${at}.type`, '"positional" or "fourier"', type);
  check(order === 'sinCos' || order === 'cosSin', 'unet', `${at}.order`, '"sinCos" or "cosSin"', order);
  const wide = Number.isInteger(channels) && channels % 2 === 0 && channels >= 4;
  check(wide, 'unet', 'channels', 'even and at least 4, for the time embedding', channels);
  if (embedding.type === 'positional') {
    checkOptions('unet', embedding, ['type', 'order', 'channels', 'frequencyShift'], at);
    const { frequencyShift } = embedding;
    check([0, 1].includes(frequencyShift), 'unet', `${at}.frequencyShift`, '0 or 1', frequencyShift);
    return;
  }
  checkOptions(
    'unet',
    embedding,
    ['type', 'order', 'channels', 'scale', 'seed', 'frequencies', 'logarithm'],
    at,
  );
  const { scale, seed, frequencies, logarithm } = embedding;
  check(scale > 0 && scale < Infinity, 'unet', `${at}.scale`, 'a positive number', scale);
  checkInteger('unet', `${at}.seed`, seed, 0);
  check(typeof logarithm === 'boolean', 'unet', `${at}.logarithm`, 'true or false', logarithm);
  const listed = Array.isArray(frequencies) && frequencies.every((value) => Number.isFinite(value));
  const fits = listed && (frequencies.length === 0 || frequencies.length === channels / 2);
  check(fits, 'unet', `${at}.frequencies`, `a list of ${channels / 2} numbers, or empty`, frequencies);
}

/**
 * `[sin(t·f_0) … sin(t·f_(h−1)), cos(t·f_0) … cos(t·f_(h−1))]` with h = channels/2, or cosines first. `f_i =
 * 10000^(−i/(h − shift))` for the transformer's embedding, in DDPM's form with a shift of 1; `2π·g_i` with normal g_i
 * for random Fourier features.
 *
 * @param time - float32 `[B]`; borrowed
 * @returns float32 `[B,channels]`; owned by the caller
 * @see Vaswani et al. 2017, section 3.5 (arXiv:1706.03762); Tancik et al. 2020 (arXiv:2006.10739) and Song et al. 2021,
 *   appendix H (arXiv:2011.13456), for Fourier features
 */
export function timeEmbedding(time: tf.Tensor1D, embedding: Required<TimeEmbedding>): tf.Tensor2D {
  return tf.tidy(() => {
    const frequencies = frequenciesOf(embedding);
    const of = embedding.type === 'fourier' && embedding.logarithm ? tf.log(time) : time;
    const angles = tf.mul(tf.reshape(of, [-1, 1]), tf.tensor2d(frequencies, [1, frequencies.length]));
    const parts = [tf.sin(angles) as tf.Tensor2D, tf.cos(angles) as tf.Tensor2D];
    return tf.concat2d(embedding.order === 'sinCos' ? parts : parts.reverse(), 1);
  });
}

function frequenciesOf(embedding: Required<TimeEmbedding>): Float32Array {
  const half = embedding.channels / 2;
  if (embedding.type === 'positional') {
    const { frequencyShift } = embedding;
    return Float32Array.from({ length: half }, (_, i) => 10000 ** (-i / (half - frequencyShift)));
  }
  const { frequencies, scale, seed } = embedding;
  if (frequencies.length > 0) return Float32Array.from(frequencies, (g) => 2 * Math.PI * g);
  const draws = createRng(seed).split('time.frequencies').fillNormal(new Float32Array(half));
  return draws.map((draw) => 2 * Math.PI * scale * draw);
}
