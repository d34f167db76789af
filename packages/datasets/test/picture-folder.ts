import { copyFileSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeNpy } from '@immiscible/formats';
import { fixture, fixtureBytes } from './fixture.js';

export const labels = [3, 1, 4, 1, 5, 9];
export const nhwc = decodeNpy(fixtureBytes('cifar-nhwc.npy')).data as Uint8Array;
export const folder = mkdtempSync(join(tmpdir(), 'datasets-'));

/** A new folder with copies of pictures under other names. */
export const folderOf = (name: string, files: Record<string, string>): string => {
  for (const [to, from] of Object.entries(files)) {
    const path = join(folder, name, to);
    mkdirSync(join(path, '..'), { recursive: true });
    copyFileSync(fixture(from), path);
  }
  return join(folder, name);
};

export const local = { workers: 0 } as const;
