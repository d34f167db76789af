// The workspace's packages as package-lock.json says, with care: `npm ci` empties node_modules before it asks the registry.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whether npm installs an optional package here: its `os`, `cpu` and `libc` name this machine. */
const musl = process.report.getReport().header.glibcVersionRuntime === undefined;
function isForHere({ os, cpu, libc }, path) {
  const family = libc ?? [/musl/.test(path) ? 'musl' : 'glibc'];
  return (
    (os?.includes(process.platform) ?? false) &&
    (cpu?.includes(process.arch) ?? false) &&
    (process.platform !== 'linux' || family.includes(musl ? 'musl' : 'glibc'))
  );
}

/**
 * Whether node_modules holds what the lock file names, by npm's own account of it (`node_modules/.package-lock.json`) and by the
 * packages' folders.
 */
export function isInstalled(root) {
  const read = (...path) => JSON.parse(readFileSync(join(root, ...path), 'utf8')).packages;
  try {
    const locked = read('package-lock.json');
    const installed = read('node_modules', '.package-lock.json');
    return Object.entries(locked).every(([path, entry]) => {
      if (path === '') return true;
      if (installed[path] === undefined) return entry.optional === true && !isForHere(entry, path);
      // Of the workspace's own packages only the commands are linked; the rest is read from their folders.
      const matters = (found) => JSON.stringify(path.includes('node_modules/') ? found : found.bin);
      return matters(installed[path]) === matters(entry) && existsSync(join(root, path, 'package.json'));
    });
  } catch {
    return false;
  }
}

const INSTALL = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];

/**
 * Brings node_modules to what package-lock.json says. If it is that already, nothing is asked of the network. If npm fails, what was
 * there is there again.
 *
 * @param root - the repository
 * @param npm - runs npm with arguments and gives `{ status, stdout, stderr }`
 * @param say - is told what goes on
 * @returns `undefined`, or what is the matter with the result of the command at fault
 */
export function installPackages(root, npm, say) {
  const modules = join(root, 'node_modules');
  const stamp = join(modules, '.immiscible-setup.json');
  const kept = join(root, '.cache', 'node_modules.before');
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const restore = () => {
    if (!existsSync(kept)) return;
    rmSync(modules, { recursive: true, force: true });
    renameSync(kept, modules);
  };
  try {
    if (JSON.parse(readFileSync(stamp, 'utf8')).lock === lock) return undefined;
  } catch {
    // Not stamped, or not readable: looked at below.
  }
  // A run that was interrupted left its packages here.
  if (existsSync(kept) && !isInstalled(root)) restore();
  if (!isInstalled(root)) {
    // Any registry answers this; a package of the lock file, so that nothing else is asked for.
    const answer = npm(['view', 'ndarray', 'version', '--fetch-retries=0', '--fetch-timeout=20000']);
    const online = answer.status === 0;
    say(
      `setup: installing packages (npm ci${online ? '' : " from npm's cache: the registry doesn't answer"})`,
    );
    if (existsSync(modules)) {
      mkdirSync(join(root, '.cache'), { recursive: true });
      renameSync(modules, kept);
    }
    const result = npm([...INSTALL, ...(online ? [] : ['--offline'])]);
    if (result.status !== 0) {
      restore();
      const message = online
        ? 'setup: npm ci failed; is this the unchanged package-lock.json?'
        : "setup: packages are missing, npm's registry doesn't answer, and npm's cache doesn't hold them; connect and try again";
      return { message: `${message} (node_modules is as it was)`, result };
    }
  }
  rmSync(kept, { recursive: true, force: true });
  writeFileSync(stamp, JSON.stringify({ lock }));
  return undefined;
}
