import { describe, expect, it } from 'vitest';
import { isWanted, releaseName, RELEASES } from './releases.js';

describe('releases', () => {
  it('pin every wheel by version and SHA-256', () => {
    for (const { wheels } of Object.values(RELEASES)) {
      for (const { version, sha256 } of wheels) {
        expect(version).toMatch(/^\d+(\.\d+)+$/);
        expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      }
      expect(new Set(wheels.map(({ sha256 }) => sha256)).size).toBe(wheels.length);
    }
  });

  it('are kept apart by name', () => {
    expect(releaseName(RELEASES.cpu)).toBe('tensorflow-cpu-2.21.0-dcc8afd3');
    expect(releaseName(RELEASES.gpu)).not.toBe(releaseName(RELEASES.cpu));
  });

  it('are unpacked without what Python alone needs', () => {
    const wanted = [
      'tensorflow/libtensorflow_cc.so.2',
      'tensorflow/libtensorflow_framework.so.2',
      'tensorflow/include/tensorflow/c/eager/c_api.h',
      'tensorflow/include/xla/tsl/c/tsl_status.h',
      'nvidia/cudnn/lib/libcudnn.so.9',
      'nvidia/cuda_nvcc/bin/ptxas',
    ];
    const unwanted = [
      'tensorflow/python/_pywrap_tfe.so',
      'tensorflow/include/external/llvm-project/x.h',
      'nvidia/cudnn/include/cudnn.h',
      'nvidia/cudnn/__init__.py',
    ];
    expect(wanted.filter((path) => !isWanted(path))).toEqual([]);
    expect(unwanted.filter(isWanted)).toEqual([]);
  });
});
