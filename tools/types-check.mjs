// Checks that the declarations of the packages that know no tensors hold by themselves, without `skipLibCheck`, as a reader's compiler
// sees them: from `dist`. (Those of TensorFlow.js 4.22 don't, so packages whose types name tensors can't be checked so.)
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root } from './setup.mjs';

const PACKAGES = ['core', 'assignment', 'coupling', 'datasets', 'formats'];
const folder = join(root, '.cache', 'types');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

let failed = 0;
for (const name of PACKAGES) {
  const file = join(folder, `${name}.mts`);
  writeFileSync(file, `export * from '@immiscible/${name}';\n`);
  const program = ts.createProgram([file], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.asynciterable.d.ts'],
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
  });
  const problems = ts.getPreEmitDiagnostics(program);
  if (problems.length > 0) {
    failed++;
    const host = {
      getCurrentDirectory: () => root,
      getCanonicalFileName: (path) => path,
      getNewLine: () => '\n',
    };
    console.log(`FAIL @immiscible/${name}\n${ts.formatDiagnostics(problems.slice(0, 10), host)}`);
  }
}
console.log(`types: ${PACKAGES.length - failed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
