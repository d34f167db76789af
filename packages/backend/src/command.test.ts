import { runProgram } from '@immiscible/command-line';
import { expect, test } from 'vitest';
import { backendProgram } from './command.js';

async function backend(...argv: string[]) {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const code = await runProgram(backendProgram, argv, { log: print, error: print });
  return `${code} ${lines.join('\n')}`;
}

test.each([
  [['instal'], '2 unknown command instal; did you mean install?'],
  [['install', '--gup'], '2 install: unknown flag --gup; did you mean --gpu?'],
  [['install', 'gpu'], '2 install: unexpected word gpu; did you mean --gpu?'],
  [['doctor', '--json=yes'], '2 doctor: --json takes no value, got yes'],
])('%j is refused before anything is done', async (argv, message) => {
  expect(await backend(...argv)).toBe(message);
});

test('help has both commands and their flags', async () => {
  expect(await backend('--help')).toMatch(
    /^0 [^]*install {2,}Put a current [^]*doctor {2,}Say what is there/,
  );
  for (const flag of ['--gpu', '--force', '--quiet', '--json']) {
    expect(await backend('install', '--help')).toContain(`  ${flag} `);
  }
});
