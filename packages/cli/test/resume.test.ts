import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, configFile, contentOf, metricsOf, summaryOf, temporaryFolder } from './cli.js';

const timeout = 600_000;
const sorted = (run: string) =>
  metricsOf(run)
    .map((metric) => JSON.stringify(metric))
    .sort();

test(
  'a run that is killed goes on by --resume latest as if it had not been; while it runs nobody else writes to it; once it is over, nothing does',
  { timeout },
  async () => {
    const folder = temporaryFolder();
    const cwd = folder;
    const config = configFile(folder, { steps: 60 });
    const whole = await cli(['compare', `--config=${config}`, '--backend=wasm', '--out=whole'], { cwd });
    expect(whole.code).toBe(0);
    expect(existsSync(join(folder, 'latest'))).toBe(false);

    // Begun by npm start's command, in runs/, and killed after its first report.
    const killed = await cli(['compare', `--config=${config}`, '--backend=wasm'], {
      cwd,
      at: 'step 4 ',
      signal: 'SIGKILL',
    });
    expect(killed.code).toBeNull();
    const [name = ''] = readdirSync(join(folder, 'runs')).filter((one) => one !== 'latest');
    const run = join(folder, 'runs', name);
    expect(readlinkSync(join(folder, 'runs', 'latest'))).toBe(name);

    // The lock of the killed process is there, and taken over; a second resume is refused while the first one runs.
    expect(existsSync(join(run, 'run.lock'))).toBe(true);
    const [first, second] = await Promise.all([
      cli(['compare', '--resume', 'latest', '--backend=wasm'], { cwd }),
      cli(['compare', '--resume=runs/latest', '--backend=wasm'], { cwd }),
    ]);
    expect([first.code, second.code].sort()).toEqual([0, 2]);
    const [done, refused] = first.code === 0 ? [first, second] : [second, first];
    expect(done.stderr).toBe('');
    expect(refused.stderr).toMatch(
      /the run's folder must be free, got one that process \d+ of .* has written to since/,
    );
    expect(summaryOf(run)).toMatchObject({ status: 'finished', twins: [{ steps: 60 }, { steps: 60 }] });
    expect(sorted(run)).toEqual(sorted(join(folder, 'whole')));
    expect(lstatSync(join(folder, 'runs', 'latest')).isSymbolicLink()).toBe(true);
    expect(readlinkSync(join(folder, 'runs', 'latest'))).toBe(name);
    expect(readdirSync(run).sort()).toEqual(readdirSync(join(folder, 'whole')).sort());

    // Finished: nothing is written, also where the log is gone.
    rmSync(join(run, 'stats.jsonl'));
    const before = contentOf(run);
    const again = await cli(['compare', '--resume=latest', '--backend=wasm'], { cwd });
    expect(again.code).toBe(0);
    expect(again.stdout).toContain(
      'the run is finished: nothing is left to do, and its results are left as they are',
    );
    expect(again.stderr).toContain('120 of 120 steps are missing');
    expect(contentOf(run)).toEqual(before);
  },
);

test(
  'files of the user called latest stay, and so does what --out would overwrite',
  { timeout },
  async () => {
    const folder = temporaryFolder();
    const cwd = folder;
    writeFileSync(join(folder, 'latest'), 'my notes');
    const config = configFile(folder, { steps: 2 });
    const argv = ['compare', `--config=${config}`, '--backend=wasm'];
    expect((await cli([...argv, '--out=./run'], { cwd })).code).toBe(0);
    expect(readFileSync(join(folder, 'latest'), 'utf8')).toBe('my notes');
    const { code, stderr } = await cli([...argv, '--out', ''], { cwd });
    expect(stderr).toContain('--out must have a value, got none');
    expect(code).toBe(2);
  },
);
