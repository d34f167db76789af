/** One file of a package registry, pinned. */
export interface Wheel {
  readonly project: string;
  readonly version: string;
  readonly sha256: string;
}

/** A build of libtensorflow: the wheels that make it up, and what unpacking them takes. */
export interface Release {
  readonly variant: 'cpu' | 'gpu';
  /** Version that `TF_Version` reports. */
  readonly tensorflow: string;
  /** The wheel with libtensorflow first. */
  readonly wheels: readonly Wheel[];
  /** Bytes of the wheels together. */
  readonly downloadBytes: number;
  /** Bytes of what is kept of them. */
  readonly unpackedBytes: number;
}

/** What pip must be told so that it takes the same wheel whatever Python it runs on. */
export const WHEEL_TARGET: readonly string[] = [
  '--only-binary=:all:',
  '--implementation=cp',
  '--python-version=3.12',
  '--abi=cp312',
  '--abi=none',
  ...['manylinux_2_27', 'manylinux_2_25', 'manylinux_2_17', 'manylinux2014'].map(
    (tag) => `--platform=${tag}_x86_64`,
  ),
];

const CPU: Release = {
  variant: 'cpu',
  tensorflow: '2.21.0',
  wheels: [
    {
      project: 'tensorflow-cpu',
      version: '2.21.0',
      sha256: 'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb',
    },
  ],
  downloadBytes: 274e6,
  unpackedBytes: 860e6,
};

export const RELEASES: Readonly<Record<Release['variant'], Release>> = { cpu: CPU, gpu: CPU };

/** Folder name of an unpacked release, e.g. `tensorflow-cpu-2.21.0-dcc8afd3`. */
export function releaseName({ wheels }: Release): string {
  const main = wheels[0] as Wheel;
  return `${main.project}-${main.version}-${main.sha256.slice(0, 8)}`;
}

/** Which files of a wheel are kept: the libraries and the headers that the addon's sources reach. */
export function isWanted(path: string): boolean {
  if (path.startsWith('nvidia/')) return !path.includes('/include/') && !path.endsWith('.py');
  return (
    /^tensorflow\/libtensorflow_(cc|framework)\.so\.2$/.test(path) ||
    /^tensorflow\/include\/(tensorflow\/c|tensorflow\/core\/platform|tsl\/platform|xla\/tsl\/c)\/.*\.h$/.test(
      path,
    )
  );
}
