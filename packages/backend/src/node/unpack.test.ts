import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { unpackZip } from './unpack.js';

// Python's zipfile, deflated: a/keep.txt ("kept " 20 times, mode 644), a/tool ("#!/bin/sh\n", 755), b/leave.txt.
const ZIP =
  'UEsDBBQAAAAIAAAAIVBQTsTHCgAAAGQAAAAKAAAAYS9rZWVwLnR4dMtOLShRyKYtAQBQSwMEFAAAAAgAAAAhUB2d+wQMAAAACgAAAAYAAABhL3Rv' +
  'b2xTVtRPyszTL87gAgBQSwMEFAAAAAgAAAAhUGjnZ3oGAAAABAAAAAsAAABiL2xlYXZlLnR4dMtJTSsBAFBLAQIUAxQAAAAIAAAAIVBQTsTHCgAA' +
  'AGQAAAAKAAAAAAAAAAAAAACkgQAAAABhL2tlZXAudHh0UEsBAhQDFAAAAAgAAAAhUB2d+wQMAAAACgAAAAYAAAAAAAAAAAAAAO2BMgAAAGEvdG9v' +
  'bFBLAQIUAxQAAAAIAAAAIVBo52d6BgAAAAQAAAALAAAAAAAAAAAAAACkgWIAAABiL2xlYXZlLnR4dFBLBQYAAAAAAwADAKUAAACRAAAAAAA=';
// The same, stored: ../out.txt.
const CLIMBING =
  'UEsDBBQAAAAAAAAAIVCDFtyMAQAAAAEAAAAKAAAALi4vb3V0LnR4dHhQSwECFAMUAAAAAAAAACFQgxbcjAEAAAABAAAACgAAAAAAAAAAAAAAgAEA' +
  'AAAALi4vb3V0LnR4dFBLBQYAAAAAAQABADgAAAApAAAAAAA=';

const folder = mkdtempSync(join(tmpdir(), 'unpack-'));
afterAll(() => rmSync(folder, { recursive: true }));
const zip = (name: string, base64: string) => {
  const path = join(folder, name);
  writeFileSync(path, Buffer.from(base64, 'base64'));
  return path;
};

describe('unpackZip', () => {
  it('unpacks the files that are wanted, with their modes', async () => {
    const files: [string, number, string][] = [];
    const out = join(folder, 'out');
    await unpackZip(
      zip('a.zip', ZIP),
      out,
      (name) => name.startsWith('a/'),
      (...file) => files.push(file),
    );
    expect(readFileSync(join(out, 'a/keep.txt'), 'utf8')).toBe('kept '.repeat(20));
    expect(statSync(join(out, 'a/tool')).mode & 0o777).toBe(0o755);
    expect(existsSync(join(out, 'b'))).toBe(false);
    // The hashes are sha256sum's.
    expect(files).toEqual([
      ['a/keep.txt', 100, '2cc523987c33314eca0a3e07789447d3658274a7930d935232586bb757a09e17'],
      ['a/tool', 10, 'a8076d3d28d21e02012b20eaf7dbf75409a6277134439025f282e368e3305abf'],
    ]);
  });

  it('refuses a name that leads out of the folder', async () => {
    const out = join(folder, 'deep/er');
    await expect(unpackZip(zip('b.zip', CLIMBING), out, () => true)).rejects.toThrow(/relative path/);
    expect(existsSync(join(folder, 'deep/out.txt'))).toBe(false);
  });

  it('fails on a file that is cut short', async () => {
    const cut = zip('c.zip', ZIP.slice(0, 160));
    await expect(unpackZip(cut, join(folder, 'cut'), () => true)).rejects.toThrow();
  });
});
