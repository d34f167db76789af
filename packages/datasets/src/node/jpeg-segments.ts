import { latin1 } from '@immiscible/formats';
import { exifOrientation, xmpOrientation } from './exif-orientation.js';

/** What a JPEG's segments say, and the segments that its pixels depend on. */
export interface JpegSegments {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly depth: number;
  readonly orientation: number;
  /** Whether color planes are half as high as the picture, and as wide: 4:4:0. */
  readonly halfHeight: boolean;
  /** How often the picture is gone over. */
  readonly scans: number;
  /** A file of these segments and all scans, nothing between them. */
  readonly pixels: Uint8Array;
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
/** DHT, DAC, DQT, DRI. */
const TABLES = [0xc4, 0xcc, 0xdb, 0xdd];

/** Start of frame: SOF0 … SOF15 without the three codes that mean something else. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/**
 * Reads the segments before the first scan and counts the scans. Left out are texts, profiles and bytes that belong to no segment, which
 * all decoders skip. A missing end is put there where the picture has one scan, which tells whether it is whole.
 *
 * @see ITU-T T.81, annex B
 */
export function jpegSegments(bytes: Uint8Array): JpegSegments {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: Uint8Array[] = [Uint8Array.of(0xff, SOI)];
  let frame: Frame | undefined;
  let [exif, xmp] = [1, 1];
  let at = 2;
  for (;;) {
    const found = nextMarker(bytes, at);
    if (found === undefined) throw new Error(`${bytes.length} bytes without a scan`);
    const marker = bytes[found + 1] as number;
    if (marker === SOS) {
      at = found;
      break;
    }
    at = found + 2;
    if (marker === 0x01 || (marker >= 0xd0 && marker <= SOI)) continue;
    const length = at + 2 <= bytes.length ? view.getUint16(at) : 0;
    const end = at + length;
    if (marker === EOI || length < 2 || end > bytes.length) throw new Error(`an end before the first scan`);
    const segment = bytes.subarray(found, end);
    const content = bytes.subarray(at + 2, end);
    at = end;
    if (isFrame(marker)) {
      if (frame) throw new Error('a damaged frame');
      frame = frameOf(marker, content);
      kept.push(segment);
    } else if (TABLES.includes(marker) || (marker === 0xee && latin1(content.subarray(0, 5)) === 'Adobe'))
      kept.push(segment);
    else if (marker === 0xe0 && latin1(content.subarray(0, 5)) === 'JFIF\0') {
      // Other versions than 1 have the same pixels, and warnings that would hide others.
      const copy = segment.slice();
      copy[9] = 1;
      kept.push(copy);
    } else if (marker === 0xe1) {
      if (latin1(content.subarray(0, 6)) === 'Exif\0\0') exif = exifOrientation(content.subarray(6));
      else if (latin1(content.subarray(0, 28)) === 'http://ns.adobe.com/xap/1.0/')
        xmp = xmpOrientation(content);
    }
  }
  if (frame === undefined) throw new Error('no frame');
  const { scans, end, whole } = countScans(bytes, view, at);
  kept.push(bytes.subarray(at, end));
  const single =
    scans === 1 && [0xc0, 0xc1, 0xc9].includes(frame.marker) && bytes[at + 4] === frame.components;
  if (!whole && single) kept.push(Uint8Array.of(0xff, EOI));
  const { width, height, components, depth, halfHeight } = frame;
  const orientation = exif === 1 ? xmp : exif;
  const pixels = Buffer.concat(kept);
  return { width, height, components, depth, orientation, halfHeight, scans, pixels };
}

interface Frame extends Pick<JpegSegments, 'width' | 'height' | 'components' | 'depth' | 'halfHeight'> {
  readonly marker: number;
}

function frameOf(marker: number, content: Uint8Array): Frame {
  if (content.length < 6) throw new Error('a damaged frame');
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  return {
    marker,
    depth: view.getUint8(0),
    height: view.getUint16(1),
    width: view.getUint16(3),
    components: view.getUint8(5),
    halfHeight: isHalfHeight(content.subarray(6)),
  };
}

/** Of a frame's components, three bytes each: the second has how many samples there are across and down. */
function isHalfHeight(components: Uint8Array): boolean {
  const factors = components.filter((_, i) => i % 3 === 1);
  const [across, down] = [factors.map((factor) => factor >> 4), factors.map((factor) => factor & 15)];
  const [mostAcross, mostDown] = [Math.max(...across), Math.max(...down)];
  return factors.some((_, i) => across[i] === mostAcross && 2 * (down[i] as number) === mostDown);
}

/** Where the next 0xFF stands that a code follows, whatever lies before. */
function nextMarker(bytes: Uint8Array, start: number): number | undefined {
  for (
    let at = bytes.indexOf(0xff, start);
    at >= 0 && at + 1 < bytes.length;
    at = bytes.indexOf(0xff, at + 1)
  ) {
    if (bytes[at + 1] !== 0 && bytes[at + 1] !== 0xff) return at;
  }
  return undefined;
}

/** Scans from the first on, and where the last one ends. */
function countScans(
  bytes: Uint8Array,
  view: DataView,
  start: number,
): { scans: number; end: number; whole: boolean } {
  let scans = 0;
  let at: number | undefined = start;
  while ((at = nextMarker(bytes, at)) !== undefined) {
    const marker = bytes[at + 1] as number;
    if (marker === EOI) return { scans, end: at + 2, whole: true };
    if (marker === SOS) scans++;
    const alone = marker === 0x01 || (marker >= 0xd0 && marker <= SOI);
    at += 2;
    if (!alone && at + 2 <= bytes.length) at += view.getUint16(at);
  }
  return { scans, end: bytes.length, whole: false };
}
