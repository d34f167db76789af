import { elementCount } from './element-types.js';
import { numpyBuilders, type NumpyObject, PickledArray, PickledDtype } from './numpy-builders.js';
import { kindOf, PickleGlobal, type PickleProfile, type PickleValue } from './pickle-types.js';

/** A tensor as a checkpoint describes it: a view of a storage. */
export class TorchTensor {
  readonly storage: TorchStorage;
  /** Of its elements, by the names of safetensors (`F32`, `BF16`, …). */
  readonly dtype: string;
  /** In elements, as the strides are. */
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  constructor(
    storage: TorchStorage,
    dtype: string,
    offset: number,
    shape: readonly number[],
    stride: readonly number[],
  ) {
    [this.storage, this.dtype, this.offset, this.shape, this.stride] = [
      storage,
      dtype,
      offset,
      shape,
      stride,
    ];
  }
}

/** Numbers that lie elsewhere in the file. */
export class TorchStorage {
  /** `undefined` where only the tensors say. */
  readonly dtype: string | undefined;
  readonly key: string;
  /** How many numbers; bytes where there is no dtype. */
  readonly count: number;
  constructor(dtype: string | undefined, key: string, count: number) {
    [this.dtype, this.key, this.count] = [dtype, key, count];
  }
}

/** An object of a class that isn't known, kept as data: nothing of it was run. */
export class PickledObject {
  /** `module.name`. */
  readonly name: string;
  readonly args: readonly TorchValue[];
  state: TorchValue = null;
  constructor(name: string, args: readonly TorchValue[]) {
    [this.name, this.args] = [name, args];
  }
}

/** What is built of the globals in a checkpoint. */
export type TorchObject = TorchTensor | TorchStorage | PickledObject | NumpyObject;
/** What a checkpoint can hold. */
export type TorchValue = PickleValue<TorchObject>;
type Call = PickleGlobal<TorchObject>['call'];

const STORAGES: Readonly<Record<string, string>> = {
  'torch.FloatStorage': 'F32',
  'torch.DoubleStorage': 'F64',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.LongStorage': 'I64',
  'torch.IntStorage': 'I32',
  'torch.ShortStorage': 'I16',
  'torch.CharStorage': 'I8',
  'torch.ByteStorage': 'U8',
  'torch.BoolStorage': 'BOOL',
  'torch.ComplexFloatStorage': 'C64',
  'torch.ComplexDoubleStorage': 'C128',
};
const UNTYPED = 'torch.storage.UntypedStorage';
const TORCH_DTYPES: Readonly<Record<string, string>> = {
  'torch.float32': 'F32',
  'torch.float64': 'F64',
  'torch.float16': 'F16',
  'torch.bfloat16': 'BF16',
  'torch.int64': 'I64',
  'torch.int32': 'I32',
  'torch.int16': 'I16',
  'torch.int8': 'I8',
  'torch.uint64': 'U64',
  'torch.uint32': 'U32',
  'torch.uint16': 'U16',
  'torch.uint8': 'U8',
  'torch.bool': 'BOOL',
  'torch.complex64': 'C64',
  'torch.complex128': 'C128',
  'torch.float8_e4m3fn': 'F8_E4M3',
  'torch.float8_e5m2': 'F8_E5M2',
  'torch.float8_e4m3fnuz': 'F8_E4M3FNUZ',
  'torch.float8_e5m2fnuz': 'F8_E5M2FNUZ',
  'torch.float8_e8m0fnu': 'F8_E8M0',
};

/**
 * Tensors, their containers and NumPy's arrays: what a checkpoint may name. Each is a fixed function of this package.
 *
 * @param fileSize - in bytes: bounds what is built
 * @param keepUnknown - keep objects of other classes as data, instead of refusing the file
 */
