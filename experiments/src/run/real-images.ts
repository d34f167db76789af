import { toImages } from '@immiscible/datasets';
import { REAL_IMAGES } from '../report/page.js';
import { pngGrid } from '../report/png-grid.js';
import type { RunFolder } from './folder.js';
import type { Parts } from './parts.js';

/** A picture of the data set's first images, to hold the samples against. */
export function realImages({ config, dataset }: Parts, folder: RunFolder): void {
  const count = Math.min(config.grid.count, dataset.images.shape[0] as number);
  folder.write(REAL_IMAGES, pngGrid(toImages(dataset, 0, count).x0));
}
