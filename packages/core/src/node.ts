export { cacheFolder } from './cache-folder.js';
export { workerFlags } from './worker-flags.js';
