import { describe, expect, it } from 'vitest';
import { selectBackend } from '../index.js';
import { doctor } from './doctor.js';

describe('doctor', () => {
  it('finds what is installed here, and the backend that selectBackend chooses', async () => {
    const { findings, backend } = await doctor();
    const states = Object.fromEntries(findings.map(({ what, state }) => [what, state]));
    expect(states).toMatchObject({
      node: 'ok',
      '@tensorflow/tfjs': 'ok',
      '@tensorflow/tfjs-core': 'ok',
      '@tensorflow/tfjs-backend-wasm': 'ok',
    });
    expect(Object.keys(states)).toEqual(expect.arrayContaining(['platform', 'pip', 'C++ compiler', 'GPU']));
    expect(findings.filter(({ state }) => state === 'broken')).toEqual([]);
    expect(backend).toEqual(await selectBackend());
  });
});
