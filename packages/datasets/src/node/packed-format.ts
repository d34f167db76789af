import { hex, latin1 } from '@immiscible/formats';

/*
 * A packed file: 4,096 bytes of header ("IMPACK01", then where the table begins and how long it is, float64 both,
 * little-endian), the images' bytes one after the other, the labels (int32, little-endian), the table (JSON).
 */
/** What a packed file begins with. */
export const PACKED_MAGIC = 'IMPACK01';
/** Bytes before the first image. */
export const PACKED_HEADER = 4096;

/** What the end of a packed file says of it. */
export interface PackedTable {
  readonly name: string;
  readonly count: number;
  readonly shape: readonly [number, number, number];
  readonly labels: boolean;
  readonly classNames?: readonly string[];
  readonly allowsFlip: boolean;
  /** Of images and labels. */
  readonly sha256: string;
}

/** The header of a file whose table begins at `start`. */
export function encodePackedHeader(start: number, length: number): Uint8Array {
  const header = Buffer.alloc(PACKED_HEADER);
  header.write(PACKED_MAGIC, 'latin1');
  header.writeDoubleLE(start, 8);
  header.writeDoubleLE(length, 16);
  return header;
}

/**
 * Where the table begins and how long it is.
 *
 * @param header - the first bytes of the file, as many as there are up to a header's
 * @param fail - called with what was found, if it is no packed file or not a whole one
 */
export function decodePackedHeader(
  header: Uint8Array,
  fileSize: number,
  fail: (found: string) => never,
): { readonly start: number; readonly length: number } {
  if (latin1(header.subarray(0, 8)) !== PACKED_MAGIC || header.length < PACKED_HEADER) {
    return fail(`${fileSize} bytes that start with "${hex(header)}"`);
  }
  const view = new DataView(header.buffer, header.byteOffset);
  const [start, length] = [view.getFloat64(8, true), view.getFloat64(16, true)];
  const isWhole =
    Number.isSafeInteger(start) && start >= PACKED_HEADER && length >= 2 && start + length === fileSize;
  return isWhole ? { start, length } : fail(`${fileSize} bytes where it says ${start + length}`);
}

/** The table, or undefined if it is damaged. */
export function parsePackedTable(bytes: Uint8Array): PackedTable | undefined {
  try {
    const table = JSON.parse(new TextDecoder().decode(bytes)) as PackedTable;
    const sizes = [table.count, ...table.shape];
    const whole = sizes.length === 4 && sizes.every((size) => Number.isSafeInteger(size) && size >= 1);
    const typed =
      typeof table.name === 'string' &&
      typeof table.sha256 === 'string' &&
      typeof table.allowsFlip === 'boolean';
    return whole && typed && typeof table.labels === 'boolean' ? table : undefined;
  } catch {
    return undefined;
  }
}
