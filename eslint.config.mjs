import { fileURLToPath } from 'node:url';
import nx from '@nx/eslint-plugin';
import jsdoc from 'eslint-plugin-jsdoc';
import * as jsoncParser from 'jsonc-eslint-parser';
import tseslint from 'typescript-eslint';
import { publicNames } from './tools/public-names.mjs';

/** Arrows only point down: a package may import packages of lower layers (docs/architecture.md). */
const layers = ['0', '1', '2', '3', '4', '5'].map((layer) => ({
  sourceTag: `layer:${layer}`,
  onlyDependOnLibsWithTags: Array.from({ length: Number(layer) }, (_, below) => `layer:${below}`),
}));
const layersWithTesting = layers.map((constraint) => ({
  ...constraint,
  // A package's tests may reach for the private test helpers, a backend to run on, and packages below their layer.
  onlyDependOnLibsWithTags: [
    ...constraint.onlyDependOnLibsWithTags,
    'layer:testing',
    'scope:backend',
    'scope:core',
  ],
}));
const others = [
  { sourceTag: 'layer:testing', onlyDependOnLibsWithTags: ['scope:core'] },
  { sourceTag: 'layer:experiment', onlyDependOnLibsWithTags: ['*'] },
];
const exact = [
  { sourceTag: 'scope:jit', onlyDependOnLibsWithTags: ['scope:core'] },
  { sourceTag: 'scope:command-line', onlyDependOnLibsWithTags: ['scope:core'] },
  { sourceTag: 'scope:backend', onlyDependOnLibsWithTags: ['scope:core', 'scope:command-line'] },
  { sourceTag: 'scope:core', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'scope:assignment', onlyDependOnLibsWithTags: ['scope:core'] },
  { sourceTag: 'scope:formats', onlyDependOnLibsWithTags: ['scope:core'] },
  {
    sourceTag: 'scope:trainer',
    onlyDependOnLibsWithTags: ['scope:core', 'scope:formats', 'scope:jit', 'scope:optim'],
  },
  { sourceTag: 'scope:unet', onlyDependOnLibsWithTags: ['scope:core', 'scope:formats'] },
  { sourceTag: 'scope:optim', onlyDependOnLibsWithTags: ['scope:core'] },
  { sourceTag: 'scope:schedulers', onlyDependOnLibsWithTags: ['scope:core'] },
  { sourceTag: 'scope:sampling', onlyDependOnLibsWithTags: ['scope:core', 'scope:schedulers'] },
  {
    sourceTag: 'scope:datasets',
    onlyDependOnLibsWithTags: ['scope:core', 'scope:command-line', 'scope:formats'],
  },
  {
    sourceTag: 'scope:metrics-fid',
    onlyDependOnLibsWithTags: [
      'scope:core',
      'scope:command-line',
      'scope:formats',
      'scope:datasets',
      'scope:backend',
    ],
  },
];
const pure = [{ sourceTag: 'runtime:pure', bannedExternalImports: ['@tensorflow/*'] }];
const boundaries = (depConstraints) => ({
  '@nx/enforce-module-boundaries': [
    'error',
    {
      enforceBuildableLibDependency: true,
      banTransitiveDependencies: true,
      allowCircularSelfDependency: true,
      allow: [],
      depConstraints,
    },
  ],
});

