import { latin1 } from '@immiscible/formats';
import type { EncodedPicture, Picture } from './picture.js';

/**
 * The first frame of a GIF, with the palette's colors for transparent pixels too, as Pillow's `convert('RGB')` has
 * them: a transparent color is a hint to who draws the picture over something.
 *
 * @see GIF89a, https://www.w3.org/Graphics/GIF/spec-gif89a.txt
 */
export function openGif(bytes: Uint8Array): EncodedPicture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const need = (at: number, count: number): void => {
    if (at + count > bytes.length) throw new Error(`an end at byte ${bytes.length}`);
  };
  need(0, 13);
  const colorsIn = (flags: number): number => ((flags & 0x80) === 0 ? 0 : 3 << ((flags & 7) + 1));
  const [screenWidth, screenHeight] = [view.getUint16(6, true), view.getUint16(8, true)];
  let at = 13 + colorsIn(view.getUint8(10));
  need(at, 0);
  let palette = bytes.subarray(13, at);
  let background = 0;
  for (;;) {
    need(at, 2);
    const block = view.getUint8(at);
    if (block === 0x2c) break;
    if (block !== 0x21) throw new Error(`no picture, but the block ${block}`);
    // Graphic control: whether a color is transparent, and which.
    if (bytes[at + 1] === 0xf9) {
      need(at, 8);
      if ((view.getUint8(at + 3) & 1) === 1) background = view.getUint8(at + 6);
    }
    for (at += 2; ; at += 1 + view.getUint8(at)) {
      need(at, 1);
      if (bytes[at] === 0) break;
    }
    at++;
  }
  need(at, 11);
  const [left, top, w, h] = [1, 3, 5, 7].map((offset) => view.getUint16(at + offset, true)) as [
    number,
    number,
    number,
    number,
  ];
  const flags = view.getUint8(at + 9);
  const own = colorsIn(flags);
  if (own > 0) palette = bytes.subarray(at + 10, at + 10 + own);
  const start = at + 10 + own;
  need(start, 1);
  const [width, height] = [Math.max(screenWidth, left + w), Math.max(screenHeight, top + h)];
  if (w === 0 || h === 0) throw new Error(`a size of ${w}×${h}`);
  const decode = (): Picture => {
    const indices = unpack(subBlocks(bytes, start + 1), view.getUint8(start), w * h);
    const frame = new Uint8Array(width * height).fill(background);
    const rows = (flags & 0x40) === 0 ? [...Array(h).keys()] : interlacedRows(h);
    rows.forEach((row, i) => frame.set(indices.subarray(i * w, (i + 1) * w), (top + row) * width + left));
    const data = new Uint8Array(3 * frame.length);
    for (const [i, index] of frame.entries()) {
      // Without any palette the indices are grays; colors that a palette lacks are black.
      for (let c = 0; c < 3; c++)
        data[3 * i + c] = palette.length === 0 ? index : (palette[3 * index + c] ?? 0);
    }
    return { width, height, channels: 3, data };
  };
  return { width, height, kind: 'palette', depth: 8, orientation: 1, decode };
}

export const isGif = (bytes: Uint8Array): boolean => /^GIF8[79]a/.test(latin1(bytes.subarray(0, 6)));

/** Every 8th row from 0, from 4, every 4th from 2, every 2nd from 1. */
function interlacedRows(height: number): number[] {
  const rows: number[] = [];
  for (const [first, step] of [
    [0, 8],
    [4, 8],
    [2, 4],
    [1, 2],
  ] as const) {
    for (let row = first; row < height; row += step) rows.push(row);
  }
  return rows;
}

/** The content of blocks that each begin with their length, up to an empty one. */
function subBlocks(bytes: Uint8Array, start: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let at = start; ;) {
    const length = bytes[at];
    if (length === undefined || length === 0) break;
    pieces.push(bytes.subarray(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return Buffer.concat(pieces);
}

/** Welch's compression with codes of growing length; stops at `count` values. */
function unpack(data: Uint8Array, firstBits: number, count: number): Uint8Array {
  if (firstBits < 1 || firstBits > 11) throw new Error(`codes of ${firstBits} bits`);
  const clear = 1 << firstBits;
  const prefix = new Uint16Array(4096);
  const suffix = new Uint8Array(4096);
  const length = new Uint16Array(4096).fill(1, 0, clear);
  for (let code = 0; code < clear; code++) suffix[code] = code;
  const out = new Uint8Array(count);
  let [next, bits, before, filled] = [clear + 2, firstBits + 1, -1, 0];
  let [word, held, at] = [0, 0, 0];
  while (filled < count) {
    while (held < bits && at < data.length) {
      word |= (data[at++] as number) << held;
      held += 8;
    }
    if (held < bits) throw new Error(`${filled} of ${count} pixels`);
    const code = word & ((1 << bits) - 1);
    word >>>= bits;
    held -= bits;
    if (code === clear) {
      [next, bits, before] = [clear + 2, firstBits + 1, -1];
      continue;
    }
    if (code === clear + 1) throw new Error(`${filled} of ${count} pixels`);
    if (code > next || (code === next && before < 0) || (code >= clear && before < 0))
      throw new Error(`the code ${code} before it is defined`);
    // The string of the code, written from its end; a code that is just being defined is the last one and its own first value.
    const known = code < next ? code : before;
    const size = (length[known] as number) + (code < next ? 0 : 1);
    let [to, link] = [filled + (length[known] as number) - 1, known];
    for (; link >= clear; link = prefix[link] as number, to--)
      if (to < count) out[to] = suffix[link] as number;
    if (to < count) out[to] = link;
    const first = link;
    if (code >= next && filled + size - 1 < count) out[filled + size - 1] = first;
    filled += size;
    if (before >= 0 && next < 4096) {
      prefix[next] = before;
      suffix[next] = first;
      length[next] = (length[before] as number) + 1;
      next++;
      if (next === 1 << bits && bits < 12) bits++;
    }
    before = code;
  }
  return out;
}
