import type { NdArray } from 'ndarray';
import type { Rng } from './rng.js';

/** Images of one training step, on the host. */
export interface Images {
  /** Clean images: float32 `[B,H,W,C]`, contiguous, in [−1, 1] unless a data set says otherwise. */
  readonly x0: NdArray<Float32Array>;
  /** One class index per image, `[B]`, where the data set has labels. */
  readonly labels?: Int32Array;
}

/** Images with the one noise that they are diffused with. */
export interface Batch extends Images {
  /** Standard normal draws, float32, shape of `x0`. Row i belongs to image i. */
  readonly noise: NdArray<Float32Array>;
}

/**
 * Turns a batch of images with independent noise into one with the noise reordered or chosen. Images and labels stay
 * as they are; arguments are borrowed and never changed.
 */
export interface BatchTransform {
  (batch: Batch, rng: Rng): Batch | Promise<Batch>;
  /**
   * How many images the transform wants to see at once. A training loop hands it that many, from consecutive batches,
   * and deals the result out batch by batch. Without it the transform sees one batch.
   */
  readonly pool?: number;
}

/**
 * A data set as a pure function of the step: the batch of step k is the same whether or not the batches before it
 * were read, so resuming needs no iterator state.
 */
export interface BatchSource {
  /** Images in each batch. */
  readonly batchSize: number;
  /** `[H, W, C]` of one image. */
  readonly imageShape: readonly [height: number, width: number, channels: number];
  /** The images of step `step` (0-based): always exactly `batchSize` of them. */
  at(step: number): Images | Promise<Images>;
}
