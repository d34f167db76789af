import { compact } from './constant-data.js';
import { type Constant, DTYPES, type Graph, type Operation, type TensorType, type Value } from './graph.js';
import type { NativeData, TensorMetadata } from './native-backend.js';

/** What a recording has written down so far, and the ids by which the backend knows its values. */
export interface Tape {
  /** A new value that an operation computes, or that is given. */
  addValue(type: TensorType): Value;
  /** A new value of known data, which the backend calls `id`; `captured` if it was made outside the step. */
  addConstant(id: number, type: TensorType, known: { data: NativeData; captured: boolean }): Value;
  addOperation(operation: Operation): void;
  /** A value as the backend takes it for a real result: of an id of its own, with shape and type but no data. */
  handleOf(value: Value): TensorMetadata;
  typeOf(value: Value): TensorType;
  /** Its data, where that is known. */
  constantOf(value: Value): Constant | undefined;
  /** The operation that computes it. */
  makerOf(value: Value): Operation | undefined;
  has(id: number): boolean;
  /** @throws Error for an id that was never written down */
  valueOf(id: number): Value;
  content(): Pick<Graph, 'types' | 'constants' | 'operations'>;
}

/** An empty tape. */
export function createTape(): Tape {
  const types: TensorType[] = [];
  const constants: Constant[] = [];
  const constantOf = new Map<Value, Constant>();
  const operations: Operation[] = [];
  const valueOfId = new Map<number, Value>();
  // Below 0: never the id of a real tensor, and never passed on for deletion.
  let nextId = -2;

  const typeOf = (value: Value) => types[value] as TensorType;
  const addValue = (type: TensorType): Value => types.push(type) - 1;
  return {
    addValue,
    addConstant(id, type, { data, captured }) {
      const value = addValue(type);
      const constant = { value, captured, ...compact(type, data) };
      constants.push(constant);
      constantOf.set(value, constant);
      valueOfId.set(id, value);
      return value;
    },
    addOperation(operation) {
      operations.push(operation);
    },
    handleOf(value) {
      const { dtype, shape } = typeOf(value);
      const id = nextId--;
      valueOfId.set(id, value);
      return { id, shape: [...shape], dtype: DTYPES[dtype] };
    },
    typeOf,
    constantOf: (value) => constantOf.get(value),
    makerOf: (value) => operations.find(({ outputs }) => outputs.includes(value)),
    has: (id) => valueOfId.has(id),
    valueOf(id) {
      const value = valueOfId.get(id);
      if (value === undefined)
        throw new Error(`jit: tensor ${id} must be recorded before it is used, got none`);
      return value;
    },
    content: () => ({ types, constants, operations }),
  };
}
