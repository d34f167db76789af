export { cacheFolder } from '@immiscible/core/node';
export { type Diagnosis, doctor, type Finding } from './doctor.js';
export { type InstalledNative, installNative, type InstallOptions } from './install.js';
export { type InstallProgress, type OnProgress } from './progress.js';
