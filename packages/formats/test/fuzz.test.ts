import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bytesSource,
  decodeCsv,
  decodeIdx,
  decodeNpy,
  decodePickle,
  decodeSafetensors,
  gunzip,
  openNpz,
  openSafetensors,
  openTorch,
  openZip,
  readTar,
} from '../src/index.js';
import { fixtureBytes } from './fixture.js';

/** One to four damages: bytes changed, a cut, a run of one value, a large number, a piece moved. */
const damages = fc.array(
  fc.record({
    kind: fc.constantFrom('byte', 'cut', 'run', 'large', 'move'),
    // Headers are short and at one of the ends: most of the damage goes there.
    place: fc.oneof(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(64),
      fc.integer({ min: -100, max: -1 }),
    ),
    value: fc.nat(255),
    length: fc.integer({ min: 1, max: 16 }),
  }),
  { minLength: 1, maxLength: 4 },
);

type Damage = typeof damages extends fc.Arbitrary<infer T> ? T : never;

function damaged(original: Uint8Array, list: Damage): Uint8Array {
  let bytes = original.slice();
  for (const { kind, place, value, length } of list) {
    const whole = Number.isInteger(place)
      ? place < 0
        ? bytes.length + place
        : place
      : Math.floor(place * bytes.length);
    const at = Math.min(Math.max(0, whole), bytes.length);
    if (kind === 'cut') bytes = bytes.slice(0, at);
    else if (kind === 'byte' && at < bytes.length) bytes[at] = value;
    else if (kind === 'run') bytes.fill(value, at, at + length);
    else if (kind === 'large') bytes.set([255, 255, 255, 127].slice(0, Math.max(0, bytes.length - at)), at);
    else if (kind === 'move') bytes.copyWithin(at, value, Math.min(bytes.length, value + 32));
  }
  return bytes;
}

type Reader = (bytes: Uint8Array) => Promise<unknown>;
const name = 'damaged';
const zip: Reader = async (bytes) => {
  const archive = await openZip(bytesSource(bytes, name));
  return Promise.all(archive.names.map(async (file) => [file, await archive.read(file)]));
};
const npz: Reader = async (bytes) => {
  const file = await openNpz(bytesSource(bytes, name));
  return Promise.all(
    file.names.filter((key) => key !== 'names').map(async (key) => [key, await file.read(key)]),
  );
};
const tar: Reader = async (bytes) => {
  const files: unknown[] = [];
  for await (const file of readTar(bytesSource(bytes, name))) files.push([file.name, file.bytes]);
  return files;
};
const torch: Reader = async (bytes) => (await openTorch(bytesSource(bytes, name))).readFloats();
const safetensors: Reader = async (bytes) => {
  const file = await openSafetensors(bytesSource(bytes, name));
  for (const tensor of file.tensors.keys()) await file.read(tensor);
  return decodeSafetensors(bytes, { name });
};

/** Fixture, reader, and whether the format has a checksum: then what is read at all is what was written. */
const cases: Readonly<Record<string, readonly [Uint8Array, Reader, boolean]>> = {
  idx: [
    Uint8Array.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, ...Array(24).fill(7)]),
    (b) => decodeIdx(b, { name }),
    false,
  ],
  'idx.gz': [fixtureBytes('whole.idx.gz'), (b) => decodeIdx(b, { name }), true],
  gzip: [fixtureBytes('whole.idx.gz'), (b) => gunzip(b, { name }), true],
  npy: [fixtureBytes('header-order.npy'), async (b) => decodeNpy(b, { name }), false],
  npz: [fixtureBytes('arrays.npz'), npz, true],
  'compressed npz': [fixtureBytes('arrays-compressed.npz'), npz, true],
  zip: [fixtureBytes('stored.zip'), zip, true],
  'deflated zip': [fixtureBytes('deflated.zip'), zip, true],
  tar: [fixtureBytes('links.tar'), tar, false],
  'tar.gz': [fixtureBytes('links-gnu.tar.gz'), tar, true],
  safetensors: [fixtureBytes('reference.safetensors'), safetensors, false],
  checkpoint: [fixtureBytes('checkpoint.pth'), torch, true],
  'older checkpoint': [fixtureBytes('checkpoint-legacy.pth'), torch, false],
  csv: [new TextEncoder().encode('a,"b\n""c"\r\n'.repeat(20)), async (b) => decodeCsv(b, { name }), false],
  ...Object.fromEntries(
    [0, 2, 4, 5].map((protocol) => [
      `pickle ${protocol}`,
      [
        fixtureBytes(`data-${protocol}.pickle`),
        async (b: Uint8Array) => decodePickle(b, { name }),
        false,
      ] as const,
    ]),
  ),
};

describe.each(Object.keys(cases))('a damaged file: %s', (kind) => {
  const [original, read, hasChecksum] = cases[kind] as readonly [Uint8Array, Reader, boolean];

  it('is read or refused by name; it neither crashes nor hangs, and a checksum leaves no wrong numbers', async () => {
    const whole = await read(original);
    await fc.assert(
      fc.asyncProperty(damages, async (list) => {
        const found = await read(damaged(original, list)).then(
          (value) => ({ value }),
          (error: unknown) => ({ error }),
        );
        if ('error' in found) {
          expect(found.error).toBeInstanceOf(RangeError);
          expect((found.error as Error).message).toMatch(/must|has no/);
        } else if (hasChecksum) {
          // Names and shapes of an archive's table have no checksum; the contents that they name do.
          expect(isPartOf(found.value, whole), 'contents as they were').toBe(true);
        }
      }),
      { seed: 1, numRuns: 250 },
    );
  });
});

/** Whether each array of bytes or numbers in the one is also in the other. */
function isPartOf(found: unknown, whole: unknown): boolean {
  const contents = new Set(arraysOf(whole).map((array) => String(array)));
  return arraysOf(found).every((array) => contents.has(String(array)));
}

function arraysOf(value: unknown): ArrayLike<number>[] {
  if (ArrayBuffer.isView(value)) return [value as Uint8Array];
  if (value instanceof Map) return [...value.values()].flatMap(arraysOf);
  if (Array.isArray(value)) return value.flatMap(arraysOf);
  return typeof value === 'object' && value !== null && 'data' in value ? arraysOf(value.data) : [];
}
