import { runProgram } from '@immiscible/command-line';
import { datasetsProgram } from '../src/command.js';

/** Runs the command in this process. */
export async function datasets(...args: string[]): Promise<{ out: string; errors: string; code: number }> {
  const [out, errors]: [string[], string[]] = [[], []];
  const code = await runProgram(datasetsProgram, args, {
    log: (line) => void out.push(line),
    error: (line) => void errors.push(line),
  });
  return { out: out.join('\n'), errors: errors.join('\n'), code };
}
