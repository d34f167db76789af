import { selectBackend } from '@immiscible/backend';
import { availableBackends, describeGradients } from '@immiscible/testing';

/** Listed, with what to do about them, in docs/tfjs-gradients.md. */
const everywhere = {
  'minimum, broadcast': 'the gradient is not summed to the shape of the input',
  'matMul, one right side for a batch': 'the gradient is not summed to the shape of the input',
  'matMul, one left side for a batch': 'the gradient is not summed to the shape of the input',
};
const known: Record<'native' | 'wasm' | 'cpu', Record<string, string>> = {
  native: { ...everywhere, 'conv2d 3×3, padding 2': 'padding by a number is refused' },
  wasm: everywhere,
  cpu: { ...everywhere, resizeBilinear: 'height and width change places' },
};

for (const backend of await availableBackends(selectBackend)) {
  describeGradients(backend, () => selectBackend({ backend }), { known: known[backend] });
}
