// `npm test`: everything that checks the project. Ends with a line `N passed, N failed`; each unit test counts one, and
// so does each other check. `npm test -- NAME ...` runs only those parts.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { root, run, runTool, setup } from './setup.mjs';

const nxFlags = ['--output-style=static', '--nx-bail=false', '--parallel=2'];

/** A command that either passes or fails. */
const command = (name, tool, args) => ({
  name,
  run() {
    const result =
      tool === 'node' ? run(process.execPath, args, { quiet: true }) : runTool(tool, args, { quiet: true });
    return {
      passed: result.status === 0 ? 1 : 0,
      failed: result.status === 0 ? 0 : 1,
      output: result.stdout + result.stderr,
    };
  },
});

/** An Nx target over all projects: one check a project, or the numbers that the target's own runner printed. */
const target = (name, count = countProjects) => ({
  name,
  run() {
    const result = runTool('nx', ['run-many', '-t', name, ...nxFlags], { quiet: true });
    const output = stripVTControlCharacters(result.stdout + result.stderr);
    const counted = count(output);
    // A failure that no runner counted (a suite that doesn't load, a crash) still is one.
    if (result.status !== 0 && counted.failed === 0) counted.failed = 1;
    if (counted.passed + counted.failed === 0) counted.failed = 1;
    return { ...counted, output };
  },
});

function countProjects(output) {
  const total = Number(/Running targets? .* for (\d+) project/.exec(output)?.[1] ?? 0);
  const failures = output.split('Failed tasks:')[1] ?? '';
  const failed = [...failures.matchAll(/^- \S+:\S+$/gm)].length;
  return { passed: Math.max(0, total - failed), failed };
}

function countVitest(output) {
  const sum = (pattern) =>
    [...output.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);
  return {
    passed: sum(/^\s*Tests\s.*?(\d+) passed/gm),
    failed:
      sum(/^\s*Tests\s.*?(\d+) failed/gm) +
      [...output.matchAll(/^\s*Test Files\s+\d+ failed(?!.*passed).*\n\s*Tests\s+no tests/gm)].length,
  };
}

/** The tests of `tools` themselves, by Node's own runner. */
const toolTests = {
  name: 'tools',
  run() {
    // By name: Node takes this very file for a test where it is given the folder.
    const files = readdirSync(join(root, 'tools'))
      .filter((name) => name.endsWith('.test.mjs'))
      .map((name) => join('tools', name));
    const result = run(process.execPath, ['--test', '--test-reporter=tap', ...files], { quiet: true });
    const count = (word) => Number(new RegExp(`^# ${word} (\\d+)$`, 'm').exec(result.stdout)?.[1] ?? 0);
    const failed = count('fail');
    return {
      passed: count('pass'),
      failed: failed === 0 && result.status !== 0 ? 1 : failed,
      output: result.stdout + result.stderr,
    };
  },
};

/** A tool of this folder that prints `WHAT: N passed, N failed`. */
const counting = (name, file) => ({
  name,
  run() {
    const result = run(process.execPath, [file], { quiet: true });
    const counts = /: (\d+) passed, (\d+) failed$/m.exec(result.stdout);
    const output = result.stdout + result.stderr;
    return counts
      ? { passed: Number(counts[1]), failed: Number(counts[2]), output }
      : { passed: 0, failed: 1, output };
  },
});

const parts = [
  command('format', 'prettier', ['--check', '.']),
  command('sync', 'nx', ['sync:check']),
  command('lint tools', 'eslint', ['tools', 'eslint.config.mjs']),
  target('lint'),
  target('typecheck'),
  command('unused', 'knip', ['--no-config-hints']),
  toolTests,
  target('test', countVitest),
  counting('snippets', 'tools/readme-snippets.mjs'),
  counting('commands', 'tools/doc-commands.mjs'),
  counting('bundles', 'tools/bundle-check.mjs'),
  counting('types', 'tools/types-check.mjs'),
  target('pack-check'),
];

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !parts.some((part) => part.name === name));
if (unknown) {
  console.error(`test: NAME must be one of ${parts.map((part) => part.name).join(', ')}, got ${unknown}`);
  process.exit(2);
}
setup();
const sum = { passed: 0, failed: 0 };
for (const part of parts) {
  if (wanted.length && !wanted.includes(part.name)) continue;
  const started = Date.now();
  const { passed, failed, output } = part.run();
  sum.passed += passed;
  sum.failed += failed;
  // `ok`, not `passed`: only the last line of all is the verdict.
  console.log(
    `${part.name.padEnd(12)} ${passed} ok, ${failed} not ok (${Math.round((Date.now() - started) / 1000)} s)`,
  );
  if (failed) console.log(output);
  // What a part says that it left out.
  else for (const [note] of output.matchAll(/^note: .*$/gm)) console.log(`  ${note}`);
}
console.log(`${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed ? 1 : 0;
