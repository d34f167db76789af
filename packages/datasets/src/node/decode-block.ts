import { ArgumentError } from '@immiscible/core';
import { readFileSync } from 'node:fs';
import { decodePicture, type DecodeOptions } from './decode.js';
import { type Crop, fitPicture } from './fit-picture.js';
import { DamagedPicture, type Picture } from './picture.js';

/** How pictures become images of one size. Plain data, so that it can be sent to a worker. */
export interface FitOptions extends DecodeOptions {
  readonly crop?: Crop;
  readonly size?: readonly [height: number, width: number];
  /** Let each picture keep its own size. */
  readonly anySize?: boolean;
  /** Leave out damaged pictures and say which, instead of failing. */
  readonly skipDamaged?: boolean;
}

/** A picture that was left out. */
export interface SkippedPicture {
  /** Its file, or where in an archive it is. */
  readonly path: string;
  /** What is wrong with it. */
  readonly problem: string;
}

/** Some pictures: their names, and their bytes unless the names are files; of one that can't be read, why. */
export interface BlockInput {
  readonly names: readonly string[];
  readonly bytes?: readonly (Uint8Array | string)[];
  readonly options: FitOptions;
}

/** The same pictures decoded, one after the other. */
export interface BlockOutput {
  readonly pixels: Uint8Array;
  /** `[H,W,C]`. */
  readonly shape: readonly [number, number, number];
  /** `[H,W]` of each picture. */
  readonly sizes: readonly (readonly [number, number])[];
  /** Which of the pictures these are, where some were left out. */
  readonly kept: readonly number[];
  readonly damaged: readonly SkippedPicture[];
}

/**
 * Decodes some pictures to the bytes of images of one size.
 *
 * @throws RangeError naming the picture that is damaged, or of another size than the first
 */
export async function decodeBlock({ names, bytes, options }: BlockInput): Promise<BlockOutput> {
  const pictures: Picture[] = [];
  const kept: number[] = [];
  const damaged: SkippedPicture[] = [];
  for (const [i, name] of names.entries()) {
    let decoded: Picture;
    try {
      decoded = await decodePicture(contentOf(name, bytes?.[i]), name, options);
    } catch (error) {
      if (!(options.skipDamaged && error instanceof DamagedPicture)) throw error;
      damaged.push({ path: name, problem: error.message });
      continue;
    }
    const picture = fitPicture(decoded, name, options.crop, options.size);
    const [first = picture] = pictures;
    if (!options.anySize && (picture.width !== first.width || picture.height !== first.height))
      throw sizeError(name, picture, first);
    pictures.push(picture);
    kept.push(i);
  }
  const pixels = new Uint8Array(pictures.reduce((sum, { data }) => sum + data.length, 0));
  let at = 0;
  for (const { data } of pictures) {
    pixels.set(data, at);
    at += data.length;
  }
  const [{ height, width, channels } = { height: 0, width: 0, channels: 0 }] = pictures;
  const sizes = pictures.map((picture) => [picture.height, picture.width] as const);
  return { pixels, shape: [height, width, channels], sizes, kept, damaged };
}

function contentOf(name: string, content: Uint8Array | string | undefined): Uint8Array {
  if (typeof content === 'string') throw new DamagedPicture(content);
  return content ?? readSmallFile(name);
}

/** At once: for small files that is several times as fast as through promises, and a worker has nothing else to do. */
function readSmallFile(name: string): Uint8Array {
  try {
    return readFileSync(name);
  } catch (error) {
    throw new DamagedPicture(
      `decodeBlock: ${name} must be a file that can be read, got ${(error as Error).message}`,
    );
  }
}

/** What to say of a picture that is not of the size of those before it. */
export function sizeError(
  name: string,
  found: { readonly height: number; readonly width: number },
  first: { readonly height: number; readonly width: number },
): ArgumentError {
  return new ArgumentError({
    fn: 'decodeBlock',
    argument: name,
    constraint: `${first.height}×${first.width} like the pictures before it`,
    got: `${found.height}×${found.width}`,
    fix: [
      ...['say ', { option: 'size' }, ', and ', { option: 'crop', value: 'center' }],
      ', to bring all to one',
    ],
  });
}
