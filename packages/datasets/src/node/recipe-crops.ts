import { ArgumentError } from '@immiscible/core';
import { pilResize } from './pil-resize.js';
import type { Picture } from './picture.js';
import { roundHalfEven } from './round-half-even.js';

/**
 * Crops of published data sets, by the filters that those were made with. Unlike the others they may enlarge, as the
 * recipes do.
 *
 * - `'center-lanczos'`: the largest square in the middle, then Lanczos (StyleGAN's and EDM's `center-crop`)
 * - `'center-wide'`: the largest part in the middle of the size's proportions, then Lanczos, in the middle of a black
 *   square of the size's width (their `center-crop-wide`, for pictures that are as wide as that)
 * - `'center-dhariwal'`: halved by box while both sides stay at least twice the size, then bicubic until the shorter side
 *   fits, then the middle (ADM's crop of ImageNet; EDM's `center-crop-dhariwal`)
 *
 * @see Dhariwal & Nichol 2021, "Diffusion Models Beat GANs on Image Synthesis" (arXiv:2105.05233); Karras et al. 2022, "Elucidating
 *   the Design Space", §F.1 (arXiv:2206.00364)
 */
export type RecipeCrop = 'center-lanczos' | 'center-wide' | 'center-dhariwal';

export const RECIPE_CROPS: readonly RecipeCrop[] = ['center-lanczos', 'center-wide', 'center-dhariwal'];

/**
 * A picture as one of the recipes cuts and resizes it.
 *
 * @param size - height and width; a square but for `'center-wide'`
 * @throws RangeError if there is no size, or one of other proportions than the crop gives
 */
export function recipeCrop(
  picture: Picture,
  name: string,
  crop: RecipeCrop,
  size: readonly [height: number, width: number] | undefined,
): Picture {
  const fail = (expected: string, got: string): never => {
    const constraint = `${expected} for the crop ${crop} of ${name}`;
    throw new ArgumentError({ fn: 'fitPicture', argument: 'size', constraint, got });
  };
  const [height, width] = size ?? fail('given', 'none');
  if (crop === 'center-wide') {
    if (height > width) return fail('at least as wide as high', `${height}×${width}`);
    return wide(picture, height, width);
  }
  if (height !== width) return fail('a square', `${height}×${width}`);
  if (crop === 'center-lanczos') {
    const side = Math.min(picture.height, picture.width);
    return pilResize(middle(picture, side, side), height, width, 'lanczos');
  }
  let found = picture;
  while (Math.min(found.height, found.width) >= 2 * height) {
    found = pilResize(found, Math.floor(found.height / 2), Math.floor(found.width / 2), 'box');
  }
  const scale = height / Math.min(found.height, found.width);
  found = pilResize(
    found,
    roundHalfEven(found.height * scale),
    roundHalfEven(found.width * scale),
    'bicubic',
  );
  return middle(found, height, width);
}

function wide(picture: Picture, height: number, width: number): Picture {
  const scale = Math.min(picture.height / height, picture.width / width);
  const part = middle(
    picture,
    Math.max(1, roundHalfEven(scale * height)),
    Math.max(1, roundHalfEven(scale * width)),
  );
  const { data, channels } = pilResize(part, height, width, 'lanczos');
  const canvas = new Uint8Array(width * width * channels);
  canvas.set(data, Math.floor((width - height) / 2) * width * channels);
  return { width, height: width, channels, data: canvas };
}

function middle(picture: Picture, height: number, width: number): Picture {
  const { channels, data } = picture;
  if (height === picture.height && width === picture.width) return picture;
  const [top, left] = [Math.floor((picture.height - height) / 2), Math.floor((picture.width - width) / 2)];
  const out = new Uint8Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * picture.width + left) * channels;
    out.set(data.subarray(from, from + width * channels), y * width * channels);
  }
  return { width, height, channels, data: out };
}
