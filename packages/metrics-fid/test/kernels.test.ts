import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

describe('src/kernels-binary.ts', () => {
  it('is what assembly/ compiles to', async () => {
    const { compile } = (await import('../../../tools/build-wasm.mjs' as string)) as {
      compile(name: string): Promise<Buffer>;
    };
    const source = readFileSync(new URL('../src/kernels-binary.ts', import.meta.url), 'utf8');
    expect(source).toContain(`'${(await compile('metrics-fid')).toString('base64')}'`);
  }, 60_000);
});
