/**
 * What diffusers' schedulers have in their configs, by class: the default of each key, which is what a config that lacks it means
 * (diffusers 0.42). What these classes do by other values of the keys in `fixed` isn't here. Any further key in a file is one that
 * the class ignores, of the class that the file was first written for, say.
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
  prediction_type: 'epsilon',
  steps_offset: 0,
};
const thresholds = { thresholding: false, dynamic_thresholding_ratio: 0.995, sample_max_value: 1 };
const snr = { rescale_betas_zero_snr: false };
const clipping = { clip_sample: true, clip_sample_range: 1, timestep_spacing: 'leading' };
const levels = { use_karras_sigmas: false, use_exponential_sigmas: false };

export const DIFFUSERS_CLASSES: Readonly<Record<string, DiffusersClass>> = {
  DDPMScheduler: {
    keys: { ...betas, ...thresholds, ...snr, ...clipping, variance_type: 'fixed_small' },
    fixed: {},
  },
  DDIMScheduler: {
    keys: { ...betas, ...thresholds, ...snr, ...clipping, set_alpha_to_one: true },
    fixed: {},
  },
  DPMSolverMultistepScheduler: {
    keys: {
      ...betas,
      ...thresholds,
      ...snr,
      ...levels,
      timestep_spacing: 'linspace',
      solver_order: 2,
      final_sigmas_type: 'zero',
      lower_order_final: true,
      euler_at_final: false,
      // The class itself takes 'deis' for 'dpmsolver++', and other solvers' types for 'midpoint'.
      algorithm_type: 'dpmsolver++',
      solver_type: 'midpoint',
    },
    fixed: {
      use_beta_sigmas: false,
      use_lu_lambdas: false,
      use_flow_sigmas: false,
      lambda_min_clipped: -Infinity,
      variance_type: null,
      use_dynamic_shifting: false,
    },
  },
  HeunDiscreteScheduler: {
    keys: {
      ...betas,
      ...levels,
      beta_start: 0.00085,
      beta_end: 0.012,
      clip_sample: false,
      clip_sample_range: 1,
      timestep_spacing: 'linspace',
    },
    fixed: { use_beta_sigmas: false },
  },
  FlowMatchEulerDiscreteScheduler: {
    keys: { num_train_timesteps: 1000, shift: 1 },
    fixed: {
      use_dynamic_shifting: false,
      use_karras_sigmas: false,
      use_exponential_sigmas: false,
      use_beta_sigmas: false,
      shift_terminal: null,
      invert_sigmas: false,
      stochastic_sampling: false,
    },
  },
  EDMEulerScheduler: {
    keys: {
      sigma_min: 0.002,
      sigma_max: 80,
      sigma_data: 0.5,
      rho: 7,
      sigma_schedule: 'karras',
      final_sigmas_type: 'zero',
    },
    fixed: { prediction_type: 'epsilon' },
  },
  CMStochasticIterativeScheduler: {
    keys: {
      num_train_timesteps: 40,
      sigma_min: 0.002,
      sigma_max: 80,
      sigma_data: 0.5,
      rho: 7,
      clip_denoised: true,
    },
    fixed: { s_noise: 1 },
  },
};

/** Keys that are without effect while the keys above are what they are: of flow and dynamic shifting, of the number of training levels. */
export const KEYS_WITHOUT_EFFECT: readonly string[] = [
  ...['flow_shift', 'time_shift_type', 'base_shift', 'max_shift', 'base_image_seq_len', 'max_image_seq_len'],
  'num_train_timesteps',
];
