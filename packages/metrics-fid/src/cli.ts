import { runMain } from '@immiscible/command-line';
import { fidProgram } from './command.js';

await runMain(fidProgram);
