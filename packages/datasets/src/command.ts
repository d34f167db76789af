import { packageVersion, type Program } from '@immiscible/command-line';
import { fetchCommand } from './commands/fetch.js';
import { info } from './commands/info.js';
import { pack } from './commands/pack.js';

/** The command `immiscible-datasets`. */
export const datasetsProgram: Program = {
  name: 'npx @immiscible/datasets',
  about: 'Image data sets: get them, pack them, look at them',
  version: packageVersion(new URL('../package.json', import.meta.url)),
  commands: [pack, info, fetchCommand],
};
