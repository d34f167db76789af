// Runs what the repository shows, command by command, where it is told to.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ruleOf, RUNS, runsOf } from './command-rules.mjs';
import { environment, root } from './setup.mjs';

const LIMIT = 600_000;

/**
 * What commands get of this process's environment: nothing of the npm that may have started it, which would lead the inner npm back to
 * this repository; no registry; and a cache of their own, but for the native engine, if there is one.
 *
 * @param folder - for the cache
 */
export async function commandEnvironment(folder) {
  const core = pathToFileURL(join(root, 'packages', 'core', 'dist', 'node.js')).href;
  const { cacheFolder } = await import(core);
  const native = join(cacheFolder(), 'native');
  const cache = join(folder, 'cache');
  mkdirSync(cache, { recursive: true });
  if (existsSync(native)) symlinkSync(native, join(cache, 'native'));
  const inherited = Object.entries(environment).filter(([key]) => !/^(?:npm_|INIT_CWD$)/i.test(key));
  return {
    env: {
      ...Object.fromEntries(inherited),
      IMMISCIBLE_CACHE: cache,
      npm_config_offline: 'true',
      npm_config_update_notifier: 'false',
    },
    hasNative: existsSync(native),
  };
}

/** Runs one command. @returns what is wrong with it, or undefined */
export function problemOf(command, { cwd, env, exit = 0, says = /^/ }) {
  const options = { cwd, env, encoding: 'utf8', shell: true, timeout: LIMIT, maxBuffer: 1 << 28 };
  const { status, stdout, stderr, error } = spawnSync(command, options);
  const text = `${stdout}${stderr}${error ?? ''}`;
  const fits = status === exit && says.test(text) && !/\n\s+at .*:\d+:\d+/.test(text);
  return fits
    ? undefined
    : `\`${command}\` must exit with ${exit} and say ${says}, got ${status}:\n${text.slice(-3000)}`;
}

/**
 * @param shown - commands with where they are shown
 * @param options - `cwd`, `env` and `hasNative` as of {@link commandEnvironment}; `place`, 'clone' or 'tarballs'; `all`, whether slow ones too
 * @returns how many `passed` and `failed`, the `notes` about those that weren't run, and the `seconds` of each
 */
export function runShown(shown, { cwd, env, hasNative, place, all, say }) {
  const done = new Map();
  const left = new Map();
  const seconds = [];
  let passed = 0;
  let failed = 0;
  const leave = (why) => left.set(why, (left.get(why) ?? 0) + 1);
  const run = (command, rule) => {
    if (!done.has(command)) {
      const start = Date.now();
      done.set(command, problemOf(command, { cwd, env, ...rule }));
      seconds.push([(Date.now() - start) / 1000, command]);
    }
    return done.get(command);
  };
  if (all) {
    for (const command of RUNS) {
      const problem = run(command, {});
      if (problem === undefined) continue;
      failed++;
      say(`FAIL ${problem}`);
    }
  }
  for (const [command, where] of shown) {
    const rule = ruleOf(command);
    if (rule?.not !== undefined) leave(rule.not);
    else if (rule?.clone && place !== 'clone') leave('needs the repository');
    else if (rule?.slow && !all) leave('slow: run by `node tools/doc-commands.mjs --all`');
    else if (rule?.needsNative && !hasNative) leave('no native engine here: it is a download');
    else {
      const problems =
        rule === undefined
          ? ['no rule of tools/command-rules.mjs says how it is tried; add one']
          : runsOf(rule, command)
              .map((one) => run(one, rule))
              .filter((problem) => problem !== undefined);
      if (problems.length === 0) passed++;
      else {
        failed++;
        say(`FAIL \`${command}\` (${[...where].join(', ')}): ${problems.join('\n')}`);
      }
    }
  }
  const notes = [...left].map(([why, count]) => `note: ${count} not run: ${why}`);
  return { passed, failed, notes, seconds };
}
