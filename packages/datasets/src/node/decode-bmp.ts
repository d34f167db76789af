import type { EncodedPicture, Picture } from './picture.js';

const MASKS = { 16: [0x7c00, 0x3e0, 0x1f], 32: [0xff0000, 0xff00, 0xff] } as const;

/**
 * A Windows bitmap: 1, 4 and 8 bits by palette (run lengths too), 16, 24 and 32 bits. The fourth byte of 32 bits is
 * alpha, if it is one, and dropped.
 *
 * @see Microsoft, "BITMAPINFOHEADER structure"
 */
export function openBmp(bytes: Uint8Array): EncodedPicture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 26) throw new Error(`an end at byte ${bytes.length}`);
  const [start, header] = [view.getUint32(10, true), view.getUint32(14, true)];
  if (header !== 12 && (header < 40 || header > 200 || bytes.length < 14 + header))
    throw new Error(`a header of ${header} bytes`);
  const old = header === 12;
  const width = old ? view.getUint16(18, true) : view.getInt32(18, true);
  const signed = old ? view.getUint16(20, true) : view.getInt32(22, true);
  const height = Math.abs(signed);
  const bits = view.getUint16(old ? 24 : 28, true);
  const packing = old ? 0 : view.getUint32(30, true);
  if (!(width > 0 && height > 0)) throw new Error(`a size of ${width}×${signed}`);
  const byPalette = bits <= 8;
  const runs = packing === 1 || packing === 2;
  if (![1, 4, 8, 16, 24, 32].includes(bits) || ![0, 1, 2, 3, 6].includes(packing))
    throw new Error(`${bits} bits, packed by method ${packing}`);
  if (runs && bits !== (packing === 1 ? 8 : 4)) throw new Error(`${bits} bits, packed by method ${packing}`);
  const entry = old ? 3 : 4;
  const used = old ? 0 : view.getUint32(46, true);
  const count = byPalette ? Math.min(256, used === 0 ? 2 ** bits : used) : 0;
  if (14 + header + count * entry > bytes.length) throw new Error('an end within its palette');
  const colors = Array.from({ length: count }, (_, i) => {
    const at = 14 + header + i * entry;
    return [bytes[at + 2], bytes[at + 1], bytes[at]] as readonly number[];
  });
  const gray = byPalette && colors.every(([r, g, b]) => r === g && g === b);
  const pixels = bytes.subarray(Math.min(start, bytes.length));
  const shape = { width, height, bits, isTopDown: signed < 0 };
  const masks =
    packing === 0 || bits === 24
      ? (MASKS[bits as 16 | 32] ?? MASKS[32])
      : [54, 58, 62].map((at) => view.getUint32(at, true));
  return {
    width,
    height,
    kind: gray ? 'gray' : byPalette ? 'palette' : 'rgb',
    depth: 8,
    orientation: 1,
    decode: () => (byPalette ? byColors(pixels, shape, colors, runs) : byMasks(pixels, shape, masks)),
  };
}

/** What the header says of the pixels. */
interface BmpShape {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  /** Most bitmaps begin with the lowest row. */
  readonly isTopDown: boolean;
}

/** Which pixel of the picture a row of the file begins with. */
function rowStart({ width, height, isTopDown }: BmpShape, y: number): number {
  return (isTopDown ? y : height - 1 - y) * width;
}

/** Pixels that are indices of a palette. */
function byColors(
  pixels: Uint8Array,
  shape: BmpShape,
  colors: readonly (readonly number[])[],
  runs: boolean,
): Picture {
  const { width, height, bits } = shape;
  const data = new Uint8Array(width * height * 3);
  const indices = (runs ? runLengths : packedIndices)(pixels, width, height, bits);
  for (let y = 0; y < height; y++) {
    const to = rowStart(shape, y);
    for (let x = 0; x < width; x++)
      data.set(colors[indices[y * width + x] as number] ?? [0, 0, 0], 3 * (to + x));
  }
  return { width, height, channels: 3, data };
}

/** Pixels of 16, 24 or 32 bits, of which masks say where red, green and blue are. */
function byMasks(pixels: Uint8Array, shape: BmpShape, masks: readonly number[]): Picture {
  const { width, height, bits } = shape;
  const data = new Uint8Array(width * height * 3);
  const size = bits >> 3;
  const line = Math.ceil((width * size) / 4) * 4;
  if (line * height > pixels.length) throw new Error(`${pixels.length} of ${line * height} bytes of pixels`);
  const parts = masks.map((mask) => {
    const shift = mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
    return { mask, shift, highest: mask === 0 ? 1 : mask >>> shift };
  });
  for (let y = 0; y < height; y++) {
    const to = rowStart(shape, y);
    for (let x = 0; x < width; x++) {
      const at = y * line + x * size;
      let pixel = 0;
      for (let k = size - 1; k >= 0; k--) pixel = ((pixel << 8) | (pixels[at + k] as number)) >>> 0;
      parts.forEach(({ mask, shift, highest }, c) => {
        data[3 * (to + x) + c] = Math.floor((((pixel & mask) >>> shift) * 255) / highest);
      });
    }
  }
  return { width, height, channels: 3, data };
}

/** Indices of 1, 4 or 8 bits; rows fill up to four bytes. */
function packedIndices(pixels: Uint8Array, width: number, height: number, bits: number): Uint8Array {
  const line = Math.ceil((width * bits) / 32) * 4;
  if (line * height > pixels.length) throw new Error(`${pixels.length} of ${line * height} bytes of pixels`);
  const out = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * bits;
      const byte = pixels[y * line + (bit >> 3)] as number;
      out[y * width + x] = (byte >> (8 - bits - (bit & 7))) & ((1 << bits) - 1);
    }
  }
  return out;
}

/** Runs of a value, or of two that take turns (4 bits), and literal stretches. What is left out has index 0. */
function runLengths(pixels: Uint8Array, width: number, height: number, bits: number): Uint8Array {
  const out = new Uint8Array(width * height);
  let [x, y, at] = [0, 0, 0];
  const put = (value: number): void => {
    if (x < width && y < height) out[y * width + x] = value;
    x++;
  };
  const byteAt = (i: number): number => {
    const byte = pixels[i];
    if (byte === undefined) throw new Error(`an end in row ${y} of ${height}`);
    return byte;
  };
  while (y < height) {
    const [count, value] = [byteAt(at), byteAt(at + 1)];
    at += 2;
    if (count > 0) {
      for (let i = 0; i < count; i++) put(bits === 8 ? value : i % 2 === 0 ? value >> 4 : value & 15);
    } else if (value === 0) [x, y] = [0, y + 1];
    else if (value === 1) break;
    else if (value === 2) {
      x += byteAt(at);
      y += byteAt(at + 1);
      at += 2;
    } else {
      for (let i = 0; i < value; i++) {
        const byte = byteAt(at + (bits === 8 ? i : i >> 1));
        put(bits === 8 ? byte : i % 2 === 0 ? byte >> 4 : byte & 15);
      }
      const used = bits === 8 ? value : Math.ceil(value / 2);
      at += used + (used % 2);
    }
  }
  return out;
}
