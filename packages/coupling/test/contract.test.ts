import { hungarianOn3, jonkerVolgenant } from '@immiscible/assignment';
import hungarian from 'hungarian-on3';
import {
  chain,
  flippedAssignment,
  independent,
  linearAssignment,
  nearestNoise,
  quantizedL2,
  rollingAssignment,
  sinkhornCoupling,
  withinClasses,
} from '../src/index.js';
import { describeBatchTransform, type TransformTraits } from '@immiscible/testing/host';

const keeps: TransformTraits = { permutes: true, looks: false, matches: false };
const assigns: TransformTraits = { permutes: true, looks: true, matches: true };
const assignsSome: TransformTraits = { permutes: true, looks: true, matches: false };
const draws: TransformTraits = { permutes: false, looks: true, matches: false };

describeBatchTransform('independent', independent, keeps);
describeBatchTransform('chain of none', chain, keeps);
describeBatchTransform('linearAssignment', linearAssignment, assigns);
describeBatchTransform(
  'linearAssignment, squared, pool',
  () => linearAssignment({ cost: 'squaredL2', pool: 64 }),
  assigns,
);
describeBatchTransform(
  'linearAssignment, quantized',
  () => linearAssignment({ cost: quantizedL2({ scale: 1 }) }),
  assigns,
);
describeBatchTransform(
  'linearAssignment, jonkerVolgenant',
  () => linearAssignment({ solver: jonkerVolgenant }),
  assigns,
);
describeBatchTransform(
  'linearAssignment, hungarian-on3',
  () => linearAssignment({ solver: hungarianOn3(hungarian) }),
  assigns,
);
describeBatchTransform('flippedAssignment', flippedAssignment, assigns);
describeBatchTransform(
  'rollingAssignment',
  () => rollingAssignment({ size: 8, arrivals: 3, pool: 12 }),
  assignsSome,
);
describeBatchTransform('sinkhornCoupling', sinkhornCoupling, assignsSome);
describeBatchTransform('withinClasses, assignment', () => withinClasses(linearAssignment()), assignsSome);
describeBatchTransform('nearestNoise, 1', () => nearestNoise({ candidates: 1 }), assignsSome);
describeBatchTransform('nearestNoise, 8', () => nearestNoise({ candidates: 8 }), draws);
describeBatchTransform('withinClasses, nearest', () => withinClasses(nearestNoise({ candidates: 3 })), draws);
describeBatchTransform(
  'chain of two',
  () => chain(nearestNoise({ candidates: 2 }), linearAssignment()),
  draws,
);
