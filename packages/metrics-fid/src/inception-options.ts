import type { InceptionFeatureLayer } from './inception-layers.js';
import type { ResizeMode } from './inception-resize.js';

/** Options of `inceptionFeatures`. */
export interface InceptionFeaturesOptions {
  /**
   * How images come to 299×299.
   * @defaultValue `'pytorch'`
   */
  readonly mode?: ResizeMode;
  /**
   * Which activations are the features. Only those of 2,048 make FID, and `'spatial'` sFID; the distance by another
   * layer is called `FD-inception2015-<layer>`.
   * @defaultValue 2048
   */
  readonly layer?: InceptionFeatureLayer;
  /**
   * Images per forward pass; changes no feature beyond rounding.
   * @defaultValue 16
   */
  readonly batchSize?: number;
  /**
   * Round pixels to whole numbers 0 … 255 first, as a picture file does. The published numbers are of files.
   * @defaultValue true
   */
  readonly quantize?: boolean;
}
