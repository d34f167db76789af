import { readFileSync } from 'node:fs';
import {
  cosineSchedule,
  diffusersSteps,
  type DiscreteScheduler,
  fromDiffusersConfig,
  linearSchedule,
  rescaleZeroTerminalSnr,
  type SchedulerDescription,
  toDiffusersConfig,
} from '@immiscible/schedulers';
import '@immiscible/testing';
import { describe, expect, it } from 'vitest';

/** What real diffusers makes of a config. */
interface Account {
  readonly at?: readonly number[];
  readonly alphaBar?: readonly number[];
  readonly timesteps: readonly number[];
  readonly sigmas?: readonly number[];
  readonly final?: number;
}
const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8'));
const { theirs, ours: oursThere } = read('diffusers-configs') as {
  theirs: (Account & { readonly text: string })[];
  ours: Account[];
};
const ours = read('ours') as Record<string, unknown>[];

/** What a scheduler does here is what it does there. */
function expectSame(
  scheduler: SchedulerDescription,
  { at, alphaBar, timesteps, sigmas, final }: Account,
): void {
  const steps = diffusersSteps(scheduler, 10);
  if (scheduler.method === 'flow') {
    expect(steps).toBeAllClose(sigmas as number[], { rtol: 1e-6 });
    expect(steps.slice(0, -1).map((t) => t * (scheduler.timeScale ?? 1000))).toBeAllClose(timesteps, {
      rtol: 1e-6,
    });
  } else if (scheduler.method === 'edm') {
    expect(steps).toBeAllClose(sigmas as number[], { rtol: 1e-5 });
    // c_noise
    expect(steps.slice(0, -1).map((sigma) => Math.log(sigma) / 4)).toBeAllClose(timesteps, {
      rtol: 1e-4,
      atol: 1e-5,
    });
  } else if (scheduler.method !== 'consistency') {
    expect(steps).toEqual(timesteps);
    // diffusers' tables are cumulative products in float32.
    const table = (at as number[]).map((t) => scheduler.schedule.alphaBar[t] as number);
    expect(table).toBeAllClose(alphaBar as number[], { rtol: 2e-4, atol: 1e-7 });
    if (final !== undefined) {
      const first = scheduler.schedule.alphaBar[0] as number;
      expect(scheduler.end === 'clean' ? 1 : first).toBeCloseTo(final, 6);
    }
  }
}

describe('fromDiffusersConfig', () => {
  it.each(
    theirs.map((account) => ({
      name: JSON.stringify(fromDiffusersConfig(account.text)).slice(0, 60),
      account,
    })),
  )('reads what diffusers saved, and does what it does: $name', ({ account }) =>
    expectSame(fromDiffusersConfig(account.text), account),
  );

  it('says what the configs say', () => {
    const read = (i: number) =>
      fromDiffusersConfig((theirs[i] as { text: string }).text) as DiscreteScheduler;
    expect(read(0)).toMatchObject({
      method: 'ddpm',
      prediction: 'epsilon',
      clip: [-1, 1],
      variance: 'fixedSmall',
    });
    expect(read(1)).toMatchObject({ clip: false, variance: 'fixedLarge', spacing: 'linspace' });
    expect(read(2)).toMatchObject({ prediction: 'x0', schedule: { timesteps: 20 } });
    expect(read(4)).toMatchObject({ method: 'ddim', end: 'firstTimestep', offset: 1, clip: false });
    expect(read(5)).toMatchObject({ prediction: 'vPrediction', threshold: { quantile: 0.99, max: 2 } });
    expect(read(5)).not.toHaveProperty('clip');
    expect(read(8)).toMatchObject({ method: 'dpmSolver', order: 1, end: 'firstTimestep', clip: false });
    expect(read(10)).toEqual({ method: 'flow', timeScale: 500, shift: 3 });
    expect(read(12)).toEqual({
      ...{ method: 'edm', sigmaMin: 0.01, sigmaMax: 30, sigmaData: 1, rho: 5 },
      ...{ sigmaSpacing: 'karras', end: 'clean' },
    });
  });

  it('takes what a config lacks from the defaults of its class', () => {
    const bare = fromDiffusersConfig({ _class_name: 'DPMSolverMultistepScheduler' }) as DiscreteScheduler;
    expect(bare).toEqual(fromDiffusersConfig((theirs[6] as { text: string }).text));
  });

  it.each([
    [{ _class_name: 'PNDMScheduler' }, /_class_name must be one of DDPMScheduler, .*, got "PNDMScheduler"/],
    [{}, /_class_name must be one of .* got undefined/],
    [
      { _class_name: 'DDIMScheduler', beta_schedule: 'laplace' },
      /beta_schedule must be one of linear, .*"laplace"/,
    ],
    [
      { _class_name: 'DDIMScheduler', prediction_type: 'flow' },
      /prediction_type must be one of epsilon, sample/,
    ],
    [{ _class_name: 'DDIMScheduler', beta_start: '0.1' }, /beta_start must be a number, got "0.1"/],
    [{ _class_name: 'DDPMScheduler', variance_type: 'learned' }, /variance_type must be one of fixed_small/],
    [
      { _class_name: 'DPMSolverMultistepScheduler', use_beta_sigmas: true },
      /use_beta_sigmas must be false in a DPMSolverMultistepScheduler, got true/,
    ],
    [
      { _class_name: 'DPMSolverMultistepScheduler', solver_order: 3 },
      /solver_order must be one of 1, 2, got 3/,
    ],
    [
      { _class_name: 'FlowMatchEulerDiscreteScheduler', use_dynamic_shifting: true },
      /use_dynamic_shifting must be false/,
    ],
    [
      { _class_name: 'EDMEulerScheduler', prediction_type: 'v_prediction' },
      /prediction_type must be epsilon in a EDMEulerScheduler/,
    ],
    [
      { _class_name: 'DDPMScheduler', variance_type: 'fixed_large', steps_offset: 1 },
      /steps_offset must be 0 with variance_type fixed_large/,
    ],
    [
      { _class_name: 'DDIMScheduler', rescale_betas_zero_snr: 'yes' },
      /rescale_betas_zero_snr must be true or false, got "yes"/,
    ],
    [
      { _class_name: 'DDIMScheduler', beta_schedule: 'sigmoid' },
      /beta_schedule must be one of linear, scaled_linear, squaredcos_cap_v2, got "sigmoid"/,
    ],
    [
      { _class_name: 'DPMSolverMultistepScheduler', use_exponential_sigmas: true },
      /use_exponential_sigmas must be false/,
    ],
    [
      { _class_name: 'HeunDiscreteScheduler', use_karras_sigmas: true, sigma_min: 0.03 },
      /sigma_min must be absent or null/,
    ],
    [{ _class_name: 'CMStochasticIterativeScheduler', s_noise: 1.1 }, /s_noise must be 1/],
    [[], /config must be the text of a scheduler_config.json or an object/],
  ])('refuses what it does not know: %o', (config, message) => {
    expect(() => fromDiffusersConfig(config)).toThrow(message);
  });
});

