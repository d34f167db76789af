/**
 * What diffusers' schedulers have in their configs, by class: the default of each key, which is what a config that lacks it means
 * (diffusers 0.42). Of the keys in `fixed` only the default is known here.
 */
export interface DiffusersClass {
  readonly keys: Readonly<Record<string, unknown>>;
  readonly fixed: Readonly<Record<string, unknown>>;
}

const betas = {
  num_train_timesteps: 1000,
  beta_start: 0.0001,
  beta_end: 0.02,
  beta_schedule: 'linear',
  trained_betas: null,
  rescale_betas_zero_snr: false,
  prediction_type: 'epsilon',
  steps_offset: 0,
  thresholding: false,
  dynamic_thresholding_ratio: 0.995,
  sample_max_value: 1,
};
const clipping = { clip_sample: true, clip_sample_range: 1, timestep_spacing: 'leading' };
const otherSigmas = { use_karras_sigmas: false, use_exponential_sigmas: false, use_beta_sigmas: false };

export const DIFFUSERS_CLASSES: Readonly<Record<string, DiffusersClass>> = {
  DDPMScheduler: { keys: { ...betas, ...clipping, variance_type: 'fixed_small' }, fixed: {} },
  DDIMScheduler: { keys: { ...betas, ...clipping, set_alpha_to_one: true }, fixed: {} },
  DPMSolverMultistepScheduler: {
    keys: { ...betas, timestep_spacing: 'linspace', solver_order: 2, final_sigmas_type: 'zero' },
    fixed: {
      algorithm_type: 'dpmsolver++',
      solver_type: 'midpoint',
      lower_order_final: true,
      euler_at_final: false,
      ...otherSigmas,
      use_lu_lambdas: false,
      use_flow_sigmas: false,
      flow_shift: 1,
      lambda_min_clipped: -Infinity,
      variance_type: null,
      use_dynamic_shifting: false,
      time_shift_type: 'exponential',
    },
  },
  FlowMatchEulerDiscreteScheduler: {
    keys: { num_train_timesteps: 1000, shift: 1 },
    fixed: {
      use_dynamic_shifting: false,
      ...otherSigmas,
      shift_terminal: null,
      invert_sigmas: false,
      stochastic_sampling: false,
      // Of dynamic shifting, which is off.
      base_shift: undefined,
      max_shift: undefined,
      base_image_seq_len: undefined,
      max_image_seq_len: undefined,
      time_shift_type: undefined,
    },
  },
  EDMEulerScheduler: {
    keys: {
      sigma_min: 0.002,
      sigma_max: 80,
      sigma_data: 0.5,
      rho: 7,
      num_train_timesteps: 1000,
      final_sigmas_type: 'zero',
    },
    fixed: { sigma_schedule: 'karras', prediction_type: 'epsilon' },
  },
};
