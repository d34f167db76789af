import { checkBytes } from '@immiscible/core';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { decodeColors, decodeInks } from './decode-sharp.js';
import { jpegSegments } from './jpeg-segments.js';
import type { EncodedPicture, Picture } from './picture.js';

type JpegDecoder = (
  bytes: ArrayBuffer,
) => Promise<{ width: number; height: number; data: Uint8ClampedArray }>;
let jpeg: Promise<{ decode: JpegDecoder; renew: () => Promise<void> }> | undefined;
/** What libjpeg said about the picture at hand; it warns of damage that it has filled in with gray. */
let complaints: string[] = [];
let lastJpeg: Promise<unknown> = Promise.resolve();

/** Each scan goes over all of the picture. Encoders make about ten. */
const MOST_SCANS = 100;

/**
 * A JPEG: by libjpeg (mozjpeg) as WebAssembly, whose bytes are those of other libjpeg users such as Pillow; by sharp with four
 * inks, or colors at half the height (4:4:0). Defects that change no pixel are no damage: bytes between segments or before the end, no end.
 */
export function openJpeg(bytes: Uint8Array): EncodedPicture {
  const { width, height, components, depth, orientation, halfHeight, scans, pixels } = jpegSegments(bytes);
  const kind = ({ 1: 'gray', 3: 'rgb', 4: 'cmyk' } as const)[components];
  if (kind === undefined) throw new Error(`${components} components`);
  if (width === 0 || height === 0) throw new Error(`a size of ${width}×${height}`);
  if (scans > MOST_SCANS) throw new Error(`${scans} scans, of which ${MOST_SCANS} are read at most`);
  const decode = (): Promise<Picture> => {
    // RGBA twice, and the coefficients of a picture in several scans.
    checkBytes('decodePicture', 'a JPEG', width * height * (8 + (scans > 1 ? 2 * components : 0)));
    if (kind === 'cmyk') return decodeInks(pixels);
    // Later versions than this one interpolate such colors.
    return halfHeight ? decodeColors(pixels) : decodeJpeg(pixels);
  };
  return { width, height, kind, depth, orientation, decode };
}

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

async function decodeJpeg(bytes: Uint8Array): Promise<Picture> {
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
  // Only the first complaint is heard. Bytes left over before the end of the file come after all pixels.
  const damage = said.filter((text) => !/extraneous bytes before marker 0xd9/.test(text));
  if (result === undefined || damage.length > 0) {
    throw new Error(damage.join('; ').slice(0, 200) || 'the decoder gave up');
  }
  const { width, height, data } = result;
  return { width, height, channels: 4, data: new Uint8Array(data.buffer, data.byteOffset, data.length) };
}
