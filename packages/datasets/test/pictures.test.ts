import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { crc32 } from '@immiscible/formats';
import { decodePicture } from '../src/node/decode.js';
import { fixtureBytes } from './fixture.js';

const options = { channels: 3, convert: true, maximumPixels: 2 ** 26 } as const;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Made by make-pictures.py: files, and what Pillow's `exif_transpose` and `convert('RGB')` give. */
const pillow = JSON.parse(Buffer.from(fixtureBytes('pillow-pictures.json')).toString()) as Record<
  string,
  { file: string; mode: string; size: [number, number]; sha256: string }
>;
const file = (name: string): Uint8Array =>
  new Uint8Array(Buffer.from((pillow[name] as { file: string }).file, 'base64'));

describe('the picture is what Pillow gives, upright and RGB', () => {
  test.each(Object.entries(pillow))('%s', async (name, { size, sha256: expected }) => {
    const { width, height, data } = await decodePicture(file(name), name, options);
    expect([height, width]).toEqual(size);
    expect(sha256(data)).toBe(expected);
  });
});

function chunk(type: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
function png(width: number, height: number, depth: number, color: number, ...chunks: Buffer[]): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([depth, color], 8);
  const magic = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([magic, chunk('IHDR', header), ...chunks, chunk('IEND', new Uint8Array(0))]);
}

describe('small files that ask for much', () => {
  const much = deflateSync(new Uint8Array(50_000_000), { level: 9 });

  test('pixels beyond what the header says are not unpacked', async () => {
    await expect(decodePicture(png(4, 4, 8, 2, chunk('IDAT', much)), 'a.png', options)).rejects.toThrow(
      'a.png must be a whole PNG, got damage (more than 52 bytes of pixels)',
    );
  });

  test('a profile is not unpacked at all', async () => {
    const profile = chunk('iCCP', Buffer.concat([Buffer.from('x\0\0'), much]));
    const pixels = chunk('IDAT', deflateSync(new Uint8Array(52)));
    expect((await decodePicture(png(4, 4, 8, 2, profile, pixels), 'a.png', options)).data).toEqual(
      new Uint8Array(48),
    );
  });

  test('16 bits of 6,000×6,000 pixels need no more than their bytes', async () => {
    const pixels = chunk('IDAT', deflateSync(new Uint8Array(6000 * 12001), { level: 1 }));
    const { data } = await decodePicture(png(6000, 6000, 16, 0, pixels), 'a.png', options);
    expect(data.length).toBe(108_000_000);
  });

  test('what would take more memory than is allowed is refused before it is taken', async () => {
    process.env['IMMISCIBLE_MAX_BYTES'] = '1000';
    try {
      const pixels = chunk('IDAT', deflateSync(new Uint8Array(52)));
      await expect(decodePicture(png(40, 40, 8, 2, pixels), 'a.png', options)).rejects.toThrow(
        /a\.png, a PNG, must take at most 1000 bytes of memory.*IMMISCIBLE_MAX_BYTES/,
      );
    } finally {
      delete process.env['IMMISCIBLE_MAX_BYTES'];
    }
  });

  test.each(['webp/orientation1.webp', 'jpeg/noise-progressive.jpg'])(
    'of pixels there may be as many as are allowed, in %s as in others',
    async (name) => {
      await expect(decodePicture(file(name), 'a', { ...options, maximumPixels: 9 })).rejects.toMatchObject({
        argument: 'a',
        constraint: 'of at most 9 pixels',
        got: expect.stringMatching(/^\d+×\d+$/),
        fix: ['say ', { option: 'maximumPixels' }, ' if it is meant'],
      });
    },
  );

  test('a JPEG of thousands of scans is not gone over that often', async () => {
    const whole = Buffer.from(file('jpeg/noise-progressive.jpg'));
    const at = whole.lastIndexOf(Buffer.from([0xff, 0xda]));
    const scan = whole.subarray(at, whole.length - 2);
    const many = Buffer.concat([
      whole.subarray(0, at),
      ...Array<Buffer>(3000).fill(scan),
      whole.subarray(-2),
    ]);
    await expect(decodePicture(many, 'a.jpg', options)).rejects.toThrow(
      /a\.jpg must be a whole JPEG, got damage \(30\d\d scans, of which 100 are read at most\)/,
    );
  });
});

describe('what is damaged is refused', () => {
  test.each([
    ['jpeg/noise-420.jpg', 40, 'premature end of data segment'],
    ['jpeg/noise-progressive.jpg', 2, 'Premature end of JPEG file'],
    ['png/pieces.png', 30, 'an end within the chunk'],
    ['gif/256.gif', 300, 'pixels'],
    ['bmp/24.bmp', 10, 'bytes of pixels'],
    ['pnm/rgb.ppm', 1, '35 of 36 bytes of pixels'],
    ['webp/lossy.webp', 40, 'got damage'],
    ['tiff/rgb.tif', 700, 'got damage'],
  ])('%s without its last %i bytes', async (name, count, message) => {
    const bytes = file(name);
    const promise = decodePicture(bytes.subarray(0, bytes.length - count), 'cut', options);
    await expect(promise).rejects.toThrow(/^decodePicture: cut must be a whole .*, got damage \(/);
    await expect(promise).rejects.toThrow(message);
  });

  test('a wrong checksum of pixels or palette', async () => {
    const bytes = file('png/color3-4bits.png');
    const palette = Buffer.from(bytes).indexOf('PLTE') + 10;
    bytes[palette] = (bytes[palette] as number) ^ 1;
    await expect(decodePicture(bytes, 'a.png', options)).rejects.toThrow('a wrong CRC-32 of "PLTE"');
  });
});

test('kinds are refused by name unless conversion is asked for; palettes pass as colors', async () => {
  const strict = { ...options, convert: false };
  for (const [name, message] of [
    ['jpeg/smooth-cmyk.jpg', 'x must be rgb, got cmyk'],
    ['pnm/rgb-16bits.ppm', 'x must be rgb with 8 bits, got rgb with 16 bits'],
    ['pnm/grey.pgm', 'x must be rgb, got gray'],
    ['webp/alpha.webp', 'x must be rgb, got a picture with an alpha channel'],
    ['tiff/cmyk.tif', 'x must be rgb, got cmyk'],
  ] as const)
    await expect(decodePicture(file(name), 'x', strict)).rejects.toThrow(message);
  for (const name of ['gif/transparent.gif', 'png/trns-palette.png', 'bmp/8.bmp'])
    expect(sha256((await decodePicture(file(name), 'x', strict)).data)).toBe(pillow[name]?.sha256);
});
