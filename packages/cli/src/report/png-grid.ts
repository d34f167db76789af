import { check } from '@immiscible/core';
import { toBytes } from '@immiscible/datasets';
import { encode } from 'fast-png';
import type { NdArray } from 'ndarray';

export interface GridOptions {
  /** Each pixel becomes a square of this side. @defaultValue 3 */
  readonly scale?: number;
  /** Pixels between images. @defaultValue 3 */
  readonly gap?: number;
  /** @defaultValue ⌈√N⌉ */
  readonly columns?: number;
}

/**
 * Images side by side, row by row, as one PNG. The gaps are transparent, so that the grid sits on any page.
 *
 * @param images - float32 `[N,H,W,C]`, contiguous, [−1, 1] (clipped), C = 1 or 3
 */
export function pngGrid(images: NdArray<Float32Array>, options: GridOptions = {}): Uint8Array {
  const [count = 0, height = 0, width = 0, channels = 0] = images.shape;
  check(
    count > 0 && (channels === 1 || channels === 3),
    'pngGrid',
    'images',
    'of shape [N,H,W,1 or 3]',
    images.shape,
  );
  const { scale = 3, gap = 3, columns = Math.ceil(Math.sqrt(count)) } = options;
  const rows = Math.ceil(count / columns);
  const [cellWidth, cellHeight] = [width * scale + gap, height * scale + gap];
  const [gridWidth, gridHeight] = [columns * cellWidth - gap, rows * cellHeight - gap];
  const bytes = toBytes(images).data;
  const data = new Uint8Array(gridWidth * gridHeight * 4);
  for (let i = 0; i < count; i++) {
    const left = (i % columns) * cellWidth;
    const top = Math.floor(i / columns) * cellHeight;
    for (let y = 0; y < height * scale; y++) {
      for (let x = 0; x < width * scale; x++) {
        const from = ((i * height + Math.floor(y / scale)) * width + Math.floor(x / scale)) * channels;
        const to = ((top + y) * gridWidth + left + x) * 4;
        for (let c = 0; c < 3; c++) data[to + c] = bytes[from + (channels === 3 ? c : 0)] as number;
        data[to + 3] = 255;
      }
    }
  }
  return encode({ width: gridWidth, height: gridHeight, data, channels: 4, depth: 8 });
}
