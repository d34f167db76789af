import '@tensorflow/tfjs';
import { fashionFeatures, randomFeatures, valueFeatures } from '@immiscible/metrics-fid';
import { describeFeatureExtractor } from '@immiscible/testing/host';

describeFeatureExtractor('fashionFeatures', () => fashionFeatures(), { imageShape: [28, 28, 1] });
describeFeatureExtractor('randomFeatures', () => randomFeatures({ channels: 2 }), { imageShape: [9, 12, 2] });
describeFeatureExtractor('valueFeatures of small pictures', () => valueFeatures([16, 24, 3]), {
  imageShape: [16, 24, 3],
});
describeFeatureExtractor('valueFeatures of large ones', () => valueFeatures([70, 33, 1]), {
  imageShape: [70, 33, 1],
});
