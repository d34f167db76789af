import { ArgumentError, type Wording } from '@immiscible/core';
import { hex } from '../bytes.js';
import { openBmp } from './decode-bmp.js';
import { isGif, openGif } from './decode-gif.js';
import { openJpeg } from './decode-jpeg.js';
import { openPng } from './decode-png.js';
import { isPnm, openPnm } from './decode-pnm.js';
import { isForSharp, NotInstalled, openBySharp } from './decode-sharp.js';
import { DamagedPicture, type EncodedPicture, type Picture, toChannels, upright } from './picture.js';

/** @see {@link decodePicture} */
export interface DecodeOptions {
  /** 1 for grey, 3 for RGB. */
  readonly channels: 1 | 3;
  /**
   * Bring pictures of another kind to these channels: grey repeated, color to luma (ITU-R 601), an alpha channel dropped, 16
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
  readonly open: (bytes: Uint8Array, maximumPixels: number) => EncodedPicture | Promise<EncodedPicture>;
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
  const { channels, convert, maximumPixels } = options;
  const format = formats.find(({ is }) => is(bytes));
  if (format === undefined) {
    throw new DamagedPicture(
      `decodePicture: ${name} must be a PNG or JPEG (or GIF, BMP, PBM, PGM, PPM; by sharp WebP, TIFF, AVIF), ` +
        `got ${bytes.length} bytes${bytes.length > 0 ? ` that start with "${hex(bytes)}"` : ''}`,
    );
  }
  const fail = (constraint: string, got: string, fix: Wording): never => {
    throw new ArgumentError({ fn: 'decodePicture', argument: name, constraint, got, fix });
  };
  const more = ['say ', { option: 'maximumPixels' }, ' if it is meant'];
  const whole = async <T>(part: () => T | Promise<T>): Promise<T> => {
    try {
      return await part();
    } catch (error) {
      const { message } = error as Error;
      if (error instanceof NotInstalled) {
        throw new RangeError(`decodePicture: ${name} must be a PNG or JPEG, got ${message}`, {
          cause: error,
        });
      }
      if (/exceeds pixel limit/.test(message)) {
        return fail(`of at most ${maximumPixels} pixels`, 'more', more);
      }
      // No damage, but too much memory.
      if (error instanceof ArgumentError) throw error.renamed(`${name}, ${error.argument},`);
      throw new DamagedPicture(
        `decodePicture: ${name} must be a whole ${format.name}, got damage (${message})`,
        { cause: error },
      );
    }
  };
  const encoded = await whole(() => format.open(bytes, maximumPixels));
  const { width, height, kind, depth } = encoded;
  if (width * height > maximumPixels) {
    fail(`of at most ${maximumPixels} pixels`, `${width}×${height}`, more);
  }
  const wanted = channels === 3 ? 'rgb' : 'grey';
  if (!convert) {
    const fix = ['convert it, or say ', { option: 'convert', value: true }];
    if (depth > 8) fail(`${wanted} with 8 bits`, `${kind} with ${depth} bits`, fix);
    if (kind !== wanted && !(kind === 'palette' && channels === 3)) {
      fail(wanted, kind === 'alpha' ? 'a picture with an alpha channel' : kind, fix);
    }
  }
  const picture = await whole(async () => {
    const found = await encoded.decode();
    if (found.width === width && found.height === height) return found;
    throw new Error(`${found.width}×${found.height} where it says ${width}×${height}`);
  });
  return toChannels(upright(picture, encoded.orientation), channels);
}
