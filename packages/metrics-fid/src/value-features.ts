import { checkInteger, checkOptions, check, type OptionKeys, rowMajor } from '@immiscible/core';
import ndarray, { type NdArray } from 'ndarray';
import { checkNumbers } from './check-numbers.js';
import type { FeatureExtractor } from './feature-extractor.js';

/** Cells a side. */
const CELLS = 8;

/** Options of {@link valueFeatures}. */
export interface ValueFeaturesOptions {
  /**
   * Rows of cells.
   * @defaultValue 8
   */
  readonly rows?: number;
  /**
   * Columns of cells.
   * @defaultValue 8
   */
  readonly columns?: number;
  /**
   * Numbers of a pixel. Images of one are taken as gray: the number stands for all of them.
   * @defaultValue 3
   */
  readonly channels?: number;
}

/**
 * The extractor of `FD-values`: the values themselves, averaged over 8×8 cells. No network, no download, any size and any
 * number of channels: what a distance between latents, or between color pictures, can be taken with where no better
 * extractor is at hand. It sees means and covariances of coarse structure and color, and nothing of how a picture looks.
 *
 * Pixel (y, x) of an H×W image belongs to cell (⌊8y/H⌋, ⌊8x/W⌋); where there are fewer pixels than cells, a cell takes the
 * pixel that it lies in.
 *
 * @param options - or the shape `[height,width,channels]` of images: then there are no more cells a side than pixels
 * @throws RangeError if an option is out of range, or (from `extract`) images have other channels or hold NaN
 */
export function valueFeatures(
  options: ValueFeaturesOptions | readonly [height: number, width: number, channels: number] = {},
): FeatureExtractor {
  const fn = 'valueFeatures';
  const { rows = CELLS, columns = CELLS, channels = 3 } = isShape(options) ? ofShape(options) : options;
  if (!isShape(options)) {
    checkOptions(fn, options, {
      ...{ rows: true, columns: true, channels: true },
    } satisfies OptionKeys<ValueFeaturesOptions>);
  }
  checkInteger(fn, 'rows', rows, 1);
  checkInteger(fn, 'columns', columns, 1);
  checkInteger(fn, 'channels', channels, 1);
  const dimensions = rows * columns * channels;
  return Object.freeze({
    id: `values@${rows}x${columns}`,
    dimensions,
    async extract(images: NdArray<Float32Array>): Promise<NdArray<Float32Array>> {
      const data = rowMajor(`${fn}.extract`, 'images', images);
      const [count = 0, height = 0, width = 0, given = 0] = images.shape;
      check(
        images.shape.length === 4 && height >= 1 && width >= 1 && (given === channels || given === 1),
        `${fn}.extract`,
        'images',
        `of shape [N,H,W,${channels}]${channels === 1 ? '' : ' or [N,H,W,1]'}`,
        images,
      );
      checkNumbers(`${fn}.extract`, data, [height, width, given]);
      const cells = averages(data, [count, height, width, given], [rows, columns]);
      if (given === channels) return ndarray(cells, [count, dimensions]);
      const gray = new Float32Array(count * dimensions);
      for (let i = 0; i < gray.length; i++) gray[i] = cells[Math.floor(i / channels)] as number;
      return ndarray(gray, [count, dimensions]);
    },
  });
}

/** `[N,H,W,C]` to the means of cells, `[N,rows,columns,C]`, summed in float64. */
function averages(
  data: Float32Array,
  [count, height, width, channels]: readonly [number, number, number, number],
  [rows, columns]: readonly [number, number],
): Float32Array {
  const down = cellsOf(height, rows);
  const across = cellsOf(width, columns);
  const out = new Float32Array(count * rows * columns * channels);
  let to = 0;
  for (let n = 0; n < count; n++) {
    for (const [top, bottom] of down) {
      for (const [left, right] of across) {
        for (let c = 0; c < channels; c++) {
          let sum = 0;
          for (let y = top; y < bottom; y++) {
            const line = (n * height + y) * width;
            for (let x = left; x < right; x++) sum += data[(line + x) * channels + c] as number;
          }
          out[to++] = sum / ((bottom - top) * (right - left));
        }
      }
    }
  }
  return out;
}

/** First pixel of each cell of a line, and the one after its last. */
function cellsOf(size: number, cells: number): (readonly [number, number])[] {
  return Array.from({ length: cells }, (_, cell) => {
    if (size < cells) {
      const pixel = Math.floor((cell * size) / cells);
      return [pixel, pixel + 1];
    }
    return [Math.ceil((cell * size) / cells), Math.ceil(((cell + 1) * size) / cells)];
  });
}

function isShape(options: unknown): options is readonly [number, number, number] {
  return Array.isArray(options);
}

function ofShape([height, width, channels]: readonly [
  number,
  number,
  number,
]): Required<ValueFeaturesOptions> {
  checkInteger('valueFeatures', 'height', height, 1);
  checkInteger('valueFeatures', 'width', width, 1);
  return { rows: Math.min(CELLS, height), columns: Math.min(CELLS, width), channels };
}
