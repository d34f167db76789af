import { check } from '@immiscible/core';

/**
 * Refuses images with NaN, which would spread to all features, by the image and the pixel.
 *
 * @param data - `[N,H,W,C]`, row-major
 * @throws RangeError naming the first of them
 */
export function checkNumbers(
  fn: string,
  data: Float32Array,
  [height, width, channels]: readonly [height: number, width: number, channels: number],
  firstImage = 0,
): void {
  const bad = data.findIndex(Number.isNaN);
  if (bad < 0) return;
  const pixel = Math.floor(bad / channels);
  const [image, at] = [Math.floor(pixel / (height * width)), pixel % (height * width)];
  const got = `NaN at pixel [${Math.floor(at / width)},${at % width}]`;
  check(false, fn, `image ${firstImage + image}`, 'without NaN', got);
}
