import { defineConfig, mergeConfig } from 'vitest/config';
import shared from '../../vitest.shared.mjs';

export default mergeConfig(
  shared,
  // Tests of the command line run what is built, as users do.
  defineConfig({ test: { name: 'cli', globalSetup: './test/build.ts' } }),
);
