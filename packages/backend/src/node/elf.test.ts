import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { elfDamage } from './elf.js';

const folder = mkdtempSync(join(tmpdir(), 'elf-'));
afterAll(() => rmSync(folder, { recursive: true }));

// The system's linker wrote it: on Linux Node itself is an ELF file.
describe.runIf(process.platform === 'linux' && process.arch === 'x64')('elfDamage', () => {
  it('finds nothing wrong with a whole file', () => {
    expect(elfDamage(process.execPath)).toBeUndefined();
  });

  it('finds a file that is cut short, wherever', () => {
    const whole = readFileSync(process.execPath);
    for (const share of [0.01, 0.5, 0.99]) {
      const path = join(folder, 'cut.so');
      writeFileSync(path, whole.subarray(0, Math.floor(whole.length * share)));
      expect(elfDamage(path)).toMatch(/cut\.so is cut short: \d+ bytes of \d+$/);
    }
  });

  it('finds what is no library, or nothing', () => {
    writeFileSync(join(folder, 'empty.so'), '');
    expect(elfDamage(join(folder, 'empty.so'))).toMatch(/is no ELF library$/);
    expect(elfDamage(join(folder, 'none.so'))).toMatch(/is missing$/);
  });
});
