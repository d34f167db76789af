import { configJsonSchema } from '../config/json-schema.js';
import { loadConfig } from '../config/load.js';
import { say } from '../terminal.js';
import { type Command, text } from './command.js';
import { configFlag } from './run-flags.js';

/** Prints a config, or what a config may say. */
export const config: Command = {
  name: 'config',
  description: 'Print a config as it would be run, with all that it extends, or the JSON Schema of configs',
  flags: {
    ...configFlag,
    schema: { type: 'boolean', description: 'Print the JSON Schema of config files, for editors' },
  },
  async run(given) {
    const printed =
      given.flags['schema'] === true
        ? configJsonSchema()
        : loadConfig(text(given, 'config') ?? 'fashion-ddim');
    say(JSON.stringify(printed, undefined, 2));
    return 0;
  },
};
