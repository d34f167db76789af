// `node tools/readme-snippets.mjs [FILE …]`: type-checks and runs every ```ts block of the READMEs and docs as a module of its own, against the built packages.
// A block marked ```ts file=NAME.ts is one that the other blocks of its document can import; NAME.test.ts is run by Vitest.
// A block marked ```ts no-run is skipped. Prints one line a block; exits 1 if one fails.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { root } from './setup.mjs';

const folder = join(root, '.cache', 'snippets');

function markdownFiles(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      return ['node_modules', 'dist', 'out-tsc', 'runs', '.git', '.nx', '.cache', 'data'].includes(entry.name)
        ? []
        : markdownFiles(path);
    }
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

/** The runnable blocks of one file, with the line on which each starts. */
function blocks(file) {
  const lines = readFileSync(file, 'utf8').split('\n');
  const found = [];
  for (let i = 0; i < lines.length; i++) {
    const fence = /^```ts\s*(.*)$/.exec(lines[i]);
    if (!fence) continue;
    const start = i + 1;
    while (++i < lines.length && lines[i] !== '```');
    if (!fence[1].includes('no-run')) {
      const title = `${relative(root, file)}:${start}`;
      const slug = (text) => text.replace(/[^a-z0-9]+/gi, '-');
      const [, named] = /\bfile=([\w-]+(?:\.test)?)\.ts\b/.exec(fence[1]) ?? [];
      found.push({
        title,
        code: lines.slice(start, i).join('\n'),
        isTest: named?.endsWith('.test') ?? false,
        module: named === undefined ? slug(title) : join(slug(relative(root, file)), named),
      });
    }
  }
  return found;
}

/** What Node is called with for a block. */
function commandOf(file, isTest) {
  return isTest
    ? [vitest, 'run', '--root', join(folder, dirname(file)), basename(file)]
    : [join(folder, file)];
}

const asked = process.argv.slice(2).map((file) => join(root, file));
const snippets = (asked.length > 0 ? asked : markdownFiles(root)).flatMap(blocks);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const { module, code } of snippets) {
  mkdirSync(dirname(join(folder, module)), { recursive: true });
  writeFileSync(join(folder, `${module}.ts`), `${code}\nexport {};\n`);
}

const program = ts.createProgram(
  snippets.map(({ module }) => join(folder, `${module}.ts`)),
  {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
    types: ['node'],
    strict: true,
    skipLibCheck: true,
    outDir: folder,
    rootDir: folder,
  },
);
program.emit();
const problems = ts.getPreEmitDiagnostics(program);

let failed = 0;
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
for (const { title, module, isTest } of snippets) {
  const types = problems.filter((problem) => problem.file?.fileName.endsWith(`/${module}.ts`));
  const text = types.map((problem) => ts.flattenDiagnosticMessageText(problem.messageText, '\n')).join('\n');
  const result = text
    ? undefined
    : spawnSync(process.execPath, commandOf(`${module}.js`, isTest), {
        cwd: folder,
        encoding: 'utf8',
        timeout: 180_000,
      });
  const passed = result?.status === 0;
  if (!passed) failed++;
  console.log(`${passed ? 'ok  ' : 'FAIL'} ${title}`);
  if (!passed) console.log(text || `${result.stdout}${result.stderr}${result.error ?? ''}`);
}
console.log(`snippets: ${snippets.length - failed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
