import { expand, zeroData } from './constant-data.js';
import { DTYPES, dtypeOf, type TensorType, typeText, type Value } from './graph.js';
import type { NativeAttribute, NativeBinding } from './native-backend.js';
import type { Tape } from './tape.js';

/** An operation as the backend asks for it. */
export interface NativeOperation {
  readonly kind: string;
  readonly attributes: NativeAttribute[];
  readonly inputs: readonly Value[];
  readonly outputCount: number;
}

/** Finds out an operation's types where no rule tells them. */
export interface OnZeros {
  /** The types of its results, by running it on zeros; on the data, where that is known: it may say the shape. */
  typesOf(operation: NativeOperation): TensorType[];
  /** Frees the zeros, which are kept from one operation to the next. */
  dispose(): void;
}

/** Runs operations on zeros. */
export function onZeros(binding: NativeBinding, tape: Tape): OnZeros {
  const zeros = new Map<string, number>();
  const zerosOf = (type: TensorType): number => {
    const key = typeText(type);
    const id = zeros.get(key) ?? binding.createTensor([...type.shape], DTYPES[type.dtype], zeroData(type));
    zeros.set(key, id);
    return id;
  };
  return {
    typesOf({ kind, attributes, inputs, outputCount }) {
      const temporary: number[] = [];
      const ids = inputs.map((value) => {
        const type = tape.typeOf(value);
        const constant = tape.constantOf(value);
        if (!constant) return zerosOf(type);
        const id = binding.createTensor([...type.shape], DTYPES[type.dtype], expand(type, constant));
        temporary.push(id);
        return id;
      });
      const results = binding.executeOp(kind, attributes, ids, outputCount);
      for (const id of [...temporary, ...results.map((result) => result.id)]) binding.deleteTensor(id);
      return results.map(({ dtype, shape }) => ({ dtype: dtypeOf(dtype), shape }));
    },
    dispose() {
      for (const id of zeros.values()) binding.deleteTensor(id);
      zeros.clear();
    },
  };
}
