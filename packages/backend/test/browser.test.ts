import { fileURLToPath } from 'node:url';
import { build, type Rollup } from 'vite';
import { describe, expect, it } from 'vitest';

describe('in a bundle for the browser', () => {
  it('nothing of Node is reachable from the package', async () => {
    const modules: string[] = [];
    const result = (await build({
      configFile: false,
      logLevel: 'silent',
      // TF.js is left outside: it has entries of its own for the browser.
      build: {
        write: false,
        minify: false,
        lib: { entry: fileURLToPath(new URL('../src/index.ts', import.meta.url)), formats: ['es'] },
        rollupOptions: { external: /^@tensorflow\// },
      },
      resolve: { conditions: ['@immiscible/source', 'browser'] },
      plugins: [{ name: 'list', moduleParsed: ({ id }) => void modules.push(id) }],
    })) as Rollup.RollupOutput[];
    const code = result
      .flatMap(({ output }) => output.map((file) => ('code' in file ? file.code : '')))
      .join('\n');
    expect(code).toContain('selectBackend');
    expect(modules.filter((id) => id.includes('/node/') || id.startsWith('node:'))).toEqual([]);
    expect(modules.some((id) => id.endsWith('native-engine.browser.ts'))).toBe(true);
    expect(code).not.toMatch(/from ["']node:|require\(|__vite-browser-external/);
  });
});
