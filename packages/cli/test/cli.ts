import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { ExperimentConfig } from '../src/config/experiment.js';
import { configs } from '../src/configs/index.js';
import type { Summary } from '../src/report/summary.js';
import type { Stat } from '../src/run/stats.js';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Once this text has been printed, `signal` is sent. */
  readonly at?: string;
  /** @defaultValue SIGINT */
  readonly signal?: NodeJS.Signals;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds after which it is killed, and its code null. */
  readonly limit?: number;
}

/** Runs the command line as a process of its own. */
export function cli(argv: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { at, signal = 'SIGINT', cwd, env, limit } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...argv], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd,
      env: { ...process.env, ...env },
      ...(limit !== undefined && { timeout: limit, killSignal: 'SIGKILL' }),
    });
    let stdout = '';
    let stderr = '';
    let sent = false;
    child.stdout.on('data', (data: Buffer) => {
      stdout += data.toString();
      if (at === undefined || sent || !stdout.includes(at)) return;
      sent = child.kill(signal);
    });
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** The least that is a run: a tiny network on tiny images, judged by their values. */
export function tinyConfig(change: Partial<ExperimentConfig> = {}): ExperimentConfig {
  const smoke = configs['smoke'] as ExperimentConfig;
  return {
    ...smoke,
    name: 'tiny',
    title: 'Tiny',
    twins: [
      { name: 'independent', coupling: { kind: 'independent' } },
      { name: 'immiscible', coupling: { kind: 'linearAssignment' } },
    ],
    batchSize: 4,
    steps: 4,
    evaluation: {
      every: 2,
      samples: 8,
      samplingSteps: [1],
      batchSize: 8,
      extractor: 'values',
      referenceImages: 16,
    },
    grid: { count: 4 },
    checkpoint: { every: 2 },
    ...change,
  };
}

/** Writes a config. @returns its path */
export function configFile(folder: string, change: Partial<ExperimentConfig> = {}): string {
  const path = join(folder, 'config.json');
  writeFileSync(path, JSON.stringify(tinyConfig(change)));
  return path;
}

/** All files of a folder with their content. */
export function contentOf(folder: string): Map<string, string> {
  const names = (readdirSync(folder, { recursive: true }) as string[]).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
  return new Map(names.sort().map((name) => [name, readFileSync(join(folder, name), 'base64')]));
}

/** A new folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'immiscible-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function summaryOf(folder: string): Summary {
  return JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8')) as Summary;
}

/** A run's statistics without their times, which no two runs share. */
export function metricsOf(folder: string): Record<string, unknown>[] {
  return readFileSync(join(folder, 'stats.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => {
      const { seconds: _seconds, ...stat } = JSON.parse(line) as Stat & {
        couplingSeconds?: number;
        couplingAheadSeconds?: number;
      };
      delete stat.couplingSeconds;
      delete stat.couplingAheadSeconds;
      return stat;
    });
}
