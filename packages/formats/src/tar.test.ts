import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fixtureBytes, fixtureSource, watched } from '../test/fixture.js';
import { isSystemFile, type SkippedFile } from './archive-names.js';
import { bytesSource } from './byte-source.js';
import { readTar, type ReadTarOptions } from './tar.js';

const picture = (i: number) => Uint8Array.from({ length: 40 }, (_, k) => i + k);
const deep = `${'x'.repeat(120)}/b.bin`;
const all = async (source: Parameters<typeof readTar>[0], options?: ReadTarOptions) => {
  const files: Record<string, Uint8Array> = {};
  for await (const { name, bytes } of readTar(source, options)) files[name] = bytes;
  return files;
};
const tar = () => fixtureBytes('links.tar');

describe.each(['links.tar', 'links-gnu.tar.gz'])(
  'readTar: %s, as Python wrote it (test/fixtures/make.py)',
  (name) => {
    it('gives files with long names, and links as the files that they stand for; says what it skips', async () => {
      const skipped: SkippedFile[] = [];
      const files = await all(await fixtureSource(name), { onSkipped: (file) => skipped.push(file) });
      expect(Object.keys(files)).toEqual([
        'cat/a.bin',
        `store/${deep}`,
        'cat/._a.bin',
        'cat/hard.bin',
        'cat/soft.bin',
        `dog/${deep}`,
        'chain.bin',
      ]);
      for (const [file, bytes] of Object.entries(files)) {
        if (!isSystemFile(file)) expect(bytes, file).toEqual(picture(/a.bin|hard/.test(file) ? 1 : 2));
      }
      expect(skipped).toEqual([
        { name: 'pipe.bin', reason: 'an entry of type "6", which is no file' },
        { name: 'outside.bin', reason: 'a link to "../../etc/passwd", which isn\'t in the archive' },
        { name: 'circle.bin', reason: 'a link to "circle.bin", which isn\'t in the archive' },
      ]);
    });

    it('gives what is wanted only, a link whose file is not wanted too', async () => {
      const skipped: SkippedFile[] = [];
      const options = {
        wanted: (file: string) => file === 'cat/hard.bin',
        onSkipped: (file: SkippedFile) => skipped.push(file),
      };
      expect(await all(await fixtureSource(name), options)).toEqual({ 'cat/hard.bin': picture(1) });
      expect(skipped).toEqual([]);
    });
  },
);

describe('readTar', () => {
  it('closes its source, at an early end too', async () => {
    const source = watched(tar());
    for await (const file of readTar(source)) {
      expect(file.name).toBe('cat/a.bin');
      break;
    }
    expect(source.isClosed).toBe(true);
  });

  it('refuses a file that is too large before it takes memory', async () => {
    const bytes = tar();
    const read = all(bytesSource(bytes, 'x.tar'), { maximumBytes: 10 });
    await expect(read).rejects.toThrow(
      'readTar: cat/a.bin of x.tar must take at most 10 bytes of memory, got 40 bytes',
    );
  });

  it.each([
    ['truncated', tar().subarray(0, 1600), /hold all of its files|be a tar archive/],
    ['cut off within gzip', gzipSync(tar()).subarray(0, 200), /x.tar must be a whole archive, got damage/],
    ['something else', gzipSync(Buffer.alloc(2000, 'no tar ')), 'got a header that fails its checksum'],
    ['empty', new Uint8Array(0), 'must be a tar archive, got 0 bytes'],
  ])('refuses what is %s', async (_, bytes, message) => {
    await expect(all(bytesSource(bytes, 'x.tar'))).rejects.toThrow(message);
  });

  it("notices a changed byte by gzip's checksum", async () => {
    const bytes = new Uint8Array(gzipSync(tar(), { level: 0 }));
    const at = bytes.findIndex((_, i) => bytes[i] === 1 && bytes[i + 1] === 2 && bytes[i + 2] === 3);
    bytes[at + 5]! ^= 1;
    await expect(all(bytesSource(bytes, 'x.tar.gz'))).rejects.toThrow('damage (incorrect data check)');
    expect(Object.keys(await all(bytesSource(gunzipSync(fixtureBytes('links-gnu.tar.gz'))))).length).toBe(7);
  });
});
