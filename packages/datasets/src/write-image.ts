import { pixelValue } from './pixels.js';

/** Sizes of stored images and of the window that is cut out of each. */
export interface Window {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly cropHeight: number;
  readonly cropWidth: number;
}

/** Copies an image from bytes to float32 `v/127.5 − 1`. */
export type WriteImage = (
  bytes: Uint8Array,
  from: number,
  out: Float32Array,
  to: number,
  mirrored: boolean,
  corner: number,
) => void;

/** Two bytes at once: the pair of float32 that belong to a uint16, as one float64. Made when first needed, 512 kB. */
let pairs: Float64Array | undefined;
function pairValue(): Float64Array {
  if (pairs === undefined) {
    pairs = new Float64Array(65536);
    const singles = new Float32Array(pairs.buffer);
    for (let word = 0; word < 65536; word++) {
      singles[2 * word] = pixelValue[word & 255] as number;
      singles[2 * word + 1] = pixelValue[word >>> 8] as number;
    }
  }
  return pairs;
}

/**
 * The inner loop of all batches. Whole images go four bytes at a time where they lie on multiples of four (mirrored:
 * four pixels of three channels), everything else byte by byte; the values are the same. Little-endian machines only,
 * like WebAssembly. No value in [−1, 1] has the bits of a NaN in either half of a float64, so moving a pair of float32
 * as one float64 changes none.
 */
export function imageWriter({ height, width, channels, cropHeight, cropWidth }: Window): WriteImage {
  const line = width * channels;
  const cropLine = cropWidth * channels;
  const columns = width - cropWidth + 1;
  const whole = cropHeight === height && cropWidth === width;
  const straight = whole && (height * line) % 4 === 0;
  const turned = whole && channels === 3 && width % 4 === 0;
  let source: { bytes: Uint8Array; words: Uint32Array } | undefined;
  let target: { out: Float32Array; doubles: Float64Array } | undefined;

  return (bytes, from, out, to, mirrored, corner) => {
    const aligned = (bytes.byteOffset + from) % 4 === 0 && out.byteOffset % 8 === 0 && to % 2 === 0;
    if (aligned && (mirrored ? turned : straight)) {
      const shift = from % 4;
      if (source?.bytes !== bytes) {
        const words = new Uint32Array(bytes.buffer, bytes.byteOffset + shift, (bytes.length - shift) >> 2);
        source = { bytes, words };
      }
      if (target?.out !== out) {
        target = { out, doubles: new Float64Array(out.buffer, out.byteOffset, out.length >> 1) };
      }
      if (mirrored) writeMirrored(source.words, (from - shift) >> 2, target.doubles, to >> 1, height, width);
      else writeStraight(source.words, (from - shift) >> 2, target.doubles, to >> 1, (height * line) >> 2);
      return;
    }
    const top = Math.floor(corner / columns);
    const left = corner - top * columns;
    for (let y = 0; y < cropHeight; y++) {
      const start = from + (top + y) * line + left * channels;
      let next = to + y * cropLine;
      if (!mirrored) {
        for (let p = 0; p < cropLine; p++) out[next++] = pixelValue[bytes[start + p] as number] as number;
      } else {
        for (let p = start + cropLine - channels; p >= start; p -= channels) {
          for (let c = 0; c < channels; c++) out[next++] = pixelValue[bytes[p + c] as number] as number;
        }
      }
    }
  };
}

function writeStraight(
  words: Uint32Array,
  first: number,
  out: Float64Array,
  to: number,
  count: number,
): void {
  const table = pairValue();
  let next = to;
  for (let p = first; p < first + count; p++) {
    const word = words[p] as number;
    out[next] = table[word & 65535] as number;
    out[next + 1] = table[word >>> 16] as number;
    next += 2;
  }
}

/**
 * Rows of RGB pixels from right to left. Three words hold four pixels, a0a1a2 a3b0b1 b2b3c0 c1c2c3, which go out as
 * the pairs c1c2 c3b2 b3c0 a3b0 b1a0 a1a2.
 */
function writeMirrored(
  words: Uint32Array,
  first: number,
  out: Float64Array,
  to: number,
  height: number,
  width: number,
): void {
  const table = pairValue();
  const wordsPerLine = (width * 3) >> 2;
  let next = to;
  for (let y = 0; y < height; y++) {
    const start = first + y * wordsPerLine;
    for (let p = start + wordsPerLine - 3; p >= start; p -= 3) {
      const a = words[p] as number;
      const b = words[p + 1] as number;
      const c = words[p + 2] as number;
      out[next] = table[(c >>> 8) & 65535] as number;
      out[next + 1] = table[(c >>> 24) | ((b >>> 8) & 0xff00)] as number;
      out[next + 2] = table[(b >>> 24) | ((c & 255) << 8)] as number;
      out[next + 3] = table[(a >>> 24) | ((b & 255) << 8)] as number;
      out[next + 4] = table[((b >>> 8) & 255) | ((a & 255) << 8)] as number;
      out[next + 5] = table[(a >>> 8) & 65535] as number;
      next += 6;
    }
  }
}
