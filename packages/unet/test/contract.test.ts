import '@tensorflow/tfjs';
import { describeModel } from '@immiscible/testing';
import { unet } from '@immiscible/unet';

const small = { imageChannels: 2, channels: 8, channelMultipliers: [1, 2], blocksPerLevel: 1, groups: 4 };
describeModel('unet', () => unet(small), { imageShape: [8, 8, 2] });
describeModel(
  'unet with all of NCSN++',
  () =>
    unet({
      ...small,
      attentionLevels: [1],
      conditioning: 'scaleShift',
      timeEmbedding: { type: 'fourier' },
      resampling: 'residual',
      resampleFilter: [1, 3, 3, 1],
      skipRescale: true,
      progressiveInput: true,
    }),
  { imageShape: [8, 8, 2], times: [-1, 0.25, 2] },
);
