export { hostWorker, type HostWorker, type HostWorkerOptions } from './host-worker.js';
export { serveHostSide } from './serve-host-side.js';
