import { defineConfig } from 'vitest/config';

/** What every package's tests share: workspace packages are read from source, with no build first. */
export default defineConfig({
  ssr: { resolve: { conditions: ['@immiscible/source'] } },
  test: {
    environment: 'node',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two cores is the smallest machine: one worker a package, Nx runs packages side by side.
    maxWorkers: 1,
    reporters: ['default'],
  },
});
