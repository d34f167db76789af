export { CELEBA_CROPS, celebA, type CelebAOptions } from './celeba.js';
export { cifar10, cifar100, type CifarOptions } from './cifar.js';
export { describePath, type DescribeOptions, type PathDescription } from './describe-path.js';
export { download, type DownloadOptions } from './download.js';
export type { SkippedPicture } from './decode-block.js';
export { fetchDataset, type FetchDatasetOptions } from './fetch-dataset.js';
export type { Crop, CropBox } from './fit-picture.js';
export {
  fetchHub,
  type FetchHubOptions,
  hubDataset,
  type HubDataset,
  type HubFile,
  type HubOptions,
} from './hub.js';
export { type ImageFiles, skippedText } from './image-files.js';
export { imageFolder, type ImageFolderOptions } from './image-folder.js';
export { imageTar, type ImageTarOptions } from './image-tar.js';
export { imageZip } from './image-zip.js';
export { KNOWN_DOWNLOADS, type KnownDownload, type KnownDownloadFile } from './known-downloads.js';
export { damagedText } from './decoded-blocks.js';
export { eachPicture, loadImages } from './load-images.js';
export type { LoadImagesOptions } from './load-options.js';
export { openImages, type OpenImagesOptions } from './open-images.js';
export { openPacked, type PackedDataset } from './open-packed.js';
export { packImages } from './pack-images.js';
export { imageParquet, type ImageParquetOptions } from './parquet.js';
export { type PixelMoments, pixelMoments } from './pixel-moments.js';
export { type RecipeCrop } from './recipe-crops.js';
export { type RemoteFile } from './remote-file.js';
export { tinyImageNet, type TinyImageNetOptions } from './tiny-imagenet.js';
