export { isSystemFile, type SkippedFile } from './archive-names.js';
export { blobSource, type ByteSource, bytesSource } from './byte-source.js';
export { crc32 } from './crc32.js';
export { decodeCsv, type DecodeCsvOptions, decodeText } from './csv.js';
export { decodePickle, type DecodePickleOptions, type NumpyPickleValue } from './decode-pickle.js';
export {
  decodeSafetensors,
  type DecodeSafetensorsOptions,
  type SafetensorsContent,
} from './decode-safetensors.js';
export type { Numbers } from './element-types.js';
export { encodeNpy, encodeNpz } from './encode-npy.js';
export { encodeSafetensors } from './encode-safetensors.js';
export { encodeZip, type EncodeZipOptions, zipChunks, type ZipContents } from './encode-zip.js';
export { type Float8, float8Table } from './float8.js';
export { bfloat16ToNumber, halfToNumber, numberToBfloat16, numberToHalf } from './half.js';
export { decodeIdx, type DecodeIdxOptions, type IdxArray } from './idx.js';
export { gunzip, type GunzipOptions, isGzip } from './inflate.js';
export { decodeNpy, type DecodeNpyOptions, type NpyFile, openNpy } from './npy.js';
export type { NpyHeader } from './npy-header.js';
export { type NpzFile, openNpz } from './npz.js';
export { type NumpyObject, PickledArray, PickledDtype } from './numpy-builders.js';
export { openSafetensors, type SafetensorsFile } from './open-safetensors.js';
export { openTorch, type OpenTorchOptions, type TorchFile } from './open-torch.js';
export { PickleGlobal, type PickleMap, type PickleValue } from './pickle-types.js';
export {
  type FloatEntry,
  type SafetensorsDtype,
  type SafetensorsEntry,
  toFloat32,
} from './safetensors-dtype.js';
export type { SafetensorsHeader, TensorInfo } from './safetensors-header.js';
export { readTar, type ReadTarOptions, type TarFile } from './tar.js';
export {
  PickledObject,
  type TorchObject,
  TorchStorage,
  TorchTensor,
  type TorchValue,
} from './torch-pickle.js';
export { hex, latin1 } from './text.js';
export { openZip, type OpenZipOptions, type ZipArchive } from './zip.js';
