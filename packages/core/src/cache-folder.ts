import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * The per-user folder for what the packages download and build: `IMMISCIBLE_CACHE`, else `XDG_CACHE_HOME/immiscible`,
 * else `~/.cache/immiscible`.
 *
 * @param env - the environment variables
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env['IMMISCIBLE_CACHE']) return resolve(env['IMMISCIBLE_CACHE']);
  // The XDG specification: a relative path is to be ignored.
  const xdg = env['XDG_CACHE_HOME'];
  return join(xdg?.startsWith('/') ? xdg : join(homedir(), '.cache'), 'immiscible');
}
