import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Summary } from '../src/report/summary.js';
import type { Stat } from '../src/run/stats.js';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the command line as a process of its own.
 *
 * @param interruptAt - once this text has been printed, SIGINT is sent
 */
export function cli(argv: readonly string[], interruptAt?: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    let interrupted = false;
    child.stdout.on('data', (data: Buffer) => {
      stdout += data.toString();
      if (interruptAt === undefined || interrupted || !stdout.includes(interruptAt)) return;
      interrupted = child.kill('SIGINT');
    });
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** A new folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'experiments-'));
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