describe('keys that a class does not have', () => {
  // As in files that were made of another class's config (diffusers warns and ignores them).
  const base = { _class_name: 'DDIMScheduler', beta_schedule: 'scaled_linear', steps_offset: 1 };
  it.each([
    { skip_prk_steps: true },
    { interpolation_type: 'linear' },
    { use_karras_sigmas: false },
    { use_karras_sigmas: true },
    { timestep_type: 'discrete', sigma_min: 0.002 },
    { _diffusers_version: '0.6.0', _use_default_values: ['clip_sample_range'] },
  ])('are ignored, and told to who asks: %o', (leftover) => {
    const told: string[] = [];
    const scheduler = fromDiffusersConfig(
      { ...base, ...leftover },
      { onIgnored: (keys) => void told.push(...keys) },
    );
    expect(scheduler).toEqual(fromDiffusersConfig(base));
    expect(told).toEqual(Object.keys(leftover).filter((key) => !key.startsWith('_')));
  });
});

describe('toDiffusersConfig', () => {
  it.each(ours.map((config, i) => ({ config, i, name: config['_class_name'] })))(
    'writes what diffusers loads, and does what is done here: $i, $name',
    ({ config, i }) => {
      const scheduler = fromDiffusersConfig(config);
      // The configs that diffusers was given are the ones that are written.
      expect(toDiffusersConfig(scheduler)).toEqual(config);
      expectSame(scheduler, oursThere[i] as Account);
    },
  );

  it('writes schedules by the names that diffusers has for them, others in full', () => {
    const keys = (schedule: DiscreteScheduler['schedule']) =>
      toDiffusersConfig({ method: 'ddpm', schedule, prediction: 'epsilon' });
    expect(keys(linearSchedule())).toMatchObject({
      beta_schedule: 'linear',
      beta_start: 1e-4,
      beta_end: 0.02,
    });
    expect(keys(cosineSchedule())).toMatchObject({ beta_schedule: 'squaredcos_cap_v2' });
    expect(keys(cosineSchedule({ offset: 0.01, timesteps: 10 }))['trained_betas']).toHaveLength(10);
  });

  it('refuses what diffusers’ class can’t do', () => {
    const refuses = (more: object, message: string) =>
      expect(() =>
        toDiffusersConfig({ method: 'ddim', schedule: linearSchedule(), prediction: 'epsilon', ...more }),
      ).toThrow(message);
    refuses({ clip: [0, 1] }, 'toDiffusersConfig: clip must be symmetric, got [0,1]');
    refuses({ threshold: {} }, 'threshold.max must be given');
    refuses({ threshold: { max: 2 }, clip: [-1, 1] }, 'clip must be false with threshold');
    refuses(
      { method: 'dpmSolver', clip: [-1, 1] },
      'clip must be false: DPMSolverMultistepScheduler has none',
    );
    refuses({ method: 'ddpm', end: 'firstTimestep' }, 'end must be "clean" for ddpm');
    refuses({ method: 'euler' }, 'method must be one of ddpm, ddim');
    refuses({ orders: 2 }, 'toDiffusersConfig: scheduler has no key "orders"');
    refuses({ epsilonFrom: 'clipped' }, 'epsilonFrom must be "model"');
    refuses({ leadsTo: 'nextTimestep' }, 'leadsTo must be "evenStride"');
    refuses(
      { method: 'dpmSolver', sigmaSpacing: 'exponential', clip: false },
      'sigmaSpacing must be "karras" for dpmSolver',
    );
    refuses(
      { method: 'dpmSolver', schedule: rescaleZeroTerminalSnr(linearSchedule()) },
      'the last beta must be below 1',
    );
  });
});

it('takes the bare infinities that Python writes, and leaves strings as they are', () => {
  const text =
    '{ "_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity, "_note": "at: -Infinity" }';
  expect(fromDiffusersConfig(text)).toMatchObject({ method: 'dpmSolver' });
  const other = text.replace('-Infinity,', 'Infinity,');
  expect(() => fromDiffusersConfig(other)).toThrow('lambda_min_clipped must be -Infinity');
});
