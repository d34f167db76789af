import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Where a process runs: numbers of processes mean something only within it. */
export interface Place {
  readonly host: string;
  /** Linux: what tells machines of one name apart, and containers on one machine. */
  readonly machine?: string;
  readonly namespace?: string;
}

/** Where this process runs: what a process number in a lock is a number of. */
export function place(): Place {
  const machine = attempt(() => readFileSync('/etc/machine-id', 'utf8').trim());
  const namespace = attempt(() => readlinkSync('/proc/self/ns/pid'));
  return { host: hostname(), ...(machine && { machine }), ...(namespace && { namespace }) };
}

/** Whether a process of that number is there; one that has ended and that nobody has asked for yet is not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const state = linuxStat(pid)?.[0];
  return state !== 'Z' && state !== 'X';
}

/**
 * When a process began, as a text that is another one for a later process of the same number; undefined where the system doesn't
 * tell.
 */
export function startOf(pid: number): string | undefined {
  const ticks = linuxStat(pid)?.[19];
  if (ticks !== undefined) {
    const boot = attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
    return `${boot ?? ''} ${ticks}`;
  }
  if (process.platform === 'win32') return undefined;
  const ps = (): string =>
    execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  return attempt(ps)?.trim() || undefined;
}

/** What `/proc/PID/stat` has after the program's name, which may hold anything: state first, start as number 19. */
function linuxStat(pid: number): string[] | undefined {
  const text = attempt(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
