import type { OptionKeys } from '@immiscible/core';
import type { SkippedPicture } from './decode-block.js';
import type { Crop } from './fit-picture.js';

/** Options of `loadImages`. */
export interface LoadImagesOptions {
  /**
   * A side, or height and width. Pictures are made smaller by area averages, never larger.
   * @defaultValue that of the first picture, which all must have
   */
  readonly size?: number | readonly [height: number, width: number];
  /**
   * What to cut out first: a box in pixels, or `'center'` for the largest part in the middle that has the size's
   * proportions (a square, if there is no size). Or {@link RecipeCrop}, which resizes as a published data set was made.
   * @defaultValue nothing: a picture of other proportions is an error
   */
  readonly crop?: Crop;
  /**
   * 3 for RGB, 1 for gray.
   * @defaultValue 3
   */
  readonly channels?: 1 | 3;
  /**
   * Bring pictures of another kind (gray, alpha, 16 bits) to `channels` instead of refusing them.
   * @defaultValue false
   */
  readonly convert?: boolean;
  /**
   * Threads that decode; 0 for this one. The result doesn't depend on it.
   * @defaultValue one less than there are processors, 1 to 8
   */
  readonly workers?: number;
  /**
   * The most pixels that one picture may have.
   * @defaultValue 2²⁶, 8,192×8,192
   */
  readonly maximumPixels?: number;
  /**
   * Leave out pictures that are damaged or can't be read, labels too, instead of failing at the first. At the end a
   * warning names them, unless `onDamaged` is told.
   * @defaultValue false
   */
  readonly skipDamaged?: boolean;
  /** Told at the end which pictures were left out, if any. */
  readonly onDamaged?: (skipped: readonly SkippedPicture[]) => void;
  /** Told how many pictures are done. */
  readonly onProgress?: (done: number, count: number) => void;
}

/** The keys of {@link LoadImagesOptions}. */
export const LOAD_IMAGES_OPTIONS: OptionKeys<LoadImagesOptions> = {
  size: true,
  crop: true,
  channels: true,
  convert: true,
  workers: true,
  maximumPixels: true,
  skipDamaged: true,
  onDamaged: true,
  onProgress: true,
};
/** Those of them that hold where each picture keeps its own size. */
export const EACH_PICTURE_OPTIONS: readonly string[] = Object.keys(LOAD_IMAGES_OPTIONS).filter(
  (key) => key !== 'size' && key !== 'crop',
);
