import { ArgumentError, type Wording } from '@immiscible/core';
import type { Picture } from './picture.js';
import { recipeCrop, type RecipeCrop } from './recipe-crops.js';

/** A part of a picture, in pixels. */
export interface CropBox {
  /** Columns to its left. */
  readonly left: number;
  /** Rows above it. */
  readonly top: number;
  /** Its columns. */
  readonly width: number;
  /** Its rows. */
  readonly height: number;
}

/** What to cut out of a picture: a box in pixels, its middle, or as a published recipe does. */
export type Crop = CropBox | 'center' | RecipeCrop;

/**
 * Cuts a box out of a picture and brings it to a size by area averages, in integers; only ever smaller.
 *
 * @param crop - a recipe's (see {@link RecipeCrop}); a box; `'center'` for the largest square in the middle (which is of the size's proportions, if that
 *   isn't square); or nothing, for the whole picture
 * @param size - height and width, or nothing for what was cut out
 * @throws RangeError if the box is not inside, or the result would be larger or stretched
 */
export function fitPicture(
  picture: Picture,
  name: string,
  crop: Crop | undefined,
  size: readonly [height: number, width: number] | undefined,
): Picture {
  if (typeof crop === 'string' && crop !== 'center') return recipeCrop(picture, name, crop, size);
  const box = crop === 'center' ? center(picture, size) : (crop ?? { left: 0, top: 0, ...picture });
  const { left, top, width, height } = box;
  const fail = (constraint: string, got: string, fix: Wording): never => {
    throw new ArgumentError({ fn: 'fitPicture', argument: name, constraint, got, fix });
  };
  if (left + width > picture.width || top + height > picture.height) {
    const found = `${picture.height}×${picture.width}`;
    fail(
      `at least ${top + height}×${left + width} for the crop`,
      found,
      'check that these are the files meant',
    );
  }
  const [newHeight, newWidth] = size ?? [height, width];
  if (newHeight > height || newWidth > width) {
    fail(`at least ${newHeight}×${newWidth}`, `${height}×${width}`, 'images are only made smaller');
  }
  if (crop === undefined && size !== undefined && width * newHeight !== height * newWidth) {
    const fix = ['say ', { option: 'crop', value: 'center' }, ', or another ', { option: 'crop' }];
    fail(`of the proportions ${newHeight}:${newWidth}`, `${height}×${width}`, fix);
  }
  const { channels, data } = picture;
  if (newHeight === height && newWidth === width) {
    if (width === picture.width && height === picture.height) return picture;
    const out = new Uint8Array(height * width * channels);
    for (let y = 0; y < height; y++) {
      const from = ((top + y) * picture.width + left) * channels;
      out.set(data.subarray(from, from + width * channels), y * width * channels);
    }
    return { width, height, channels, data: out };
  }
  return { width: newWidth, height: newHeight, channels, data: average(picture, box, newHeight, newWidth) };
}

function center({ width, height }: Picture, size: readonly [number, number] | undefined): CropBox {
  const [ratioHeight, ratioWidth] = size ?? [1, 1];
  const scale = Math.min(height / ratioHeight, width / ratioWidth);
  const [boxHeight, boxWidth] = [Math.floor(scale * ratioHeight), Math.floor(scale * ratioWidth)];
  return {
    left: Math.floor((width - boxWidth) / 2),
    top: Math.floor((height - boxHeight) / 2),
    width: boxWidth,
    height: boxHeight,
  };
}

/**
 * Rows, then columns. Weights count parts of a pixel in units of 1/new: they sum to the old size, so the whole is
 * exact in integers (float64 holds them) until the one rounding at the end.
 */
function average(
  { width: stride, channels, data }: Picture,
  box: CropBox,
  newHeight: number,
  newWidth: number,
): Uint8Array {
  const { left, top, width, height } = box;
  const line = width * channels;
  const sums = new Float64Array(line);
  const out = new Uint8Array(newHeight * newWidth * channels);
  const area = width * height;
  for (let y = 0; y < newHeight; y++) {
    sums.fill(0);
    const start = y * height;
    const end = start + height;
    for (let row = Math.floor(start / newHeight); row * newHeight < end; row++) {
      const weight = Math.min(end, (row + 1) * newHeight) - Math.max(start, row * newHeight);
      const from = ((top + row) * stride + left) * channels;
      for (let p = 0; p < line; p++) sums[p]! += weight * (data[from + p] as number);
    }
    for (let x = 0; x < newWidth; x++) {
      const first = x * width;
      const last = first + width;
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let column = Math.floor(first / newWidth); column * newWidth < last; column++) {
          const weight = Math.min(last, (column + 1) * newWidth) - Math.max(first, column * newWidth);
          sum += weight * (sums[column * channels + c] as number);
        }
        out[(y * newWidth + x) * channels + c] = Math.floor(sum / area + 0.5);
      }
    }
  }
  return out;
}
