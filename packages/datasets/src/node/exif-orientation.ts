import { latin1 } from '@immiscible/formats';

/**
 * The orientation in EXIF's data, which is a TIFF header and a list of tags (0x0112 of them); 1 where there is none.
 * Damaged data count as none, as Pillow takes them.
 */
export function exifOrientation(exif: Uint8Array): number {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  if (exif.length < 14) return 1;
  const order = latin1(exif.subarray(0, 4));
  if (order !== 'II*\0' && order !== 'MM\0*') return 1;
  const little = order[0] === 'I';
  const at = view.getUint32(4, little);
  if (at + 2 > exif.length) return 1;
  const count = view.getUint16(at, little);
  for (let entry = at + 2; entry + 12 <= exif.length && entry < at + 2 + 12 * count; entry += 12) {
    if (view.getUint16(entry, little) !== 0x0112) continue;
    const value = view.getUint16(entry + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** The orientation in XMP's text, which Pillow takes where EXIF has none. */
export function xmpOrientation(xmp: Uint8Array): number {
  return Number(/tiff:Orientation(?:="|>)([1-8])/.exec(latin1(xmp))?.[1] ?? 1);
}
