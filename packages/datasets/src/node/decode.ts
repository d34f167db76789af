import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hex } from '../bytes.js';

/** A decoded picture: bytes `[height, width, channels]`. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

/** @see {@link decodePicture} */
export interface DecodeOptions {
  /** 1 for grey, 3 for RGB. */
  readonly channels: 1 | 3;
  /**
   * Bring pictures of another kind to these channels: grey repeated, colour to luma (ITU-R 601), alpha dropped, 16
   * bits cut to 8, palettes looked up. Without it such a picture is an error, apart from palettes.
   */
  readonly convert: boolean;
  /** The most pixels that a picture may have. */
  readonly maximumPixels: number;
}

/** What a file says of itself in its first bytes. */
interface Header {
  readonly format: 'png' | 'jpeg' | 'other';
  readonly width: number;
  readonly height: number;
  /** `"grey"`, `"rgb"`, `"alpha"`, `"cmyk"`, … */
  readonly kind: string;
  readonly depth: number;
}

/**
 * Decodes a PNG or JPEG; other formats by `sharp`, where that is installed. PNG by fast-png; JPEG by libjpeg
 * (mozjpeg) as WebAssembly, whose bytes are those of other libjpeg users such as Pillow.
 *
 * @param name - what to call the file in error messages
 * @throws RangeError if the picture is damaged, too large, or of another kind than is wanted
 */
export async function decodePicture(
  bytes: Uint8Array,
  name: string,
  options: DecodeOptions,
): Promise<Picture> {
  const header = readHeader(bytes, name);
  const { channels, convert, maximumPixels } = options;
  const fail = (expected: string, found: string, fix: string): never => {
    throw new RangeError(`decodePicture: ${name} must be ${expected}, got ${found}; ${fix}`);
  };
  if (header.width * header.height > maximumPixels) {
    fail(
      `of at most ${maximumPixels} pixels`,
      `${header.width}×${header.height}`,
      'say maximumPixels if it is meant',
    );
  }
  const wanted = channels === 3 ? 'rgb' : 'grey';
  if (!convert && header.format !== 'other') {
    const fix = 'convert it, or say convert: true';
    if (header.depth > 8) fail(`${wanted} with 8 bits`, `${header.kind} with ${header.depth} bits`, fix);
    if (header.kind !== wanted && !(header.kind === 'palette' && channels === 3)) {
      fail(wanted, header.kind === 'alpha' ? 'a picture with an alpha channel' : header.kind, fix);
    }
  }
  if (header.kind === 'cmyk') fail('grey or rgb', 'cmyk', 'save it as RGB: inks have no fixed colors');
  const picture = await decoders[header.format](bytes, name);
  if (header.format !== 'other' && (picture.width !== header.width || picture.height !== header.height)) {
    fail(
      `${header.width}×${header.height}, as it says`,
      `${picture.width}×${picture.height}`,
      'it is damaged',
    );
  }
  if (picture.channels === channels) return picture;
  if (!convert && header.format === 'other') {
    fail(wanted, `${picture.channels} channels`, 'convert it, or say convert: true');
  }
  return toChannels(picture, channels);
}

function readHeader(bytes: Uint8Array, name: string): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length >= 33 && view.getUint32(0) === 0x89504e47) {
    const kinds: Readonly<Record<number, string>> = {
      0: 'grey',
      2: 'rgb',
      3: 'palette',
      4: 'alpha',
      6: 'alpha',
    };
    const depth = view.getUint8(24);
    const kind = kinds[view.getUint8(25)] ?? 'unknown';
    return { format: 'png', width: view.getUint32(16), height: view.getUint32(20), kind, depth };
  }
  if (bytes[0] === 0xff && bytes[1] === 0xd8) {
    for (let at = 2; at + 9 < bytes.length;) {
      const marker = view.getUint8(at + 1);
      // Start of frame: SOF0 … SOF15 without the three codes that mean something else.
      if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
        const components = view.getUint8(at + 9);
        const kind = { 1: 'grey', 3: 'rgb', 4: 'cmyk' }[components] ?? `${components} components`;
        const [height, width] = [view.getUint16(at + 5), view.getUint16(at + 7)];
        return { format: 'jpeg', width, height, kind, depth: view.getUint8(at + 4) };
      }
      if (view.getUint8(at) !== 0xff) break;
      at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
    }
    throw new RangeError(
      `decodePicture: ${name} must be a whole JPEG, got ${bytes.length} bytes without a frame`,
    );
  }
  // RIFF, GIF, BMP, TIFF, AVIF: sharp may know them.
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  if (/^(RIFF....WEBP|GIF8|II\*\0|MM\0\*|....ftyp)/s.test(start)) {
    return { format: 'other', width: 0, height: 0, kind: 'unknown', depth: 8 };
  }
  throw new RangeError(
    `decodePicture: ${name} must be a PNG or JPEG, got ${bytes.length} bytes that start with "${hex(bytes)}"`,
  );
}

const decoders = { png: decodePng, jpeg: decodeJpeg, other: decodeBySharp } as const;

