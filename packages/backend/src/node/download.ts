import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand, tail } from './command.js';
import { hashFile } from './file-record.js';
import { installError, type OnProgress } from './progress.js';
import { type Release, type Wheel, WHEEL_TARGET } from './releases.js';

/** A way to call pip: a command and its first arguments. */
export type Pip = readonly [command: string, ...args: string[]];

/**
 * The first pip that answers.
 *
 * @throws EngineError naming what is missing
 */
export async function findPip(env: NodeJS.ProcessEnv = process.env): Promise<Pip> {
  const pythons = env['PYTHON'] ? [env['PYTHON']] : ['python3', 'python'];
  const candidates: Pip[] = [...pythons.map((python): Pip => [python, '-m', 'pip']), ['pip3'], ['pip']];
  let python: string | undefined;
  for (const [command, ...args] of candidates) {
    const result = await runCommand(command, [...args, '--version'], { env });
    if (result.status === 0) return [command, ...args];
    if (args.length > 0 && !result.missing) python ??= command;
  }
  throw python
    ? installError({
        constraint: 'pip must be there',
        found: `${python} without it`,
        fix: 'install it (Debian, Ubuntu: apt-get install python3-pip)',
      })
    : installError({
        constraint: 'Python 3 with pip must be on the PATH',
        found: 'neither python3 nor pip3',
        fix: 'install it (Debian, Ubuntu: apt-get install python3-pip) or name one in PYTHON',
      });
}

/** The wheels of `folder` by their hash; a damaged or foreign file is under no wanted hash. */
async function wheelsIn(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.whl'));
  const found = new Map<string, string>();
  for (const name of names) found.set(hashFile(join(folder, name)), join(folder, name));
  return found;
}

async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const sizes = entries.map((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return folderBytes(path);
    return stat(path).then(
      ({ size }) => size,
      () => 0,
    );
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function downloadError(output: string): Error {
  if (/DO NOT MATCH THE HASHES/i.test(output)) {
    return installError({
      constraint: 'the downloaded wheel must have the pinned SHA-256',
      found: 'another file',
      fix: 'try again, and ask who runs your package index if it stays so',
      output: tail(output),
    });
  }
  if (
    /NewConnectionError|ConnectTimeout|NameResolution|Could not find a version|ReadTimeout|ProxyError|SSLError/.test(
      output,
    )
  ) {
    return installError({
      constraint: 'pip must reach a package index that has the wheel',
      found: 'no answer or no such file',
      fix: "check the network, or pip's settings for an index or proxy",
      output: tail(output, 3),
    });
  }
  return installError({
    constraint: 'pip download must succeed',
    found: 'an error',
    fix: 'see its output',
    output: tail(output),
  });
}

/** Where wheels go, how pip is called, and who is told. */
export interface DownloadOptions {
  readonly folder: string;
  readonly pip: Pip;
  readonly onProgress: OnProgress;
}

/**
 * Downloads a release's wheels into `folder` with pip, pinned by version and SHA-256. Wheels that an earlier,
 * interrupted run left there are used again.
 *
 * @returns the wheels' paths
 * @throws EngineError if pip or the network is missing, or a hash does not match
 */
export async function downloadWheels(release: Release, options: DownloadOptions): Promise<string[]> {
  const { folder, pip, onProgress } = options;
  await mkdir(folder, { recursive: true });
  let found = await wheelsIn(folder);
  const missing = release.wheels.filter((wheel) => !found.has(wheel.sha256));
  if (missing.length > 0) {
    const report = async () => {
      const fraction = Math.min(1, (await folderBytes(folder)) / release.downloadBytes);
      const megabytes = Math.round(release.downloadBytes / 1e6);
      onProgress({
        stage: 'download',
        message: `downloading ${missing.map(({ project }) => project).join(', ')} (${megabytes} MB)`,
        fraction,
      });
    };
    await report();
    const timer = setInterval(() => void report(), 500);
    await pipDownload(missing, folder, pip).finally(() => clearInterval(timer));
    found = await wheelsIn(folder);
  }
  return release.wheels.map((wheel) => {
    const path = found.get(wheel.sha256);
    if (!path) {
      throw installError({
        constraint: `${wheel.project} ${wheel.version} must be in ${folder} with its pinned SHA-256`,
        found: 'another file or none',
        fix: 'delete that folder and try again',
      });
    }
    return path;
  });
}

async function pipDownload(wheels: readonly Wheel[], folder: string, [command, ...args]: Pip): Promise<void> {
  // pip's own temporary files go where the space was checked, and are counted for the progress.
  const temporary = join(folder, 'pip-tmp');
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  const requirements = join(folder, 'requirements.txt');
  const lines = wheels.map(
    ({ project, version, sha256 }) => `${project}==${version} --hash=sha256:${sha256}\n`,
  );
  await writeFile(requirements, lines.join(''));
  const result = await runCommand(
    command,
    [
      ...args,
      'download',
      '--no-deps',
      '--require-hashes',
      '--no-cache-dir',
      '--progress-bar=off',
      '--disable-pip-version-check',
      '--retries=2',
      ...WHEEL_TARGET,
      `--dest=${folder}`,
      `--requirement=${requirements}`,
    ],
    { env: { ...process.env, TMPDIR: temporary } },
  );
  await rm(temporary, { recursive: true, force: true });
  if (result.status !== 0) throw downloadError(result.stdout + result.stderr);
}
