import { expect, it, vi } from 'vitest';
import { openFile } from './index.js';

const SIZE = 2 ** 31 + 2 ** 20;
const asked = vi.hoisted((): { offset: number; length: number; position: number }[] => []);

// A file as Node and Linux read it: lengths are of 31 bits, and fewer bytes may come than are asked for.
vi.mock('node:fs/promises', () => ({
  open: async () => ({
    stat: async () => ({ isFile: () => true, size: SIZE }),
    read: async (_: Uint8Array, offset: number, length: number, position: number) => {
      if (length > 0x7fffffff) throw new RangeError(`ERR_OUT_OF_RANGE: length ${length}`);
      asked.push({ offset, length, position });
      return { bytesRead: Math.min(length, 3 * 2 ** 28) };
    },
    close: async () => {},
  }),
}));

it('more than 2 GiB are read in parts that follow each other', async () => {
  const source = await openFile('large');
  // Never written to, so that it takes no memory.
  await source.readInto(new Uint8Array(SIZE - 1), 1);
  let next = 0;
  for (const { offset, length, position } of asked) {
    expect([offset, position]).toEqual([next, next + 1]);
    next += Math.min(length, 3 * 2 ** 28);
  }
  expect(next).toBe(SIZE - 1);
  await source.close();
});
