import { drawIndices, imagesAt } from '../registry/draw-images.js';
import { REAL_IMAGES } from '../report/page.js';
import type { RunFolder } from './folder.js';
import type { Parts } from './parts.js';
import { sampleGrid } from './sample-grid.js';

/** A picture of images of the data set, to hold the samples against. */
export function realImages({ config, dataset }: Parts, folder: RunFolder): void {
  const indices = drawIndices(dataset, config.grid.count, 'shown');
  folder.write(REAL_IMAGES, sampleGrid(dataset, imagesAt(dataset, indices)));
}
