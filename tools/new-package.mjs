// Makes the skeleton of a package:
//   node tools/new-package.mjs NAME LAYER pure|tfjs "One line about its one idea" [WORKSPACE_DEPENDENCY ...]
// Then: npm install, npx nx sync.
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [name, layer, runtime, description, ...dependencies] = process.argv.slice(2);
if (!name || !layer || !['pure', 'tfjs'].includes(runtime) || !description) {
  console.error('usage: node tools/new-package.mjs NAME LAYER pure|tfjs "DESCRIPTION" [DEPENDENCY ...]');
  process.exit(2);
}
const isPrivate = layer === 'experiment';
const root = layer === 'experiment' ? name : join('packages', name);
const up = layer === 'experiment' ? '..' : '../..';
if (existsSync(join(root, 'package.json'))) {
  console.error(`new-package: ${root} must not exist yet; choose another name`);
  process.exit(2);
}
mkdirSync(join(root, 'src'), { recursive: true });
const write = (file, content) =>
  writeFileSync(
    join(root, file),
    typeof content === 'string' ? content : JSON.stringify(content, null, 2) + '\n',
  );

write('package.json', {
  name: `@immiscible/${name}`,
  version: '0.1.0',
  ...(isPrivate ? { private: true } : {}),
  description,
  license: 'MIT',
  repository: { type: 'git', url: 'git+https://github.com/immiscible/immiscible.git', directory: root },
  type: 'module',
  sideEffects: false,
  engines: { node: '>=20' },
  exports: {
    './package.json': './package.json',
    '.': {
      '@immiscible/source': './src/index.ts',
      types: './dist/index.d.ts',
      default: './dist/index.js',
    },
  },
  files: ['dist', 'src', '!**/*.test.ts', '!**/*.test-d.ts', '!**/*.tsbuildinfo'],
  ...(isPrivate ? {} : { publishConfig: { access: 'public' } }),
  dependencies: {
    ...Object.fromEntries(dependencies.map((d) => [`@immiscible/${d}`, '^0.1.0'])),
  },
  ...(runtime === 'tfjs' ? { peerDependencies: { '@tensorflow/tfjs-core': '^4.22.0' } } : {}),
  nx: {
    tags: [`layer:${layer}`, `runtime:${runtime}`, `scope:${name}`],
    ...(isPrivate
      ? {}
      : {
          targets: {
            'pack-check': { command: `node ${up}/tools/pack-check.mjs`, options: { cwd: '{projectRoot}' } },
          },
        }),
  },
});
write('tsconfig.json', {
  extends: `${up}/tsconfig.base.json`,
  files: [],
  include: [],
  references: [{ path: './tsconfig.lib.json' }, { path: './tsconfig.spec.json' }],
});
write('tsconfig.lib.json', {
  extends: `${up}/tsconfig.base.json`,
  compilerOptions: {
    rootDir: 'src',
    outDir: 'dist',
    tsBuildInfoFile: 'dist/tsconfig.lib.tsbuildinfo',
    isolatedDeclarations: true,
  },
  include: ['src/**/*.ts'],
  exclude: ['src/**/*.test.ts', 'src/**/*.test-d.ts'],
  references: [],
});
write('tsconfig.spec.json', {
  extends: `${up}/tsconfig.base.json`,
  compilerOptions: {
    outDir: './out-tsc',
    noEmit: false,
    emitDeclarationOnly: true,
    types: ['vitest/globals', 'node'],
  },
  include: ['src/**/*.test.ts', 'src/**/*.test-d.ts', 'test/**/*.ts', 'bench/**/*.ts'],
  references: [{ path: './tsconfig.lib.json' }],
});
write(
  'vitest.config.mts',
  `import { defineConfig, mergeConfig } from 'vitest/config';
import shared from '${up}/vitest.shared.mjs';

export default mergeConfig(shared, defineConfig({ test: { name: '${name}' } }));
`,
);
if (!isPrivate) copyFileSync('LICENSE', join(root, 'LICENSE'));
write('README.md', `# @immiscible/${name}\n\n${description}.\n`);
write('src/index.ts', 'export {};\n');
