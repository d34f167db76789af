import ndarray, { type NdArray } from 'ndarray';
import type { ImageData } from '../registry/image-data.js';
import { pngGrid } from '../report/png-grid.js';

/** Standard deviations from black to the middle of the range, where values have no range of their own. */
const SPREAD = 3;

/**
 * Images of a data set, or samples like them, as one PNG. Of latents the first three channels (or the first) are shown as colors, from
 * −3 to 3: that shows their structure, not the pictures that they stand for.
 */
export function sampleGrid(
  { bounded }: Pick<ImageData, 'bounded'>,
  images: NdArray<Float32Array>,
): Uint8Array {
  const [count = 0, height = 0, width = 0, channels = 0] = images.shape;
  if (bounded && (channels === 1 || channels === 3)) return pngGrid(images);
  const shown = channels >= 3 ? 3 : 1;
  const colors = ndarray(new Float32Array(count * height * width * shown), [count, height, width, shown]);
  const scale = bounded ? 1 : 1 / SPREAD;
  for (let pixel = 0; pixel < count * height * width; pixel++) {
    for (let c = 0; c < shown; c++) {
      colors.data[pixel * shown + c] = scale * (images.data[images.offset + pixel * channels + c] as number);
    }
  }
  return pngGrid(colors);
}
