import { selectBackend } from '@immiscible/backend';
import { availableBackends, describeGradients } from '@immiscible/testing';

/** Listed, with what to do instead, in docs/tfjs-gradients.md. */
const everywhere = {
  'minimum, broadcast': 'the gradient is not summed to the shape of the input',
  'matMul, one right side for a batch': 'the gradient is not summed to the shape of the input',
  'matMul, one left side for a batch': 'the gradient is not summed to the shape of the input',
  einsum: 'no gradient',
  'tile of rank 5': 'the gradient is refused above rank 4',
  'conv2d 3×3, dilation 2': 'the gradient is refused',
  cumsum: 'axes are permuted the wrong way back unless it is the last',
  mirrorPad: 'what the mirror shows is left out',
};
const known: Record<'native' | 'wasm' | 'cpu', Record<string, string>> = {
  native: { ...everywhere, 'conv2d 3×3, padding 2': 'padding by a number is refused' },
  wasm: { ...everywhere, depthwiseConv2d: 'no kernel' },
  cpu: { ...everywhere, resizeBilinear: 'height and width change places' },
};

for (const backend of await availableBackends(selectBackend)) {
  describeGradients(backend, () => selectBackend({ backend }), { known: known[backend] });
}
