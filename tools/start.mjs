// `npm start [-- FLAGS]`: sets up what is missing, then runs the main job (`immiscible compare`).
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, setup } from './setup.mjs';

const flags = process.argv.slice(2);
const backend =
  flags.find((flag) => flag.startsWith('--backend='))?.slice(10) ?? flags[flags.indexOf('--backend') + 1];
const asked = flags.some((flag) => flag === '--backend' || flag.startsWith('--backend='));
const helpOnly = flags.includes('--help') || flags.includes('-h');
setup({ native: helpOnly || (asked && backend !== 'native') ? 'skip' : 'try' });

const child = spawn(process.execPath, [join(root, 'packages/cli/bin/immiscible.mjs'), 'compare', ...flags], {
  stdio: 'inherit',
});
// Ctrl-C reaches the child by itself from a terminal; it writes its report and ends, and we end with it.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
});
