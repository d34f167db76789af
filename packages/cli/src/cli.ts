import { runMain } from '@immiscible/command-line';
import { program } from './program.js';

await runMain(program);
