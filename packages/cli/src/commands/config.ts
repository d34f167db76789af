import { type Command, defineCommand } from '@immiscible/command-line';
import { configJsonSchema } from '../config/json-schema.js';
import { loadConfig } from '../config/load.js';
import { configFlag, DEFAULT_CONFIG } from './run-flags.js';

/** Prints a config, or what a config may say. */
export const config: Command = defineCommand({
  name: 'config',
  about: 'Print a config as it would be run, with all that it extends, or the JSON Schema of configs',
  flags: {
    ...configFlag,
    schema: { kind: 'boolean', about: 'print the JSON Schema of config files, for editors' },
  },
  run: async ({ flags }, terminal) => {
    const printed = flags.schema ? configJsonSchema() : loadConfig(flags.config ?? DEFAULT_CONFIG);
    terminal.log(JSON.stringify(printed, undefined, 2));
  },
});
