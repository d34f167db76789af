import { runFid } from './command.js';

await runFid(process.argv.slice(2), console);
