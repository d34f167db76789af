import * as tf from '@tensorflow/tfjs-core';
import { free, transpose, view, type WasmBackend, wasmKernel } from './wasm-backend.js';

type WasmMatMul = (
  aId: number,
  aShape: Uint8Array,
  aRank: number,
  bId: number,
  bShape: Uint8Array,
  bRank: number,
  transposeA: number,
  transposeB: number,
  outId: number,
) => void;
const compiled = new WeakMap<WasmBackend, WasmMatMul>();

function wasmMatMul(backend: WasmBackend): WasmMatMul {
  const number = 'number';
  const matMul =
    compiled.get(backend) ??
    (backend.wasm.cwrap(tf.BatchMatMul, null, [
      ...[number, 'array', number, number, 'array', number, number, number, number],
    ]) as WasmMatMul);
  compiled.set(backend, matMul);
  return matMul;
}

/** Runs `body` with an id under which wasm sees `size` floats of a tensor, from float `start` on. */
function withSlice(
  backend: WasmBackend,
  info: tf.TensorInfo,
  start: number,
  size: number,
  body: (id: number) => void,
): void {
  const id = backend.dataIdNextNumber++;
  const { memoryOffset } = backend.dataIdMap.get(info.dataId);
  backend.wasm.tfjs.registerTensor(id, size, memoryOffset + start * Float32Array.BYTES_PER_ELEMENT);
  body(id);
  // Only the id goes, and what XNNPACK keeps under it; the memory is the tensor's.
  backend.wasm.tfjs.disposeData(id);
}

/** For each batch index of the broadcast shape `out`, the index into a tensor of batch shape `shape`. */
function broadcastIndices(shape: readonly number[], out: readonly number[]): number[] {
  let indices = [0];
  let stride = 1;
  for (let axis = 1; axis <= out.length; axis++) {
    const size = out.at(-axis) as number;
    const own = shape.at(-axis) ?? 1;
    const step = own === 1 ? 0 : stride;
    // The last axes vary fastest: each new one is outermost.
    indices = Array.from({ length: size }, (_, i) => indices.map((index) => index + i * step)).flat();
    stride *= own;
  }
  return indices;
}

const int32Bytes = (...sizes: number[]) => new Uint8Array(new Int32Array(sizes).buffer);

/**
 * `[…,m,k]·[…,k,n] → […,m,n]` with broadcast batch axes.
 *
 * The backend's own kernel is fast (XNNPACK) for one product without transposes, and some 20 times slower for anything
 * else. So transposes are done first, and a batch is a loop of single products on slices of memory.
 */
export function matMul(
  backend: WasmBackend,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  transposeA = false,
  transposeB = false,
): tf.TensorInfo {
  const [rowsA, columnsA] = a.shape.slice(-2) as [number, number];
  const [rowsB, columnsB] = b.shape.slice(-2) as [number, number];
  const [rows, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const [inner, n] = transposeB ? [columnsB, rowsB] : [rowsB, columnsB];
  tf.util.assert(
    k === inner,
    () =>
      `matMul: inner sizes must be equal, got ${k} and ${inner} of shapes [${a.shape.join(',')}] and ` +
      `[${b.shape.join(',')}] with transposeA ${transposeA}, transposeB ${transposeB}`,
  );
  let batchA = a.shape.slice(0, -2);
  const batchB = b.shape.slice(0, -2);
  const outShape = [...tf.broadcast_util.assertAndGetBroadcastShape(batchA, batchB), rows, n];
  const out = backend.makeOutput(outShape, 'float32');
  if (tf.util.sizeFromShape(outShape) === 0) return out;
  const swap = (x: tf.TensorInfo, rows: number, columns: number) =>
    transpose(backend, view(x, [tf.util.sizeFromShape(x.shape.slice(0, -2)), rows, columns]), [0, 2, 1]);
  const left = transposeA ? swap(a, rowsA, columnsA) : a;
  const right = transposeB ? swap(b, rowsB, columnsB) : b;

  let m = rows;
  let batch = outShape.slice(0, -2);
  if (tf.util.sizeFromShape(batchB) === 1) {
    // One right side for all: the batch is more rows of one product.
    m *= tf.util.sizeFromShape(batchA);
    batchA = [];
    batch = [];
  }
  const multiply = wasmMatMul(backend);
  const indicesA = broadcastIndices(batchA, batch);
  const indicesB = broadcastIndices(batchB, batch);
  for (let i = 0; i < indicesA.length; i++) {
    withSlice(backend, left, (indicesA[i] as number) * m * k, m * k, (leftId) =>
      withSlice(backend, right, (indicesB[i] as number) * k * n, k * n, (rightId) =>
        withSlice(backend, out, i * m * n, m * n, (outId) =>
          multiply(leftId, int32Bytes(1, m, k), 3, rightId, int32Bytes(1, k, n), 3, 0, 0, outId),
        ),
      ),
    );
  }
  if (left !== a) free(backend, left);
  if (right !== b) free(backend, right);
  return out;
}

/** `tf.matMul`. */
export const batchMatMul: tf.KernelConfig = wasmKernel<'a' | 'b', tf.BatchMatMulAttrs>(
  tf.BatchMatMul,
  (backend, { a, b }, { transposeA, transposeB }) => matMul(backend, a, b, transposeA, transposeB),
);
