import { check, checkInteger } from '@immiscible/core';
import ndarray from 'ndarray';
import { type Dataset, imageBytes } from './dataset.js';

/**
 * Makes images smaller by the area average: each new pixel is the mean of what it covers, parts of pixels counted in
 * proportion, rounded to the nearest byte (halves up).
 *
 * All of it is integer arithmetic, so the bytes are the same on every machine. 28 → 14 is the mean of 2×2 pixels.
 *
 * @param dataset - borrowed
 * @param size - new height and width, or both as `[height, width]`; each at least 1 and at most the present size
 * @returns a new data set; its name says the size
 * @throws RangeError if a size is not an integer in that range
 */
export function resize(dataset: Dataset, size: number | readonly [height: number, width: number]): Dataset {
  const fn = 'resize';
  const { images } = dataset;
  const [count = 0, height = 0, width = 0, channels = 0] = images.shape;
  const [newHeight, newWidth] = typeof size === 'number' ? [size, size] : size;
  for (const [name, value, present] of [
    ['height', newHeight, height],
    ['width', newWidth, width],
  ] as const) {
    checkInteger(fn, name, value, 1);
    check(
      value <= present,
      fn,
      name,
      `at most the images' ${present}`,
      value,
      'images are only made smaller',
    );
  }
  const rows = overlaps(height, newHeight);
  const columns = overlaps(width, newWidth);
  // Overlaps are counted in units of 1/newHeight × 1/newWidth of a pixel; a new pixel has height·width of them.
  const area = height * width;
  const source = imageBytes(fn, images);
  const out = new Uint8Array(count * newHeight * newWidth * channels);
  let next = 0;
  for (let image = 0; image < count; image++) {
    const base = image * area * channels;
    for (const row of rows) {
      for (const column of columns) {
        for (let channel = 0; channel < channels; channel++) {
          let sum = 0;
          for (let y = row.first; y <= row.last; y++) {
            let line = 0;
            for (let x = column.first; x <= column.last; x++) {
              line +=
                (column.weights[x - column.first] as number) *
                (source[base + (y * width + x) * channels + channel] as number);
            }
            sum += (row.weights[y - row.first] as number) * line;
          }
          out[next++] = Math.floor((2 * sum + area) / (2 * area));
        }
      }
    }
  }
  return Object.freeze({
    ...dataset,
    name: `${dataset.name}@${newHeight}${newWidth === newHeight ? '' : `x${newWidth}`}`,
    images: ndarray(out, [count, newHeight, newWidth, channels]),
  });
}

interface Overlap {
  readonly first: number;
  readonly last: number;
  /** How much of old pixel `first + i` the new one covers, in units of 1/`to` of an old pixel. Their sum is `from`. */
  readonly weights: readonly number[];
}

/** On a line of from·to units, old pixel j covers [j·to, (j + 1)·to) and new pixel i covers [i·from, (i + 1)·from). */
function overlaps(from: number, to: number): Overlap[] {
  return Array.from({ length: to }, (_, i) => {
    const first = Math.floor((i * from) / to);
    const last = Math.ceil(((i + 1) * from) / to) - 1;
    const weights = Array.from({ length: last - first + 1 }, (_, k) => {
      const j = first + k;
      return Math.min((i + 1) * from, (j + 1) * to) - Math.max(i * from, j * to);
    });
    return { first, last, weights };
  });
}
