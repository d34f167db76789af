import * as tf from '@tensorflow/tfjs-core';
import { check, type Model, type Params } from '@immiscible/core';
import { type AttentionBlock, attentionBlock } from './attention.js';
import { checkInputs } from './check-inputs.js';
import { resolveConfig, type UnetConfig, type UnetPreset } from './config.js';
import { convolve, declareConvolution, declareDense, declareNorm, dense, norm, paramOf } from './layers.js';
import { parameterList, standardNormal } from './parameters.js';
import { type ResidualBlock, residualBlock } from './residual-block.js';
import { silu } from './silu.js';
import { depthToSpace, spaceToDepth } from './space-to-depth.js';
import { timeEmbedding } from './time-embedding.js';
import { upsampleNearest } from './upsample.js';

/** A U-Net and what it was made from. */
export interface Unet extends Model {
  readonly config: Required<UnetConfig>;
}

interface Stage {
  readonly block: ResidualBlock;
  readonly attention: AttentionBlock | undefined;
}

/** In DDPM's networks, where PyTorch's default would be 1e-5. */
const EPSILON = 1e-6;

/**
 * DDPM's U-Net: residual blocks with group normalization, SiLU and a time embedding, attention at chosen levels,
 * strided convolutions down, nearest-neighbor upsampling and convolutions up, and a skip connection from every step
 * on the way down to one on the way up.
 *
 * The last layer starts at zero, so a fresh network gives 0 for everything. Labels: int32 `[B]`, −1 for no class.
 *
 * @throws RangeError if the configuration makes no sense
 * @see Ho et al. 2020, appendix B (arXiv:2006.11239); Ronneberger et al. 2015 (arXiv:1505.04597)
 * @example
 * const model = unet({ preset: 'fashion-14' });
 * const params = model.init(createRng(0));
 * const output = model.apply(params, images, timesteps); // [B,14,14,1]
 */
export function unet(options: UnetConfig | UnetPreset): Unet {
  const config = resolveConfig(options);
  const { imageChannels, channels, channelMultipliers, blocksPerLevel, timeChannels, classes, groups } =
    config;
  const depth = imageChannels * config.stem.spaceToDepth ** 2;
  const list = parameterList('unet');
  const { declare } = list;
  const common = { groups, epsilon: EPSILON };

  const stage = (name: string, inputs: number, outputs: number, attended: boolean): Stage => {
    for (const [what, count] of [
      ['inputs', inputs],
      ['channels', outputs],
    ] as const) {
      check(count % groups === 0, 'unet', 'groups', `a divisor of the ${count} ${what} of ${name}`, groups);
    }
    return {
      block: residualBlock(declare, name, { ...common, inputs, outputs, timeChannels }),
      attention: attended
        ? attentionBlock(declare, `${name}.attention`, {
            ...common,
            channels: outputs,
            heads: headsFor(outputs),
          })
        : undefined,
    };
  };
  const headsFor = (count: number): number => {
    check(
      count % config.attentionHeads === 0,
      'unet',
      'attentionHeads',
      `a divisor of ${count} channels`,
      config.attentionHeads,
    );
    return config.attentionHeads;
  };

  const time0 = declareDense(declare, 'time.0', channels, timeChannels);
  const time1 = declareDense(declare, 'time.1', timeChannels, timeChannels);
  const labelTable =
    classes > 0 ? declare('label.weight', [classes, timeChannels], standardNormal) : undefined;
  const stem = declareConvolution(declare, 'stem', 3, depth, channels);

  // `skips` mirrors at construction what apply does with tensors: the channels of each step down.
  let width = channels;
  const skips = [width];
  const last = channelMultipliers.length - 1;
  const down = channelMultipliers.map((multiplier, level) => {
    const attended = config.attentionLevels.includes(level);
    const stages = Array.from({ length: blocksPerLevel }, (_, k) => {
      const made = stage(`down.${level}.${k}`, width, channels * multiplier, attended);
      width = channels * multiplier;
      skips.push(width);
      return made;
    });
    if (level === last) return { stages, downsample: undefined };
    skips.push(width);
    return { stages, downsample: declareConvolution(declare, `down.${level}.downsample`, 3, width, width) };
  });
  const middle = [
    stage('middle.0', width, width, config.middleAttention),
    stage('middle.1', width, width, false),
  ];
  const up = channelMultipliers
    .map((multiplier, level) => ({ multiplier, level }))
    .reverse()
    .map(({ multiplier, level }) => {
      const attended = config.attentionLevels.includes(level);
      const stages = Array.from({ length: blocksPerLevel + 1 }, (_, k) => {
        const inputs = width + (skips.pop() as number);
        width = channels * multiplier;
        return stage(`up.${level}.${k}`, inputs, width, attended);
      });
      const upsample =
        level === 0 ? undefined : declareConvolution(declare, `up.${level}.upsample`, 3, width, width);
      return { stages, upsample };
    });
  const headNorm = declareNorm(declare, 'head.norm', width);
  const head = declareConvolution(declare, 'head', 3, width, depth, true);

  const embed = (params: Params, time: tf.Tensor1D, labels: tf.Tensor1D | undefined): tf.Tensor2D =>
    tf.tidy(() => {
      const hidden = silu(dense(params, time0, timeEmbedding(time, channels)));
      const embedded = dense(params, time1, hidden);
      if (labels === undefined || labelTable === undefined) return silu(embedded);
      // A product with one-hot rows rather than a gather, whose gradient some backends lack; −1 gives a row of zeros.
      const rows = tf.cast(tf.oneHot(labels, classes), 'float32');
      return silu(tf.add(embedded, tf.matMul(rows, paramOf<tf.Tensor2D>(params, labelTable))));
    });

  const run = ({ block, attention }: Stage, params: Params, x: tf.Tensor4D, time: tf.Tensor2D) =>
    tf.tidy(() => {
      const y = block(params, x, time);
      return attention ? attention(params, y) : y;
    });

  return {
    config,
    init: list.init,
    apply(params, x, time, applyOptions = {}) {
      checkInputs(config, x, time, applyOptions);
      list.check(params);
      return tf.tidy(() => {
        const embedded = embed(params, time, applyOptions.labels);
        let h = convolve(params, stem, spaceToDepth(x, config.stem.spaceToDepth));
        const passed = [h];
        for (const { stages, downsample } of down) {
          for (const each of stages) passed.push((h = run(each, params, h, embedded)));
          if (downsample) passed.push((h = convolve(params, downsample, h, { stride: 2 })));
        }
        for (const each of middle) h = run(each, params, h, embedded);
        for (const { stages, upsample } of up) {
          for (const each of stages) {
            h = run(each, params, tf.concat4d([h, passed.pop() as tf.Tensor4D], 3), embedded);
          }
          if (upsample) h = convolve(params, upsample, upsampleNearest(h));
        }
        h = norm(params, headNorm, h, { ...common, silu: true });
        return depthToSpace(convolve(params, head, h), config.stem.spaceToDepth);
      });
    },
  };
}
