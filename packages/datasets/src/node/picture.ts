/** A decoded picture: bytes `[height, width, channels]`. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha. */
  readonly channels: number;
  readonly data: Uint8Array;
}

/** What a file says of itself, and how to decode it. What is wrong with it is thrown as an Error without its name. */
export interface EncodedPicture {
  readonly width: number;
  readonly height: number;
  readonly kind: 'gray' | 'rgb' | 'palette' | 'alpha' | 'cmyk';
  /** Bits of a sample. */
  readonly depth: number;
  /** EXIF's, 1 to 8; 1 is upright. */
  readonly orientation: number;
  decode(): Picture | Promise<Picture>;
}

/** A file that is damaged or no picture, as opposed to a picture of another kind than is asked for. */
export class DamagedPicture extends RangeError {
  override readonly name = 'RangeError';
}

/** The picture as it is to be looked at: EXIF's orientation applied, as Pillow's `exif_transpose` does. */
export function upright(picture: Picture, orientation: number): Picture {
  if (orientation < 2 || orientation > 8) return picture;
  const { width, height, channels, data } = picture;
  const turned = orientation >= 5;
  const mirrorX = [2, 3, 7, 8].includes(orientation);
  const mirrorY = [3, 4, 6, 7].includes(orientation);
  const [newWidth, newHeight] = turned ? [height, width] : [width, height];
  const out = new Uint8Array(data.length);
  let next = 0;
  for (let y = 0; y < newHeight; y++) {
    for (let x = 0; x < newWidth; x++) {
      const [column, row] = turned ? [y, x] : [x, y];
      const from = (mirrorY ? height - 1 - row : row) * width + (mirrorX ? width - 1 - column : column);
      for (let c = 0; c < channels; c++) out[next++] = data[from * channels + c] as number;
    }
  }
  return { width: newWidth, height: newHeight, channels, data: out };
}

/**
 * To 1 or 3 channels: gray repeated, color to luma, alpha dropped (of 2 and 4 channels the last), as Pillow's
 * `convert` does.
 */
export function toChannels(picture: Picture, wanted: 1 | 3): Picture {
  const { width, height, channels, data } = picture;
  if (channels === wanted) return picture;
  const count = width * height;
  const out = new Uint8Array(count * wanted);
  const colors = channels >= 3;
  for (let i = 0; i < count; i++) {
    const from = i * channels;
    const r = data[from] as number;
    const g = colors ? (data[from + 1] as number) : r;
    const b = colors ? (data[from + 2] as number) : r;
    // ITU-R 601-2 in 16-bit fixed point, rounded: Pillow's numbers.
    if (wanted === 1) out[i] = (19595 * r + 38470 * g + 7471 * b + 0x8000) >> 16;
    else {
      out[3 * i] = r;
      out[3 * i + 1] = g;
      out[3 * i + 2] = b;
    }
  }
  return { width, height, channels: wanted, data: out };
}
