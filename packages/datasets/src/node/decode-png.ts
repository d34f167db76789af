import { checkBytes } from '@immiscible/core';
import { crc32, latin1 } from '@immiscible/formats';
import { inflateSync } from 'node:zlib';
import { exifOrientation, xmpOrientation } from './exif-orientation.js';
import type { EncodedPicture, Picture } from './picture.js';

/** The parts of a picture that come one after the other: from where, in steps of how much. */
type Pass = readonly [x0: number, y0: number, dx: number, dy: number];
const WHOLE: readonly Pass[] = [[0, 0, 1, 1]];
const ADAM7: readonly Pass[] = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

/** By color type: what it is, samples of a pixel, possible bits of a sample. */
const TYPES = {
  0: ['gray', 1, [1, 2, 4, 8, 16]],
  2: ['rgb', 3, [8, 16]],
  3: ['palette', 1, [1, 2, 4, 8]],
  4: ['alpha', 2, [8, 16]],
  6: ['alpha', 4, [8, 16]],
} as const;

/**
 * A PNG of any kind. Of 16 bits the upper 8 are taken, as Pillow does with colors. Chunks that don't change the pixels (profiles,
 * gamma, texts) are never unpacked; a transparent color is dropped. What is unpacked is of the size that the
 * header says, or less.
 *
 * @see https://www.w3.org/TR/png-3
 */
export function openPng(bytes: Uint8Array): EncodedPicture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33 || latin1(bytes.subarray(12, 16)) !== 'IHDR') throw new Error('no header');
  const [width, height, depth] = [view.getUint32(16), view.getUint32(20), view.getUint8(24)];
  const [kind, samples, depths] = TYPES[view.getUint8(25) as keyof typeof TYPES] ?? [];
  if (kind === undefined || !(depths as readonly number[]).includes(depth))
    throw new Error(`color type ${view.getUint8(25)} with ${depth} bits`);
  if (width === 0 || height === 0) throw new Error(`a size of ${width}×${height}`);
  const interlaced = view.getUint8(28);
  if (view.getUint8(26) !== 0 || view.getUint8(27) !== 0 || interlaced > 1)
    throw new Error('unknown methods');
  const { data, palette, orientation } = readChunks(bytes, view);
  if (kind === 'palette' && palette === undefined) throw new Error('no palette');
  const bits = samples * depth;
  const decode = (): Picture => {
    const passes = (interlaced === 1 ? ADAM7 : WHOLE).map(([x0, y0, dx, dy]) => {
      const [w, h] = [Math.ceil((width - x0) / dx), Math.ceil((height - y0) / dy)];
      // A row begins with the number of its filter. A part without columns has no rows either.
      return { x0, y0, dx, dy, w, h: w > 0 ? Math.max(0, h) : 0, line: Math.ceil((w * bits) / 8) };
    });
    const size = passes.reduce((sum, { h, line }) => sum + h * (line + 1), 0);
    const channels = kind === 'palette' ? 3 : samples;
    checkBytes('decodePicture', 'a PNG', size + width * height * channels);
    const raw = inflate(data, size);
    const out = new Uint8Array(width * height * channels);
    let at = 0;
    for (const { x0, y0, dx, dy, w, h, line } of passes) {
      unfilter(raw, at, h, line, Math.max(1, bits >> 3));
      for (let y = 0; y < h; y++, at += line + 1) {
        const to = ((y0 + y * dy) * width + x0) * channels;
        const row = raw.subarray(at + 1, at + 1 + line);
        writeRow(row, { w, depth, samples, palette: kind === 'palette' ? palette : undefined }, out, to, dx);
      }
    }
    return { width, height, channels, data: out };
  };
  return { width, height, kind, depth, orientation, decode };
}

