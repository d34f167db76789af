import { latin1 } from '@immiscible/formats';
import type { EncodedPicture, Picture } from './picture.js';
import { roundHalfEven } from './round-half-even.js';

export const isPnm = (bytes: Uint8Array): boolean => /^P[1-6][\s#]/.test(latin1(bytes.subarray(0, 3)));

/**
 * A portable bitmap, graymap or pixmap (PBM, PGM, PPM), as text or as bytes. Other highest values than 255 are scaled
 * to it and rounded, halves to even, as Pillow does.
 *
 * @see https://netpbm.sourceforge.net/doc/pnm.html
 */
export function openPnm(bytes: Uint8Array): EncodedPicture {
  const variant = (bytes[1] as number) - 48;
  const [bilevel, text] = [variant % 3 === 1, variant <= 3];
  const channels = variant % 3 === 0 ? 3 : 1;
  let at = 2;
  /** The next word; comments run from `#` to the end of a line. */
  const word = (most: number): number => {
    let digits = '';
    for (; at < bytes.length; at++) {
      const letter = String.fromCharCode(bytes[at] as number);
      if (letter === '#') while (at < bytes.length && bytes[at] !== 10 && bytes[at] !== 13) at++;
      if (letter === '#' || /\s/.test(letter)) {
        if (digits !== '') break;
        continue;
      }
      digits += letter;
      // A text bitmap's digits need no space between them.
      if (digits.length === most) {
        at++;
        break;
      }
    }
    if (!/^\d{1,9}$/.test(digits)) throw new Error(`${JSON.stringify(digits)} where a number is expected`);
    return Number(digits);
  };
  const [width, height] = [word(10), word(10)];
  const highest = bilevel ? 1 : word(10);
  if (width < 1 || height < 1 || highest < 1 || highest > 65535)
    throw new Error(`${width}×${height} of at most ${highest}`);
  at++; // One blank before the pixels.
  const count = width * height * channels;
  const decode = (): Picture => {
    const data = new Uint8Array(count);
    const scale = (value: number): number => {
      if (value > highest) return 255;
      return highest === 255 ? value : roundHalfEven((value / highest) * 255);
    };
    if (text) {
      at--;
      for (let i = 0; i < count; i++) data[i] = bilevel ? (1 - word(1)) * 255 : scale(word(10));
      return { width, height, channels, data };
    }
    const line = bilevel ? Math.ceil(width / 8) : width * channels * (highest > 255 ? 2 : 1);
    if (at + line * height > bytes.length)
      throw new Error(`${bytes.length - at} of ${line * height} bytes of pixels`);
    for (let i = 0; i < count; i++) {
      if (bilevel) {
        const [x, y] = [i % width, Math.floor(i / width)];
        const byte = bytes[at + y * line + (x >> 3)] as number;
        data[i] = ((byte >> (7 - (x & 7))) & 1) === 1 ? 0 : 255;
      } else if (highest > 255) {
        data[i] = scale((bytes[at + 2 * i] as number) * 256 + (bytes[at + 2 * i + 1] as number));
      } else data[i] = scale(bytes[at + i] as number);
    }
    return { width, height, channels, data };
  };
  const depth = highest > 255 ? 16 : 8;
  return { width, height, kind: channels === 3 ? 'rgb' : 'gray', depth, orientation: 1, decode };
}
