import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { describePath, openImages, packImages } from '../src/node/index.js';
import { fixture } from './fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'datasets-'));
afterAll(() => rmSync(folder, { recursive: true }));
for (const [name, copies] of [
  ['cat', 1],
  ['dog', 3],
] as const) {
  mkdirSync(join(folder, 'pets', name), { recursive: true });
  for (let k = 0; k < copies; k++) {
    copyFileSync(fixture('pictures/rgb.png'), join(folder, 'pets', name, `${k}.png`));
  }
}

it('counts the classes of a folder, and of the file that it is packed into', async () => {
  const classes = [
    { name: 'cat', count: 1 },
    { name: 'dog', count: 3 },
  ];
  expect(await describePath(join(folder, 'pets'))).toEqual({
    kind: 'pictures',
    name: 'pets',
    count: 4,
    classes,
  });
  const files = await openImages(join(folder, 'pets'));
  const packed = join(folder, 'pets.pack');
  const { shape, sha256 } = await packImages(files, packed, { workers: 0 });
  await files.close();
  const expected = { kind: 'packed file', name: 'pets', count: 4, shape: [...shape], classes, sha256 };
  expect(await describePath(packed, { verify: true })).toEqual(expected);
});

it('opens archives by their names', async () => {
  for (const [name, count] of [
    ['edm.zip', 6],
    ['hf.parquet', 6],
  ] as const) {
    expect(await describePath(fixture(name))).toMatchObject({ kind: 'pictures', count });
  }
  expect((await describePath(fixture('pictures.tar.gz'))).count).toBeGreaterThan(3);
});

it('says what is not there, of another kind, or changed', async () => {
  await expect(openImages(join(folder, 'absent'))).rejects.toThrow("absent, which isn't there");
  const text = join(folder, 'notes.txt');
  writeFileSync(text, 'nothing');
  await expect(openImages(text)).rejects.toThrow(/must be a folder, a \.zip.* notes\.txt|notes\.txt/);
  await expect(describePath(text)).rejects.toThrow('must be a complete packed data set');
  const packed = join(folder, 'pets.pack');
  const { readFileSync } = await import('node:fs');
  const bytes = readFileSync(packed);
  bytes[5000] = (bytes[5000] as number) ^ 1;
  writeFileSync(packed, bytes);
  await expect(describePath(packed, { verify: true })).rejects.toThrow(RangeError);
});
