import { runDatasets } from './command.js';

await runDatasets(process.argv.slice(2), console);
