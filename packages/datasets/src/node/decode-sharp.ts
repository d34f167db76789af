import { latin1 } from '@immiscible/formats';
import type { EncodedPicture, Picture } from './picture.js';

/** As much of sharp as is used here; it is installed by who needs it. */
interface SharpImage {
  metadata(): Promise<{
    width: number;
    height: number;
    channels: number;
    depth: string;
    space: string;
    autoOrient?: { width: number; height: number };
  }>;
  autoOrient(): SharpImage;
  pipelineColorspace(space: string): SharpImage;
  toColorspace(space: string): SharpImage;
  raw(): SharpImage;
  toBuffer(options: { resolveWithObject: true }): Promise<{
    data: Buffer;
    info: { width: number; height: number; channels: number };
  }>;
}
type Sharp = (bytes: Uint8Array, options: object) => SharpImage;

/** Something is needed that isn't installed; not the picture's fault. */
export class NotInstalled extends Error {}

async function loadSharp(what: string): Promise<Sharp> {
  const module = (await import('sharp').catch((cause: unknown) => {
    throw new NotInstalled(`${what}; npm install sharp, which reads that`, { cause });
  })) as { default: Sharp };
  return module.default;
}

/** WebP, TIFF and AVIF. */
export const isForSharp = (bytes: Uint8Array): boolean =>
  /^(RIFF....WEBP|II\*\0|MM\0\*|....ftyp)/s.test(latin1(bytes.subarray(0, 12)));

/** Color profiles left alone. How many pixels there may be is checked before a picture is decoded, as of all formats. */
const SHARP_OPTIONS = { ignoreIcc: true, limitInputPixels: false };

/** A picture for sharp: as it is to be looked at. Only its header is read. */
export async function openBySharp(bytes: Uint8Array): Promise<EncodedPicture> {
  const sharp = await loadSharp('another format');
  const open = (): SharpImage => sharp(bytes, SHARP_OPTIONS);
  const { width, height, channels, depth, space, autoOrient } = await open().metadata();
  const kind = space === 'cmyk' ? 'cmyk' : channels === 1 ? 'gray' : channels === 3 ? 'rgb' : 'alpha';
  const decode = async (): Promise<Picture> => {
    if (kind === 'cmyk') return inks(open().autoOrient());
    return colors(open().autoOrient());
  };
  const bits = depth === 'uchar' || depth === 'char' ? 8 : 16;
  return { width, height, ...autoOrient, kind, depth: bits, orientation: 1, decode };
}

/** A JPEG with its colors at half the height, not turned. */
export async function decodeColors(bytes: Uint8Array): Promise<Picture> {
  const sharp = await loadSharp('one with colors sampled 4:4:0');
  return colors(sharp(bytes, SHARP_OPTIONS));
}

async function colors(image: SharpImage): Promise<Picture> {
  const { data, info } = await image.toColorspace('srgb').raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return { width, height, channels, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
}

/** A JPEG of four inks, not turned. */
export async function decodeInks(bytes: Uint8Array): Promise<Picture> {
  const sharp = await loadSharp('one in CMYK');
  return inks(sharp(bytes, SHARP_OPTIONS));
}

/** Cyan, magenta, yellow and black as RGB by Pillow's arithmetic: `255 − k` less as much of it as there is ink. */
async function inks(image: SharpImage): Promise<Picture> {
  const { data, info } = await image
    .pipelineColorspace('cmyk')
    .toColorspace('cmyk')
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.channels < 4) throw new Error(`${info.channels} channels of CMYK`);
  const { width, height } = info;
  const rgb = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) {
    const white = 255 - (data[info.channels * i + 3] as number);
    for (let c = 0; c < 3; c++) {
      const product = (data[info.channels * i + c] as number) * white + 128;
      rgb[3 * i + c] = Math.max(0, white - (((product >> 8) + product) >> 8));
    }
  }
  return { width, height, channels: 3, data: rgb };
}
