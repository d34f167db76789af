import { ArgumentError, type Wording } from '@immiscible/core';
import { hex } from '@immiscible/formats';
import { openBmp } from './decode-bmp.js';
import { isGif, openGif } from './decode-gif.js';
import { openJpeg } from './decode-jpeg.js';
import { openPng } from './decode-png.js';
import { isPnm, openPnm } from './decode-pnm.js';
import { isForSharp, NotInstalled, openBySharp } from './decode-sharp.js';
import { DamagedPicture, type EncodedPicture, type Picture, toChannels, upright } from './picture.js';

/** @see {@link decodePicture} */
export interface DecodeOptions {
  /** 1 for gray, 3 for RGB. */
  readonly channels: 1 | 3;
  /**
   * Bring pictures of another kind to these channels: gray repeated, color to luma (ITU-R 601), an alpha channel dropped, 16
   * bits cut to 8, inks to light. Without it such a picture is an error, apart from palettes (and their transparent
   * color, which is dropped).
   */
  readonly convert: boolean;
  /** The most pixels that a picture may have. */
  readonly maximumPixels: number;
}

const formats: readonly {
  readonly name: string;
  readonly is: (bytes: Uint8Array) => boolean;
  readonly open: (bytes: Uint8Array) => EncodedPicture | Promise<EncodedPicture>;
}[] = [
  { name: 'PNG', is: (bytes) => hex(bytes) === '89 50 4e 47 0d 0a 1a 0a', open: openPng },
  { name: 'JPEG', is: (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8, open: openJpeg },
  { name: 'GIF', is: isGif, open: openGif },
  { name: 'BMP', is: (bytes) => bytes[0] === 0x42 && bytes[1] === 0x4d, open: openBmp },
  { name: 'PNM', is: isPnm, open: openPnm },
  { name: 'picture', is: isForSharp, open: openBySharp },
];

/**
 * Decodes a picture: what Pillow gives for `ImageOps.exif_transpose(image).convert('RGB')`, without color management. PNG, GIF (its
 * first frame), BMP, PBM, PGM and PPM here, JPEG by libjpeg; WebP, TIFF, AVIF and JPEG in CMYK by `sharp`, where that is installed.
 *
 * @param name - what to call the file in error messages
 * @throws DamagedPicture (a RangeError) if the picture is damaged or none
 * @throws RangeError if it is too large, of another kind than is wanted, or takes sharp, which isn't there
 * @see docs/decisions/0010-pictures.md
 */
export async function decodePicture(
  bytes: Uint8Array,
  name: string,
  options: DecodeOptions,
): Promise<Picture> {
  const format = formats.find(({ is }) => is(bytes));
  if (format === undefined) {
    throw new DamagedPicture(
      `decodePicture: ${name} must be a PNG or JPEG (or GIF, BMP, PBM, PGM, PPM; by sharp WebP, TIFF, AVIF), ` +
        `got ${bytes.length} bytes${bytes.length > 0 ? ` that start with "${hex(bytes)}"` : ''}`,
    );
  }
  const encoded = await orDamaged(name, format.name, () => format.open(bytes));
  checkKind(name, encoded, options);
  const picture = await orDamaged(name, format.name, async () => {
    const { width, height } = encoded;
    const found = await encoded.decode();
    if (found.width === width && found.height === height) return found;
    throw new Error(`${found.width}×${found.height} where it says ${width}×${height}`);
  });
  return toChannels(upright(picture, encoded.orientation), options.channels);
}

/** What a part of the decoding gives; what it throws is damage, unless it is memory or sharp that is missing. */
async function orDamaged<T>(name: string, format: string, part: () => T | Promise<T>): Promise<T> {
  try {
    return await part();
  } catch (error) {
    const { message } = error as Error;
    const options = { cause: error };
    if (error instanceof NotInstalled) {
      throw new RangeError(`decodePicture: ${name} must be a PNG or JPEG, got ${message}`, options);
    }
    if (error instanceof ArgumentError) throw error.renamed(`${name}, ${error.argument},`);
    const damage = `decodePicture: ${name} must be a whole ${format}, got damage (${message})`;
    throw new DamagedPicture(damage, options);
  }
}

/** Refuses a picture by what its header says: too many pixels, or of another kind than is wanted. */
function checkKind(
  name: string,
  { width, height, kind, depth }: EncodedPicture,
  { channels, convert, maximumPixels }: DecodeOptions,
): void {
  const fail = (constraint: string, got: string, fix: Wording): never => {
    throw new ArgumentError({ fn: 'decodePicture', argument: name, constraint, got, fix });
  };
  if (width * height > maximumPixels) {
    const fix = ['say ', { option: 'maximumPixels' }, ' if it is meant'];
    fail(`of at most ${maximumPixels} pixels`, `${width}×${height}`, fix);
  }
  if (convert) return;
  const wanted = channels === 3 ? 'rgb' : 'gray';
  const fix = ['convert it, or say ', { option: 'convert', value: true }];
  if (depth > 8) fail(`${wanted} with 8 bits`, `${kind} with ${depth} bits`, fix);
  if (kind !== wanted && !(kind === 'palette' && channels === 3)) {
    fail(wanted, kind === 'alpha' ? 'a picture with an alpha channel' : kind, fix);
  }
}
