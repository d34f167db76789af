import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandHelp } from '@immiscible/command-line';
import { expect, test } from 'vitest';
import { bench } from '../src/commands/bench.js';
import { compare } from '../src/commands/compare.js';
import { config } from '../src/commands/config.js';
import { evaluate } from '../src/commands/evaluate.js';
import { sample } from '../src/commands/sample.js';
import { summarize } from '../src/commands/summarize.js';
import { toy2d } from '../src/commands/toy-2d.js';
import { train } from '../src/commands/train.js';
import { program } from '../src/program.js';
import { cli, configFile, temporaryFolder } from './cli.js';

const readme = readFileSync(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8');

test(
  'every command of the README, as it is documented, one after the other',
  { timeout: 900_000 },
  async () => {
    const folder = temporaryFolder();
    const config = configFile(folder, { name: 'fashion-ddim', steps: 2 });
    const wasm = '--backend=wasm';
    const run = async (...argv: string[]) => {
      const ended = await cli(argv, { cwd: folder });
      expect([argv, ended.stderr, ended.code]).toEqual([argv, '', 0]);
      return ended.stdout;
    };
    for (const seed of [0, 1])
      await run('compare', '--config', config, '--seed', String(seed), '--out', `runs/ddim-${seed}`, wasm);
    await run('train', `--config=${config}`, '--twin=immiscible', '--no-jit', '--no-thread', wasm);

    // Without --run, that of the link: the train above.
    const newest = readdirSync(join(folder, 'runs')).find((name) =>
      name.startsWith('fashion-ddim-seed0-'),
    ) as string;
    expect(await run('sample', '--count=4', '--sampling-steps=2', '--seed=3', wasm)).toContain(newest);
    expect(existsSync(join(folder, 'samples.png'))).toBe(true);
    expect(await run('evaluate', wasm)).toContain(newest);
    const text = await run(
      'evaluate',
      '--run=runs/ddim-0',
      '--twin=independent',
      '--samples=4',
      '--sampling-steps=1,2',
      '--sampler=heun,churn=1',
      wasm,
    );
    expect(text).toContain('; Heun, churn 1; ');
    // Of the 16 reference images, 4 against the 12 others: as many as there were samples.
    expect(text).toMatch(/4 real images against 12 others: \d/);
    expect(JSON.parse(await run('bench', '--config', config, '--json', wasm))).toMatchObject({
      config: 'fashion-ddim',
    });
    await run(
      'toy-2d',
      '--seeds=1',
      '--steps=5',
      '--method=flow matching',
      '--set=two moons',
      '--out=toy',
      wasm,
    );
    expect(readdirSync(join(folder, 'toy')).sort()).toEqual([
      'README.md',
      'results.json',
      'toy-2d-few.svg',
      'toy-2d-many.svg',
    ]);

    const stdout = await run('summarize', 'runs/ddim-0', 'runs/ddim-1');
    const results = /written to (runs.fashion-ddim-results-\S+)/.exec(stdout)?.[1] as string;
    expect(readdirSync(join(folder, results)).sort()).toEqual(['README.md', 'curves.svg', 'results.json']);

    // Nothing that is there is overwritten: not by default, and what isn't results of such a command never.
    const refused = async (message: string, ...argv: string[]) => {
      const { code, stderr } = await cli(argv, { cwd: folder });
      expect(stderr).toContain(message);
      expect(code).toBe(2);
    };
    const merge = ['summarize', 'runs/ddim-0'];
    await refused('or add --replace to overwrite these results', ...merge, '--out', results);
    await run(...merge, '--out', results, '--replace');
    mkdirSync(join(folder, 'mine'));
    writeFileSync(join(folder, 'mine', 'README.md'), 'mine');
    await refused('which has README.md; choose another', ...merge, '--out=mine', '--replace');
    await refused('which has README.md; choose another', 'toy-2d', '--out=mine', '--replace');
    expect(readFileSync(join(folder, 'mine', 'README.md'), 'utf8')).toBe('mine');
    await refused('--out must be a new file, got samples.png', 'sample', wasm);
    await refused('--out must be a file ending in .png or .safetensors, got x.jpg', 'sample', '--out=x.jpg');

    // A summary from elsewhere: no path, no markup, no escape sequence of it goes through.
    const path = join(folder, 'runs', 'ddim-0', 'summary.json');
    const own = JSON.parse(readFileSync(path, 'utf8')) as { config: object };
    const change = (config: object) =>
      writeFileSync(path, JSON.stringify({ ...own, config: { ...own.config, ...config } }));
    change({ name: '../..' });
    await refused('config.name', ...merge);
    change({ title: 'T\u001b]0;x\u0007 <script>alert(1)</script>' });
    const hostile = await run(...merge);
    expect(hostile).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
    expect(hostile).not.toContain('<script>');
  },
);

test('the list of commands has the flags that each has, and --help fits a terminal', () => {
  const section = readme.slice(readme.indexOf('## Commands'), readme.indexOf('## What a comparison'));
  const rows = [...section.matchAll(/^- `([a-z0-9-]+)`((?:.+\n)+?)(?=- |\n)/gm)].map(
    ([, name = '', text = '']) => ({ name, flags: text.match(/--[a-z-]+/g) ?? [] }),
  );
  const commands = [compare, train, sample, evaluate, bench, summarize, toy2d, config];
  expect(rows.map(({ name }) => name)).toEqual(commands.map(({ name }) => name));
  commands.forEach((command, i) => {
    const shown = commandHelp(command, program);
    expect(shown).toContain(`usage: npx @immiscible/cli ${command.name} [FLAGS]`);
    const known = [...shown.matchAll(/^ {2}(--[a-z-]+)/gm)]
      .map(([, flag]) => flag)
      .filter((flag) => flag !== '--help');
    const told = [...(command === train ? (rows[0]?.flags ?? []) : []), ...(rows[i]?.flags ?? [])];
    expect([command.name, told.sort()]).toEqual([command.name, known.sort()]);
    expect(Math.max(...shown.split('\n').map((line) => line.length))).toBeLessThanOrEqual(96);
  });
});