export function torchProfile(fileSize: number, keepUnknown: boolean): PickleProfile<TorchObject> {
  const numpy = numpyBuilders(fileSize) as unknown as Pick<PickleProfile<TorchObject>, 'global' | 'setState'>;
  return {
    constraint: 'hold tensors in dicts and lists only',
    textStrings: true,
    global: (name) =>
      (Object.hasOwn(BUILDERS, name) ? BUILDERS[name] : undefined) ??
      (Object.hasOwn(STORAGES, name) || Object.hasOwn(TORCH_DTYPES, name) || name === UNTYPED
        ? noCall
        : undefined) ??
      numpy.global(name) ??
      (keepUnknown ? (args) => new PickledObject(name, args) : undefined),
    setState(target, state) {
      // An OrderedDict's attributes (`_metadata`) are passed over.
      if (target instanceof Map) return;
      if (target instanceof PickledObject) target.state = state;
      else if (target instanceof PickledArray || target instanceof PickledDtype)
        numpy.setState(target, state);
      else throw new RangeError(`a state for ${kindOf(target)}`);
    },
    /** `('storage', type, key, location, count)`. */
    persistent(id) {
      const [what, type, key, , count] = Array.isArray(id) ? id : [];
      const name = type instanceof PickleGlobal ? type.name : '';
      const isStorage = Object.hasOwn(STORAGES, name) || name === UNTYPED;
      if (
        what !== 'storage' ||
        !isStorage ||
        typeof key !== 'string' ||
        key.length > 1000 ||
        !isCount(count)
      ) {
        throw new RangeError(`a reference to something but numbers (${kindOf(id)})`);
      }
      return new TorchStorage(STORAGES[name], key, count);
    },
  };
}

const noCall: Call = () => {
  throw new RangeError('a call of something that only names a type');
};

/** `(storage, offset, size, stride, requires_grad, hooks, …)`; the dtype follows in version 3, else it is the storage's. */
function tensor(
  [storage, offset, shape, stride]: readonly TorchValue[],
  dtype: string | undefined,
  flags: TorchValue,
): TorchTensor {
  if (!(storage instanceof TorchStorage) || !isCount(offset) || dtype === undefined) {
    throw new RangeError('a tensor without numbers');
  }
  const fits = Array.isArray(shape) && Array.isArray(stride) && shape.length === stride.length;
  if (!fits || elementCount(shape as number[]) === undefined || !stride.every(isCount)) {
    throw new RangeError('a tensor without a shape');
  }
  // Views that are to be negated or conjugated when they are read.
  const isLazy = flags instanceof Map && [...flags.values()].some((flag) => flag === true);
  if (isLazy)
    throw new RangeError('a tensor that is negated or conjugated only when it is used; save its clone()');
  return new TorchTensor(storage, dtype, offset, [...(shape as number[])], [...(stride as number[])]);
}

const BUILDERS: Readonly<Record<string, Call>> = {
  'collections.OrderedDict': ([items]) => {
    const pairs = items === undefined ? [] : items;
    if (!Array.isArray(pairs)) throw new RangeError('a dict of something but pairs');
    return new Map(
      pairs.map((pair) => {
        const [key, value] = Array.isArray(pair) ? pair : [];
        if (typeof key !== 'string' && typeof key !== 'number') throw new RangeError('a dict without names');
        return [key, value ?? null];
      }),
    );
  },
  'torch._utils._rebuild_tensor_v2': (args) =>
    tensor(args, args[0] instanceof TorchStorage ? args[0].dtype : undefined, args[6] ?? null),
  'torch._utils._rebuild_tensor_v3': (args) =>
    tensor(args, args[6] instanceof PickleGlobal ? TORCH_DTYPES[args[6].name] : undefined, args[7] ?? null),
  'torch._utils._rebuild_parameter': ([data]) => aTensor(data),
  'torch._utils._rebuild_parameter_with_state': ([data]) => aTensor(data),
  // Tensors with attributes, such as buffers: `(function, type, args, attributes)`.
  'torch._tensor._rebuild_from_type_v2': ([builder, type, args]) => {
    const isPlain = type instanceof PickleGlobal && type.name === 'torch.Tensor';
    if (!isPlain || !(builder instanceof PickleGlobal) || !Array.isArray(args))
      throw new RangeError('another kind of tensor');
    return aTensor(builder.call(args));
  },
  'torch.Tensor': noCall,
  'torch.Size': ([sizes]) => (Array.isArray(sizes) ? sizes : []),
  'torch.device': ([kind]) => (typeof kind === 'string' ? kind : null),
  'builtins.set': ([items]) => (Array.isArray(items) ? items : []),
  '__builtin__.set': ([items]) => (Array.isArray(items) ? items : []),
};

function aTensor(value: TorchValue | undefined): TorchTensor {
  if (value instanceof TorchTensor) return value;
  throw new RangeError(`a parameter of ${kindOf(value)}`);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