async function decodePng(bytes: Uint8Array, name: string): Promise<Picture> {
  const { decode, convertIndexedToRgb } = await import('fast-png');
  let image: ReturnType<typeof decode>;
  try {
    image = decode(bytes, { checkCrc: true });
    const { width, height, palette, depth } = image;
    if (palette) {
      const channels = palette[0]?.length ?? 3;
      const data = new Uint8Array(convertIndexedToRgb(image).buffer);
      return { width, height, channels, data };
    }
    const count = width * height * image.channels;
    if (depth < 8)
      return { width, height, channels: 1, data: unpackBits(image.data as Uint8Array, width, height, depth) };
    const data =
      depth === 16
        ? Uint8Array.from(image.data, (value) => value >> 8)
        : new Uint8Array(image.data.buffer, image.data.byteOffset, image.data.byteLength);
    if (data.length !== count) throw new RangeError(`${data.length} of ${count} bytes`);
    return { width, height, channels: image.channels, data };
  } catch (error) {
    throw new RangeError(
      `decodePicture: ${name} must be a whole PNG, got damage (${(error as Error).message})`,
    );
  }
}

/** Grey of 1, 2 or 4 bits: rows begin at a byte, the first pixel in its highest bits. */
function unpackBits(packed: Uint8Array, width: number, height: number, depth: number): Uint8Array {
  const perByte = 8 / depth;
  const line = Math.ceil(width / perByte);
  const highest = (1 << depth) - 1;
  const out = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const byte = packed[y * line + Math.floor(x / perByte)] as number;
      const value = (byte >> (8 - depth * ((x % perByte) + 1))) & highest;
      out[y * width + x] = (value * 255) / highest;
    }
  }
  return out;
}

type JpegDecoder = (
  bytes: ArrayBuffer,
) => Promise<{ width: number; height: number; data: Uint8ClampedArray }>;
let jpeg: Promise<{ decode: JpegDecoder; renew: () => Promise<void> }> | undefined;
/** What libjpeg said about the picture at hand; it warns of damage that it has filled in with grey. */
let complaints: string[] = [];
let lastJpeg: Promise<unknown> = Promise.resolve();

function loadJpeg(): NonNullable<typeof jpeg> {
  jpeg ??= (async () => {
    const { default: decode, init } = await import('@jsquash/jpeg/decode.js');
    const wasm = createRequire(import.meta.url).resolve('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm');
    const module = await WebAssembly.compile(readFileSync(wasm));
    const say = (text: string): void => void complaints.push(text);
    const start = init as unknown as (module: WebAssembly.Module, options: object) => Promise<void>;
    const renew = () => start(module, { print: say, printErr: say });
    await renew();
    return { decode: decode as unknown as JpegDecoder, renew };
  })();
  return jpeg;
}

async function decodeJpeg(bytes: Uint8Array, name: string): Promise<Picture> {
  const { decode, renew } = await loadJpeg();
  // One at a time, so that each picture gets its own complaints.
  const turn = lastJpeg.then(async () => {
    complaints = [];
    const result = await decode(bytes as unknown as ArrayBuffer).catch(() => undefined);
    const said = complaints;
    // libjpeg gives up by leaving its program, whose memory is then in no state to decode anything else.
    if (result === undefined) await renew();
    return { result, said };
  });
  lastJpeg = turn;
  const { result, said } = await turn;
  if (result === undefined || said.length > 0) {
    const what = said.join('; ').slice(0, 200) || 'the decoder gave up';
    throw new RangeError(`decodePicture: ${name} must be a whole JPEG, got damage (${what})`);
  }
  const { width, height, data } = result;
  return { width, height, channels: 4, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
}

interface SharpImage {
  toColourspace(space: string): SharpImage;
  raw(): SharpImage;
  toBuffer(options: { resolveWithObject: true }): Promise<{
    data: Buffer;
    info: { width: number; height: number; channels: number };
  }>;
}

async function decodeBySharp(bytes: Uint8Array, name: string): Promise<Picture> {
  const sharp = (await import('sharp').catch((cause: unknown) => {
    throw new RangeError(
      `decodePicture: ${name} must be a PNG or JPEG, got another format; npm install sharp, which reads more`,
      { cause },
    );
  })) as { default: (bytes: Uint8Array) => SharpImage };
  try {
    const { data, info } = await sharp
      .default(bytes)
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
    return { width: info.width, height: info.height, channels: info.channels, data: pixels };
  } catch (error) {
    throw new RangeError(
      `decodePicture: ${name} must be a whole picture, got damage (${(error as Error).message})`,
    );
  }
}

/** 2 and 4 channels end in alpha, which is dropped, as Pillow's `convert` does. */
function toChannels({ width, height, channels, data }: Picture, wanted: 1 | 3): Picture {
  const count = width * height;
  const out = new Uint8Array(count * wanted);
  const colours = channels >= 3;
  for (let i = 0; i < count; i++) {
    const from = i * channels;
    const r = data[from] as number;
    const g = colours ? (data[from + 1] as number) : r;
    const b = colours ? (data[from + 2] as number) : r;
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
