import { runMain } from '@immiscible/command-line';
import { backendProgram } from './command.js';

await runMain(backendProgram);
