import { cacheFolder } from '@immiscible/core/node';
import { EngineError } from '../engine-error.js';
import { findCompiler } from './compile.js';
import { runCommand } from './command.js';
import { findPip } from './download.js';
import { type KernelsRecord, kernelsState, readKernels } from './kernels-state.js';
import { engineDamage, readMarker } from './marker.js';
import { findPackage, nativePackages } from './packages.js';
import { isMusl } from './platform.js';

/** One line of a diagnosis. */
export interface Finding {
  /** A package, a tool, a part of the engine. */
  readonly what: string;
  /** `absent`: not there, and not needed unless one wants what it is for. */
  readonly state: 'ok' | 'absent' | 'broken';
  /** Version, path, or what is the matter. */
  readonly detail: string;
  /** What to do, where something can be done. */
  readonly fix?: string;
}

/** What {@link doctor} found. */
export interface Diagnosis {
  /** In the order in which one needs them. */
  readonly findings: readonly Finding[];
  /** What `selectBackend()` gives here. */
  readonly backend: { readonly name: string; readonly version: string; readonly reason: string } | undefined;
}

const PACKAGES = ['@tensorflow/tfjs', '@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm'] as const;
const message = (error: unknown) => (error instanceof Error ? error.message : String(error));

function packageFindings(): Finding[] {
  return PACKAGES.map((what): Finding => {
    const found = findPackage(what);
    if (!found) return { what, state: 'broken', detail: 'not installed', fix: `npm install ${what}@^4.22.0` };
    const fits = /^4\.(2[2-9]|[3-9]\d)\./.test(found.version);
    return fits
      ? { what, state: 'ok', detail: found.version }
      : {
          what,
          state: 'broken',
          detail: `${found.version}, not ^4.22.0`,
          fix: `npm install ${what}@^4.22.0`,
        };
  });
}

async function nativeFindings(): Promise<Finding[]> {
  const packages = nativePackages();
  if (packages.length === 0) {
    return [
      {
        what: '@tensorflow/tfjs-node-gpu',
        state: 'absent',
        detail: 'not installed',
        fix: 'npm install --ignore-scripts @tensorflow/tfjs-node-gpu@^4.22.0, then npx @immiscible/backend install',
      },
    ];
  }
  const findings: Finding[] = [];
  for (const { name, version, folder, addon } of packages) {
    findings.push({ what: name, state: 'ok', detail: version });
    const what = `${name}: addon`;
    if (!addon) {
      findings.push({ what, state: 'absent', detail: 'not built', fix: 'npx @immiscible/backend install' });
      continue;
    }
    const damage = engineDamage(folder, 'hash');
    if (damage !== undefined) {
      findings.push({ what, state: 'broken', detail: damage, fix: 'npx @immiscible/backend install' });
      continue;
    }
    const marker = readMarker(addon);
    const made = marker
      ? `libtensorflow ${marker.tensorflow} (${marker.variant}), libraries in ${marker.libraries}`
      : 'not ours';
    findings.push({ what, state: 'ok', detail: `${addon}, ${made}` }, kernelsFinding(name, folder));
  }
  return findings;
}

function kernelsFinding(name: string, folder: string): Finding {
  const what = `${name}: kernels`;
  const { names, reason = '' } = kernelsState(folder);
  if (names.length === 0) return { what, state: 'absent', detail: reason };
  const { instructionSet } = readKernels(folder) as KernelsRecord;
  const use = 'set IMMISCIBLE_KERNELS=1 to use them';
  return { what, state: 'ok', detail: `${names.join(', ')} (for ${instructionSet}); ${use}` };
}

/** What `installNative` needs. */
async function toolFindings(): Promise<Finding[]> {
  const platform = `${process.platform} ${process.arch}${isMusl() ? ' with musl' : ''}`;
  const tool = async (what: string, find: () => Promise<string>): Promise<Finding> => {
    try {
      return { what, state: 'ok', detail: await find() };
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      return { what, state: 'absent', detail: error.reason, fix: error.fix };
    }
  };
  return [
    {
      what: 'platform',
      ...(platform === 'linux x64'
        ? { state: 'ok', detail: platform }
        : { state: 'absent', detail: `${platform}: no native engine; wasm runs here` }),
    },
    await tool('pip', async () => (await findPip()).join(' ')),
    await tool('C++ compiler', () => findCompiler()),
    { what: 'cache', state: 'ok', detail: cacheFolder() },
  ];
}

async function gpuFindings(): Promise<Finding[]> {
  const fields = ['name', 'driver_version', 'compute_cap', 'memory.total'];
  const result = await runCommand('nvidia-smi', [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader']);
  if (result.status !== 0) {
    const detail = result.missing ? 'no nvidia-smi' : `nvidia-smi failed: ${result.stderr.trim()}`;
    return [{ what: 'GPU', state: 'absent', detail }];
  }
  return result.stdout
    .trim()
    .split('\n')
    .map((line): Finding => {
      const [name, driver, capability, memory] = line.split(',').map((field) => field.trim());
      return {
        what: 'GPU',
        state: 'ok',
        detail: `${name}, driver ${driver}, compute capability ${capability}, ${memory}`,
      };
    });
}

/** Says what is there and what is missing for each engine, and which one `selectBackend()` chooses. */
export async function doctor(): Promise<Diagnosis> {
  const findings: Finding[] = [
    { what: 'node', state: 'ok', detail: process.versions.node },
    ...packageFindings(),
    ...(await nativeFindings()),
    ...(await toolFindings()),
    ...(await gpuFindings()),
  ];
  // Damage that only shows in the content isn't found at a start: loading it here could end the process.
  const unseen = nativePackages().some(
    ({ folder, addon }) => addon && engineDamage(folder, 'hash') && !engineDamage(folder, 'stamp'),
  );
  if (unseen) return { findings, backend: undefined };
  try {
    const { selectBackend } = await import('../select-backend.js');
    return { findings, backend: await selectBackend() };
  } catch (error) {
    findings.push({ what: 'backend', state: 'broken', detail: message(error) });
    return { findings, backend: undefined };
  }
}
