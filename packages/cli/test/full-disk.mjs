// Loaded before the command line: writing to files whose path matches FULL_DISK fails as on a full disk, after FULL_AFTER of them.
// With BROKEN_THREAD, worker threads fail as they begin.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const pattern = new RegExp(process.env.FULL_DISK ?? '(?!)');
let left = Number(process.env.FULL_AFTER ?? 0);

function check(path, flags) {
  if (typeof path !== 'string' || !/[wa]/.test(String(flags)) || !pattern.test(path) || left-- > 0) return;
  const error = new Error(`ENOSPC: no space left on device, open '${path}'`);
  throw Object.assign(error, { code: 'ENOSPC', errno: -28, syscall: 'open', path });
}

const { openSync } = fs;
fs.openSync = (path, flags, mode) => {
  check(path, flags);
  return openSync(path, flags, mode);
};
const { open } = fs.promises;
fs.promises.open = async (path, flags, mode) => {
  check(path, flags);
  return open(path, flags, mode);
};
syncBuiltinESMExports();

if (process.env.BROKEN_THREAD && !isMainThread) throw new Error('this thread is broken');
