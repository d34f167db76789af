import type { NdArray } from 'ndarray';

/**
 * Turns images into the vectors whose distribution is compared. Any network, or any other function of an image, can be
 * one; a distance means something only together with the extractor that it was computed with.
 */
export interface FeatureExtractor {
  /**
   * `name@version`. The name makes the metric's name, `FD-name`. The version changes with everything that could change
   * a feature: weights, resizing, layer.
   */
  readonly id: string;
  /** Length of a feature vector, D. */
  readonly dimensions: number;
  /**
   * @param images - float32 `[N,H,W,C]` in [−1, 1], contiguous; borrowed
   * @returns float32 `[N,D]`; row i depends on image i only
   */
  extract(images: NdArray<Float32Array>): Promise<NdArray<Float32Array>>;
  /**
   * The same of images that differ in size, where the extractor resizes them itself.
   *
   * @param images - float32 `[H,W,C]` each, in [−1, 1], contiguous; borrowed
   */
  extractEach?(images: readonly NdArray<Float32Array>[]): Promise<NdArray<Float32Array>>;
}