/** Pixel data in pieces, palette and orientation. Only what the pixels depend on must be whole. */
function readChunks(
  bytes: Uint8Array,
  view: DataView,
): { data: Uint8Array; palette?: Uint8Array; orientation: number } {
  const pieces: Uint8Array[] = [];
  let palette: Uint8Array | undefined;
  let [exif, xmp] = [1, 1];
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at);
    const type = latin1(bytes.subarray(at + 4, at + 8));
    const end = at + 8 + length;
    if (end + 4 > bytes.length) throw new Error(`an end within the chunk ${JSON.stringify(type)}`);
    const content = bytes.subarray(at + 8, end);
    // Upper case: a picture can't be read without.
    const critical = (bytes[at + 4] as number) < 96;
    if (critical && crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end))
      throw new Error(`a wrong CRC-32 of ${JSON.stringify(type)}`);
    if (type === 'IEND') break;
    if (type === 'IDAT') pieces.push(content);
    else if (type === 'PLTE') palette = content;
    else if (type === 'eXIf') exif = exifOrientation(content);
    else if (type === 'iTXt' && latin1(content.subarray(0, 17)) === 'XML:com.adobe.xmp') {
      xmp = xmpOrientation(content);
    } else if (critical && type !== 'IHDR') throw new Error(`the unknown chunk ${JSON.stringify(type)}`);
    at = end + 4;
  }
  const data = pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
  return { data, ...(palette && { palette }), orientation: exif === 1 ? xmp : exif };
}

function inflate(data: Uint8Array, size: number): Uint8Array {
  let raw: Buffer;
  try {
    raw = inflateSync(data, { maxOutputLength: size });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(code === 'ERR_BUFFER_TOO_LARGE' ? `more than ${size} bytes of pixels` : message, {
      cause: error,
    });
  }
  if (raw.length < size) throw new Error(`${raw.length} of ${size} bytes of pixels`);
  return raw;
}

/** Undoes the prediction of each byte from its neighbors, in place. `step`: bytes to the pixel before. */
function unfilter(raw: Uint8Array, start: number, rows: number, line: number, step: number): void {
  for (let y = 0; y < rows; y++) {
    const at = start + y * (line + 1) + 1;
    const filter = raw[at - 1] as number;
    const above = y === 0 ? -1 : at - line - 1;
    if (filter > 4) throw new Error(`the unknown filter ${filter}`);
    if (filter === 0) continue;
    for (let i = 0; i < line; i++) {
      const left = i >= step ? (raw[at + i - step] as number) : 0;
      const up = above < 0 ? 0 : (raw[above + i] as number);
      let guess = left;
      if (filter === 2) guess = up;
      else if (filter === 3) guess = (left + up) >> 1;
      else if (filter === 4) {
        const corner = above < 0 || i < step ? 0 : (raw[above + i - step] as number);
        const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
        guess = a <= b && a <= c ? left : b <= c ? up : corner;
      }
      raw[at + i] = (raw[at + i] as number) + guess;
    }
  }
}

/** One row's samples as bytes, its pixels `dx` apart in the result. */
function writeRow(
  row: Uint8Array,
  format: { w: number; depth: number; samples: number; palette: Uint8Array | undefined },
  out: Uint8Array,
  to: number,
  dx: number,
): void {
  const { w, depth, samples, palette } = format;
  if (depth === 8 && dx === 1 && palette === undefined) {
    out.set(row, to);
    return;
  }
  if (palette === undefined && depth >= 8) {
    const bytes = depth >> 3;
    for (let x = 0, from = 0; x < w; x++) {
      const at = to + x * dx * samples;
      for (let c = 0; c < samples; c++, from += bytes) out[at + c] = row[from] as number;
    }
    return;
  }
  const highest = 2 ** depth - 1;
  const scale = palette ? 1 : 255 / highest;
  const sample = (i: number): number => {
    const bit = i * depth;
    return (((row[bit >> 3] as number) >> (8 - depth - (bit & 7))) & highest) * scale;
  };
  const channels = palette ? 3 : samples;
  for (let x = 0; x < w; x++) {
    const at = to + x * dx * channels;
    if (palette === undefined) {
      for (let c = 0; c < channels; c++) out[at + c] = sample(x * samples + c);
      continue;
    }
    const index = sample(x);
    if (3 * index + 3 > palette.length)
      throw new Error(`color ${index} of a palette of ${Math.floor(palette.length / 3)}`);
    for (let c = 0; c < 3; c++) out[at + c] = palette[3 * index + c] as number;
  }
}
