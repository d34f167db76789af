import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cacheFolder } from './cache-folder.js';

describe('cacheFolder', () => {
  it('is IMMISCIBLE_CACHE where that is set', () => {
    expect(cacheFolder({ IMMISCIBLE_CACHE: '/big/disk', XDG_CACHE_HOME: '/xdg' })).toBe('/big/disk');
  });

  it('follows the XDG base directory specification, which ignores relative paths', () => {
    expect(cacheFolder({ XDG_CACHE_HOME: '/xdg' })).toBe('/xdg/immiscible');
    expect(cacheFolder({ XDG_CACHE_HOME: 'xdg' })).toBe(join(homedir(), '.cache/immiscible'));
    expect(cacheFolder({})).toBe(join(homedir(), '.cache/immiscible'));
  });
});