/** Packages in whose public API each parameter, interface, type and member is documented. */
const documented = [
  'assignment',
  'backend',
  'cli',
  'command-line',
  'consistency',
  'core',
  'coupling',
  'datasets',
  'ddim',
  'edm',
  'flow-matching',
  'formats',
  'jit',
  'metrics-fid',
  'optim',
  'sampling',
  'schedulers',
  'testing',
  'trainer',
  'unet',
];
const documentation = documented.map((name) => {
  const named = `[id.name=/^(${publicNames(fileURLToPath(new URL(`packages/${name}`, import.meta.url))).join('|')})$/]`;
  const type = `ExportNamedDeclaration > TSInterfaceDeclaration${named}`;
  return {
    files: [`packages/${name}/src/**/*.ts`],
    // Still without as well: core's checks of arguments.
    ignores: ['**/*.test.ts', 'packages/core/src/argument-error.ts', 'packages/core/src/checks.ts'],
    plugins: { jsdoc },
    rules: {
      'jsdoc/require-param': [
        'error',
        {
          contexts: [`ExportNamedDeclaration > FunctionDeclaration${named}`],
          checkDestructured: false,
          enableFixer: false,
        },
      ],
      'jsdoc/check-param-names': ['error', { checkDestructured: false, disableMissingParamChecks: true }],
      'jsdoc/require-jsdoc': [
        'error',
        {
          publicOnly: { ancestorsOnly: true },
          require: { FunctionDeclaration: true, ClassDeclaration: true },
          contexts: [
            type,
            `ExportNamedDeclaration > TSTypeAliasDeclaration${named}`,
            `${type} > TSInterfaceBody > TSPropertySignature`,
            `${type} > TSInterfaceBody > TSMethodSignature`,
          ],
          enableFixer: false,
        },
      ],
    },
  };
});

const short = {
  files: ['packages/*/src/**/*.ts'],
  ignores: ['**/*.test.ts'],
  rules: { 'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }] },
};

/** One concept a file; one that has to be longer says why beside the rule that it turns off. */
const shortFiles = {
  files: ['**/*.ts', '**/*.mts', '**/*.mjs'],
  rules: { 'max-lines': ['error', 250] },
};

export default [
  { ignores: ['**/dist', '**/out-tsc', '**/coverage', '**/assembly', '**/runs', '**/.cache', '.nx'] },
  ...nx.configs['flat/base'],
  ...tseslint.configs.recommended,
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts', '**/*.mts', '**/*.mjs'],
    rules: {
      ...boundaries([...layers, ...others, ...exact, ...pure]),
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Randomness is an argument: take an Rng.' },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    plugins: { jsdoc },
    rules: {
      'jsdoc/require-jsdoc': [
        'error',
        {
          publicOnly: true,
          require: { FunctionDeclaration: true, ClassDeclaration: true },
          enableFixer: false,
        },
      ],
    },
  },
  ...documentation,
  short,
  shortFiles,
  {
    files: ['packages/*/src/**/*.ts', 'packages/*/bin/*.mjs', 'tools/*.mjs'],
    rules: {
      // `engines` says Node 20: these came with 20.11 to 20.12.
      'no-restricted-syntax': [
        'error',
        {
          selector:
            "MemberExpression[property.name='parentPath'], MemberExpression[object.type='MetaProperty'][property.name=/^(dirname|filename)$/]",
          message: 'Node 20.0 has no such property: join the paths yourself, or use import.meta.url.',
        },
      ],
    },
  },
  {
    files: ['**/*.test.ts', '**/test/**/*.ts', '**/bench/**/*.ts', '**/bench/**/*.mjs', '**/vitest*.mts'],
    rules: { ...boundaries([...layersWithTesting, ...others]), 'no-console': 'off' },
  },
  {
    files: ['**/vitest.config.mts', '**/bench/**', '**/scripts/**'],
    rules: { '@nx/enforce-module-boundaries': 'off' },
  },
  {
    files: ['tools/**', '**/bench/**', '**/scripts/**', '**/bin/**', '**/src/cli.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['packages/*/package.json', 'experiments/package.json'],
    languageOptions: { parser: jsoncParser },
    rules: {
      '@nx/dependency-checks': [
        'error',
        {
          ignoredFiles: [
            '{projectRoot}/vitest.config.mts',
            '{projectRoot}/eslint.config.mjs',
            '{projectRoot}/**/*.test.ts',
            '{projectRoot}/**/*.test-d.ts',
            '{projectRoot}/test/**/*',
            '{projectRoot}/bench/**/*',
            '{projectRoot}/scripts/**/*',
          ],
          checkVersionMismatches: false,
          // Types of a public signature: imported by no runtime code.
          ignoredDependencies: ['@types/ndarray'],
        },
      ],
    },
  },
];
