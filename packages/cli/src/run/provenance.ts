import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

/** The checked-out commit of this code, or null outside a git checkout. */
export function gitState(
  folder: string = fileURLToPath(new URL('.', import.meta.url)),
): { commit: string; dirty: boolean } | null {
  // Installed from npm, the checkout around it is somebody else's.
  if (folder.split(/[/\\]/).includes('node_modules')) return null;
  const git = (...args: string[]): string =>
    execFileSync('git', args, {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    return {
      commit: git('rev-parse', 'HEAD'),
      dirty: git('status', '--porcelain', '--untracked-files=no') !== '',
    };
  } catch {
    return null;
  }
}

/** What the seconds depend on. */
export function machine(): { cpu: string; cores: number; node: string } {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() || 'unknown processor',
    cores: processors.length,
    node: process.versions.node,
  };
}
