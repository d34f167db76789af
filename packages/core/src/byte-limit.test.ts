import { afterEach, describe, expect, it, vi } from 'vitest';
import { byteLimit, checkBytes } from './byte-limit.js';

afterEach(() => vi.unstubAllEnvs());

describe('byteLimit', () => {
  it.each([
    ['', 4 * 2 ** 30],
    ['8e9', 8e9],
    ['16GiB', 16 * 2 ** 30],
    ['1.5 MiB', 1.5 * 2 ** 20],
    ['4096', 4096],
  ])('reads %j', (text, bytes) => {
    vi.stubEnv('IMMISCIBLE_MAX_BYTES', text);
    expect(byteLimit()).toBe(bytes);
  });

  it.each(['lots', '-1', '0', '4 GB', 'NaN'])('refuses %j', (text) => {
    vi.stubEnv('IMMISCIBLE_MAX_BYTES', text);
    expect(() => byteLimit()).toThrow('IMMISCIBLE_MAX_BYTES must be a number of bytes');
  });
});

describe('checkBytes', () => {
  it('names what is too large, how large, and how the limit is raised', () => {
    checkBytes('readNpy', 'a.npy', 4 * 2 ** 30);
    expect(() => checkBytes('readNpy', 'a.npy', 10 * 2 ** 30)).toThrow(
      'readNpy: a.npy must take at most 4 GiB of memory, got 10 GiB; the environment variable IMMISCIBLE_MAX_BYTES raises the limit (e.g. 16GiB)',
    );
    expect(() => checkBytes('f', 'x', Infinity, 512)).toThrow('at most 512 bytes of memory');
    expect(() => checkBytes('f', 'x', NaN)).toThrow('at most');
  });
});
