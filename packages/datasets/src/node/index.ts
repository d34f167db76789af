export { cifar10, cifar100, type CifarOptions } from './cifar.js';
export { readNpz } from './npz.js';
export { openSafetensors, type SafetensorsFile } from './safetensors.js';
export { readTar, type ReadTarOptions, type TarFile } from './tar.js';
export { openZip, type ZipArchive } from './zip.js';
