/** Flags of Node that say what to run instead of a file: a worker that inherits them would run it instead of its own. */
const EVALUATES =
  /^(-[a-z]*[ep][a-z]*|--eval|--print|--input-type|--experimental-default-type|--test|--check|-c|-i|--interactive)(=|$)/;
/** Flags by which modules are found and loaded, with a value of their own; others are the process's. */
const LOADS = /^(-C|--conditions|-r|--require|--import|--loader|--experimental-loader)(=|$)/;
const PLAIN =
  /^(--enable-source-maps|--no-warnings|--preserve-symlinks|--experimental-strip-types|--experimental-transform-types)$/;

/**
 * The flags that worker threads are to have in a process that was started with these, as `execArgv`: undefined, all of them, unless it
 * evaluates a text (`node --input-type=module -e …`): then only those that find modules.
 *
 * @param given - `process.execArgv`
 */
export function workerFlags(given: readonly string[]): string[] | undefined {
  if (!given.some((flag) => EVALUATES.test(flag))) return undefined;
  return given.flatMap((flag, k) => {
    if (PLAIN.test(flag)) return [flag];
    if (!LOADS.test(flag)) return [];
    return flag.includes('=') ? [flag] : [flag, given[k + 1] ?? ''];
  });
}
