import { packageVersion, type Program } from '@immiscible/command-line';
import { fetchInceptionCommand } from './commands/fetch-inception.js';
import { fid } from './commands/fid.js';

/** The command `immiscible-fid`. */
export const fidProgram: Program = {
  name: 'npx @immiscible/metrics-fid',
  about: fid.about,
  version: packageVersion(new URL('../package.json', import.meta.url)),
  main: fid,
  commands: [fetchInceptionCommand],
};
