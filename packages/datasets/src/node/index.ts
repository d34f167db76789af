export { CELEBA_CROPS, celebA, type CelebAOptions } from './celeba.js';
export { cifar10, cifar100, type CifarOptions } from './cifar.js';
export { download, type DownloadOptions, type RemoteFile } from './download.js';
export type { SkippedPicture } from './decode-block.js';
export type { Crop, CropBox } from './fit-picture.js';
export {
  fetchHub,
  type FetchHubOptions,
  hubDataset,
  type HubDataset,
  type HubFile,
  type HubOptions,
} from './hub.js';
export type { ImageFiles } from './image-files.js';
export { imageFolder, type ImageFolderOptions } from './image-folder.js';
export { imageTar, type ImageTarOptions } from './image-tar.js';
export { imageZip } from './image-zip.js';
export {
  fetchDataset,
  type FetchDatasetOptions,
  KNOWN_DOWNLOADS,
  type KnownDownload,
  type KnownDownloadFile,
} from './known-downloads.js';
export { eachPicture, loadImages, type LoadImagesOptions } from './load-images.js';
export { describePath, type Found, openImages } from './open-images.js';
export { openPacked, type PackedDataset, packImages } from './packed.js';
export { imageParquet, type ImageParquetOptions } from './parquet.js';
export { type PixelMoments, pixelMoments } from './pixel-moments.js';
export { type RecipeCrop } from './recipe-crops.js';
export { tinyImageNet, type TinyImageNetOptions } from './tiny-imagenet.js';
