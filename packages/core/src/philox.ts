/**
 * Philox4x32-10, a counter-based generator: 128 bits of counter and 64 bits of key go in, 128 random bits come out.
 * There is no hidden state to advance, so any point of any stream can be computed alone. For a fixed key it is a
 * bijection: no two counters give the same block.
 *
 * @see Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3" (Random123)
 */

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/**
 * High 32 bits of the 64-bit product of two uint32, by 16-bit halves, as an int32 bit pattern. Every sum stays under
 * 2^32, so arithmetic that wraps at 32 bits, which engines compile to plain integer instructions, loses nothing.
 */
export function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0;
  const middle2 = (Math.imul(aLow, bHigh) + (middle & 0xffff)) | 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (middle2 >>> 16)) | 0;
}

/**
 * One block of four uint32. Its words are arguments, not arrays: a draw takes a few nanoseconds.
 *
 * @param c0 - counter: uint32, as are all words
 * @param c1 - counter
 * @param c2 - counter
 * @param c3 - counter
 * @param k0 - key
 * @param k1 - key
 * @param out - receives the block
 * @param offset - where in `out`; 0 unless given
 */
export function philox4x32(
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  k0: number,
  k1: number,
  out: Uint32Array,
  offset = 0,
): void {
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(M0, c0);
    const low0 = Math.imul(M0, c0);
    const high1 = mulHigh(M1, c2);
    const low1 = Math.imul(M1, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + W0) | 0;
    k1 = (k1 + W1) | 0;
  }
  out[offset] = c0;
  out[offset + 1] = c1;
  out[offset + 2] = c2;
  out[offset + 3] = c3;
}
