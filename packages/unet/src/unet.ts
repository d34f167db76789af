import * as tf from '@tensorflow/tfjs-core';
import type { Model } from '@immiscible/core';
import { checkInputs } from './check-inputs.js';
import { conditioning } from './conditioning.js';
import { resolveConfig, type UnetConfig, type UnetPreset } from './config.js';
import { dropoutLayers } from './dropout.js';
import { convolve, declareConvolution, declareNorm, norm } from './layers.js';
import { parameterList } from './parameters.js';
import { depthToSpace, spaceToDepth } from './space-to-depth.js';
import { EPSILON, stageBuilder } from './stage.js';
import { upsampleConvolve } from './upsample.js';

/** A U-Net and what it was made from. */
export interface Unet extends Model {
  readonly config: Required<UnetConfig>;
  /** Shapes of all parameters, by name. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

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
  const { channels, channelMultipliers, blocksPerLevel, attentionLevels, middleAttention, groups } = config;
  const { spaceToDepth: r } = config.stem;
  const depth = config.imageChannels * r ** 2;
  const widths = channelMultipliers.map((multiplier) => channels * multiplier);
  const last = widths.length - 1;

  const list = parameterList('unet');
  const { declare } = list;
  const embed = conditioning(declare, config);
  const dropout = dropoutLayers(config.dropout);
  const stage = stageBuilder(declare, config, dropout);

  const stem = declareConvolution(declare, 'stem', 3, depth, channels);
  // The channels of what is carried along, and of each skip connection: as apply does with tensors.
  let width = channels;
  const skips = [width];
  const down = widths.map((outputs, level) => {
    const stages = Array.from({ length: blocksPerLevel }, (_, k) => {
      const made = stage(`down.${level}.${k}`, width, outputs, attentionLevels.includes(level));
      skips.push((width = outputs));
      return made;
    });
    if (level === last) return { stages };
    skips.push(width);
    return { stages, downsample: declareConvolution(declare, `down.${level}.downsample`, 3, width, width) };
  });
  const middle = [stage('middle.0', width, width, middleAttention), stage('middle.1', width, width, false)];
  const up = [...widths.entries()].reverse().map(([level, outputs]) => {
    const stages = Array.from({ length: blocksPerLevel + 1 }, (_, k) => {
      const inputs = width + (skips.pop() as number);
      width = outputs;
      return stage(`up.${level}.${k}`, inputs, outputs, attentionLevels.includes(level));
    });
    if (level === 0) return { stages };
    return { stages, upsample: declareConvolution(declare, `up.${level}.upsample`, 3, width, width) };
  });
  const headNorm = declareNorm(declare, 'head.norm', width);
  const head = declareConvolution(declare, 'head', 3, width, depth, true);

  return {
    config,
    shapes: list.shapes(),
    init: list.init,
    apply(params, x, time, applyOptions = {}) {
      checkInputs(config, x, time, applyOptions);
      list.check(params);
      return tf.tidy(() => {
        let h = convolve(params, stem, spaceToDepth(x, r));
        const { dropoutSeed } = applyOptions;
        const told = {
          time: embed(params, time, applyOptions.labels),
          dropout:
            dropoutSeed && config.dropout > 0 ? dropout.masks(dropoutSeed, h.size / channels) : undefined,
        };
        const passed = [h];
        for (const { stages, downsample } of down) {
          for (const each of stages) passed.push((h = each(params, h, told)));
          if (downsample) passed.push((h = convolve(params, downsample, h, { stride: 2 })));
        }
        for (const each of middle) h = each(params, h, told);
        for (const { stages, upsample } of up) {
          for (const each of stages) {
            h = each(params, tf.concat4d([h, passed.pop() as tf.Tensor4D], 3), told);
          }
          if (upsample) h = upsampleConvolve(params, upsample, h);
        }
        h = norm(params, headNorm, h, { groups, epsilon: EPSILON, silu: true });
        return depthToSpace(convolve(params, head, h), r);
      });
    },
  };
}
