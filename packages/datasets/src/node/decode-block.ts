import { readFileSync } from 'node:fs';
import { decodePicture, type DecodeOptions, type Picture } from './decode.js';
import { type Crop, fitPicture } from './fit-picture.js';

/** How pictures become images of one size. Plain data, so that it can be sent to a worker. */
export interface FitOptions extends DecodeOptions {
  readonly crop?: Crop;
  readonly size?: readonly [height: number, width: number];
  /** Let each picture keep its own size. */
  readonly anySize?: boolean;
}

/** Some pictures: their names, and their bytes unless the names are files. */
export interface BlockInput {
  readonly names: readonly string[];
  readonly bytes?: readonly Uint8Array[];
  readonly options: FitOptions;
}

/** The same pictures decoded, one after the other. */
export interface BlockOutput {
  readonly pixels: Uint8Array;
  /** `[H,W,C]`. */
  readonly shape: readonly [number, number, number];
  /** `[H,W]` of each picture. */
  readonly sizes: readonly (readonly [number, number])[];
}

/**
 * Decodes some pictures to the bytes of images of one size.
 *
 * @throws RangeError naming the picture that is damaged, or of another size than the first
 */
export async function decodeBlock({ names, bytes, options }: BlockInput): Promise<BlockOutput> {
  const pictures: Picture[] = [];
  for (const [i, name] of names.entries()) {
    const file = bytes?.[i] ?? readSmallFile(name);
    const picture = fitPicture(await decodePicture(file, name, options), name, options.crop, options.size);
    const [first = picture] = pictures;
    if (!options.anySize && (picture.width !== first.width || picture.height !== first.height))
      throw sizeError(name, picture, first);
    pictures.push(picture);
  }
  const pixels = new Uint8Array(pictures.reduce((sum, { data }) => sum + data.length, 0));
  let at = 0;
  for (const { data } of pictures) {
    pixels.set(data, at);
    at += data.length;
  }
  const [{ height, width, channels } = { height: 0, width: 0, channels: 0 }] = pictures;
  const sizes = pictures.map((picture) => [picture.height, picture.width] as const);
  return { pixels, shape: [height, width, channels], sizes };
}

/** At once: for small files that is several times as fast as through promises, and a worker has nothing else to do. */
function readSmallFile(name: string): Uint8Array {
  try {
    return readFileSync(name);
  } catch (error) {
    throw new RangeError(
      `decodeBlock: ${name} must be a file that can be read, got ${(error as Error).message}`,
    );
  }
}

/** What to say of a picture that is not of the size of those before it. */
export function sizeError(
  name: string,
  found: { readonly height: number; readonly width: number },
  first: { readonly height: number; readonly width: number },
): RangeError {
  return new RangeError(
    `decodeBlock: ${name} must be ${first.height}×${first.width} like the pictures before it, ` +
      `got ${found.height}×${found.width}; say size, and crop: 'centre', to bring all to one`,
  );
}
