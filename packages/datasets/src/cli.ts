import { runMain } from '@immiscible/command-line';
import { datasetsProgram } from './command.js';

await runMain(datasetsProgram);
