import { REAL_IMAGES } from '../report/page.js';
import type { RunFolder } from './folder.js';
import type { Parts } from './parts.js';
import { sampleGrid } from './sample-grid.js';

/** A picture of the data set's first images, to hold the samples against. */
export function realImages({ config, dataset }: Parts, folder: RunFolder): void {
  const count = Math.min(config.grid.count, dataset.shape[0]);
  folder.write(REAL_IMAGES, sampleGrid(dataset, dataset.images(0, count)));
}
