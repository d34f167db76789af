import * as tf from '@tensorflow/tfjs-core';
import type { Model } from '@immiscible/core/tensors';
import { checkInputs } from './check-inputs.js';
import { conditioning } from './conditioning.js';
import { resolveConfig, type UnetPreset } from './config.js';
import { dropoutLayers } from './dropout.js';
import { convolve, declareConvolution, declareNorm, norm } from './layers.js';
import { levelWidths } from './level-widths.js';
import { downLevelBuilder, type EncoderState, upLevelBuilder } from './level-builders.js';
import { parameterList } from './parameters.js';
import { depthToSpace, spaceToDepth } from './space-to-depth.js';
import { stageBuilder } from './stage.js';
import type { ResolvedUnetConfig, UnetConfig } from './unet-config.js';

/** A U-Net and what it was made from. */
export interface Unet extends Model {
  /** The configuration with all defaults filled in. */
  readonly config: ResolvedUnetConfig;
  /** Shapes of all parameters, by name. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

/**
 * DDPM's U-Net and its relatives: residual blocks with group normalization, SiLU and a time embedding, attention at
 * chosen levels, half the size from level to level on the way down and twice on the way up, and a skip connection from
 * every step on the way down to one on the way up. The configuration makes it DDPM's, DDPM++, NCSN++ or ADM.
 *
 * The last layer starts at zero, so a fresh network gives 0 for everything. Labels: int32 `[B]`, in [0, classes) or −1 for no
 * class; another is an error where its value can be looked at, and where it can't (in a recorded step) makes the output NaN. Who has
 * the labels on the host checks them by `classes`, as the trainer does.
 *
 * @param options - a configuration, or a preset and what differs from it
 * @throws RangeError if the configuration makes no sense
 * @see Ho et al. 2020, appendix B (arXiv:2006.11239); Ronneberger et al. 2015 (arXiv:1505.04597)
 * @example
 * const model = unet({ preset: 'fashion-14' });
 * const params = model.init(createRng(0));
 * const output = model.apply(params, images, timesteps); // [B,14,14,1]
 */
export function unet(options: UnetConfig | UnetPreset): Unet {
  const config = resolveConfig(options);
  const { channels, channelMultipliers, groups, normEpsilon: epsilon, selfConditioning } = config;
  const { spaceToDepth: r } = config.stem;
  const widths = levelWidths(channels, channelMultipliers);
  const inputs = config.imageChannels * (selfConditioning ? 2 : 1) * r ** 2;

  const list = parameterList('unet');
  const { declare } = list;
  const embed = conditioning(declare, config);
  const dropout = dropoutLayers(config.dropout);
  const stage = stageBuilder(declare, config, dropout);

  const stem = declareConvolution(declare, 'stem', 3, inputs, channels);
  // The channels of what is carried along, and of each skip connection: as apply does with tensors.
  const plan = { width: channels, skips: [channels], image: inputs };
  const numbered = [...widths.entries()];
  const down = numbered.map(downLevelBuilder(declare, config, stage, plan));
  const { width } = plan;
  const middle = [
    stage('middle.0', width, width, { attended: config.middleAttention }),
    stage('middle.1', width, width),
  ];
  const up = numbered.reverse().map(upLevelBuilder(declare, config, stage, plan));
  const headNorm = declareNorm(declare, 'head.norm', plan.width);
  const head = declareConvolution(declare, 'head', 3, plan.width, config.outputChannels * r ** 2, true);

  return {
    config,
    ...(config.classes > 0 && { classes: config.classes }),
    shapes: list.shapes(),
    init: list.init,
    apply(params, x, time, applyOptions = {}) {
      checkInputs(config, x, time, applyOptions);
      list.check(params);
      return tf.tidy(() => {
        const image = spaceToDepth(inputOf(config, x), r);
        let h = convolve(params, stem, image);
        const { dropoutSeed } = applyOptions;
        const masked = dropoutSeed && config.dropout > 0;
        const context = {
          time: embed(params, time, applyOptions),
          dropout: masked ? dropout.masks(dropoutSeed, h.size / channels) : undefined,
        };
        const encoder: EncoderState = { h, image, skips: [h] };
        for (const level of down) level(params, encoder, context);
        h = encoder.h;
        for (const each of middle) h = each(params, h, context);
        for (const level of up) h = level(params, h, encoder.skips, context);
        h = norm(params, headNorm, h, { groups, epsilon, silu: true });
        return outputOf(config, depthToSpace(convolve(params, head, h), r), time);
      });
    },
  };
}

/** The images as the first layer takes them: an estimate beside them where there ought to be one, centered. */
function inputOf(config: ResolvedUnetConfig, x: tf.Tensor4D): tf.Tensor4D {
  const centered: tf.Tensor4D = config.centerInput ? tf.sub(tf.mul(x, 2), 1) : x;
  const alone = config.selfConditioning && x.shape[3] === config.imageChannels;
  return alone ? tf.concat4d([centered, tf.zerosLike(x)], 3) : centered;
}

function outputOf(config: ResolvedUnetConfig, y: tf.Tensor4D, time: tf.Tensor1D): tf.Tensor4D {
  return config.divideByTime ? tf.div(y, tf.reshape(time, [-1, 1, 1, 1])) : y;
}
