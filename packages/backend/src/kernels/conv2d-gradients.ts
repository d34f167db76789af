import * as tf from '@tensorflow/tfjs-core';
import { matMul } from './mat-mul.js';
import { callKernel, free, transpose, values, view, type WasmBackend, wasmKernel } from './wasm-backend.js';

type Shape4D = [number, number, number, number];

/** Sizes of a convolution `x [B,H,W,I] * w [h,w,I,O] → y [B,Y,X,O]`. */
function convInfo(
  inputShape: readonly number[],
  filterShape: readonly number[],
  attrs: tf.Conv2DBackpropFilterAttrs | tf.Conv2DBackpropInputAttrs,
): tf.backend_util.Conv2DInfo {
  const { strides, pad, dataFormat, dimRoundingMode } = attrs;
  return tf.backend_util.computeConv2DInfo(
    inputShape as Shape4D,
    filterShape as Shape4D,
    strides,
    1,
    pad,
    dimRoundingMode,
    false,
    tf.backend_util.convertConv2DDataFormat(dataFormat),
  );
}

const isPointwise = (info: tf.backend_util.Conv2DInfo) =>
  info.filterHeight === 1 &&
  info.filterWidth === 1 &&
  info.strideHeight === 1 &&
  info.strideWidth === 1 &&
  info.outHeight === info.inHeight &&
  info.outWidth === info.inWidth;

/** A convolution on the backend's own kernel (XNNPACK), padded as given. */
function conv2d(
  backend: WasmBackend,
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  [top, bottom, left, right]: readonly [number, number, number, number],
  dilations: [number, number] = [1, 1],
): tf.TensorInfo {
  // Negative padding is what is cut off.
  const cut = [top, bottom, left, right].some((padding) => padding < 0);
  const [batch, height, width, channels] = x.shape as Shape4D;
  const source = cut
    ? callKernel(
        backend,
        tf.Slice,
        { x },
        {
          begin: [0, Math.max(0, -top), Math.max(0, -left), 0],
          size: [
            batch,
            height + Math.min(0, top) + Math.min(0, bottom),
            width + Math.min(0, left) + Math.min(0, right),
            channels,
          ],
        },
      )
    : x;
  const out = callKernel(
    backend,
    tf.Conv2D,
    { x: source, filter },
    {
      strides: [1, 1],
      pad: [
        [0, 0],
        [top, bottom].map((p) => Math.max(0, p)),
        [left, right].map((p) => Math.max(0, p)),
        [0, 0],
      ],
      dataFormat: 'NHWC',
      dilations,
    },
  );
  if (source !== x) free(backend, source);
  return out;
}

/**
 * Gradient of a convolution by its filter.
 *
 * `dw[i,j,c,o] = Σ_{b,y,x} x[b, y·stride+i−top, x·stride+j−left, c] · dy[b,y,x,o]` is itself a convolution: of the
 * images with channels and batch changing places, by `dy` as a filter of size Y×X dilated by the stride.
 */
function backpropFilter(
  backend: WasmBackend,
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  attrs: tf.Conv2DBackpropFilterAttrs,
): tf.TensorInfo {
  const info = convInfo(x.shape, attrs.filterShape, attrs);
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  if (isPointwise(info)) {
    const pixels = batchSize * inHeight * inWidth;
    return view(
      matMul(backend, view(x, [pixels, inChannels]), view(dy, [pixels, outChannels]), true),
      attrs.filterShape,
    );
  }
  const { filterHeight, filterWidth, strideHeight, strideWidth } = info;
  const { top, left } = info.padInfo;
  const images = transpose(backend, x, [3, 1, 2, 0]);
  const filter = transpose(backend, dy, [1, 2, 0, 3]);
  // As much padding at the end, or as little, as gives one output for each tap of the filter.
  const bottom = (outHeight - 1) * strideHeight + filterHeight - inHeight - top;
  const right = (outWidth - 1) * strideWidth + filterWidth - inWidth - left;
  const taps = conv2d(backend, images, filter, [top, bottom, left, right], [strideHeight, strideWidth]);
  const out = transpose(backend, taps, [1, 2, 0, 3]);
  free(backend, images, filter, taps);
  return out;
}

/** `dy` with `stride − 1` zeros between its rows and columns. */
function dilate(
  backend: WasmBackend,
  dy: tf.TensorInfo,
  strideHeight: number,
  strideWidth: number,
): tf.TensorInfo {
  const [batch, height, width, channels] = dy.shape as Shape4D;
  const shape = [batch, (height - 1) * strideHeight + 1, (width - 1) * strideWidth + 1, channels];
  const out = backend.makeOutput(shape, 'float32');
  const from = values(backend, dy);
  const to = values(backend, out).fill(0);
  const [, outHeight, outWidth] = shape as Shape4D;
  for (let b = 0; b < batch; b++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const source = ((b * height + y) * width + x) * channels;
        const target = ((b * outHeight + y * strideHeight) * outWidth + x * strideWidth) * channels;
        for (let c = 0; c < channels; c++) to[target + c] = from[source + c] as number;
      }
    }
  }
  return out;
}

/** The filter `[h,w,I,O]` turned by 180° with its channels changing places: `[h,w,O,I]`. */
function turn(backend: WasmBackend, filter: tf.TensorInfo): tf.TensorInfo {
  const [height, width, inChannels, outChannels] = filter.shape as Shape4D;
  const out = backend.makeOutput([height, width, outChannels, inChannels], 'float32');
  const from = values(backend, filter);
  const to = values(backend, out);
  const size = inChannels * outChannels;
  for (let tap = 0; tap < height * width; tap++) {
    const target = (height * width - 1 - tap) * size;
    for (let i = 0; i < inChannels; i++) {
      const source = tap * size + i * outChannels;
      for (let o = 0; o < outChannels; o++) to[target + o * inChannels + i] = from[source + o] as number;
    }
  }
  return out;
}

/**
 * Gradient of a convolution by its input: the convolution of `dy`, spread by the stride, with the filter turned by
 * 180° and its channels changing places. The backend's own kernel does the same sums one by one.
 */
function backpropInput(
  backend: WasmBackend,
  dy: tf.TensorInfo,
  filter: tf.TensorInfo,
  attrs: tf.Conv2DBackpropInputAttrs,
): tf.TensorInfo {
  const info = convInfo(attrs.inputShape, filter.shape, attrs);
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  if (isPointwise(info)) {
    const pixels = batchSize * inHeight * inWidth;
    return view(
      matMul(backend, view(dy, [pixels, outChannels]), view(filter, [inChannels, outChannels]), false, true),
      [...attrs.inputShape],
    );
  }
  const { filterHeight, filterWidth, strideHeight, strideWidth } = info;
  const { top, left } = info.padInfo;
  const isDilated = strideHeight > 1 || strideWidth > 1;
  const spread = isDilated ? dilate(backend, dy, strideHeight, strideWidth) : dy;
  const turned = turn(backend, filter);
  // Output row y of this convolution is input row y: rows of the input that no window reaches get a zero.
  const rows = (outHeight - 1) * strideHeight + 1;
  const columns = (outWidth - 1) * strideWidth + 1;
  const before = [filterHeight - 1 - top, filterWidth - 1 - left] as const;
  const out = conv2d(backend, spread, turned, [
    before[0],
    inHeight + filterHeight - 1 - rows - before[0],
    before[1],
    inWidth + filterWidth - 1 - columns - before[1],
  ]);
  free(backend, turned);
  if (isDilated) free(backend, spread);
  return view(out, [batchSize, inHeight, inWidth, inChannels]);
}

// The forward pass refuses dataFormat NCHW, so none comes here.

/** `Conv2DBackpropFilter`, which the wasm backend lacks. */
export const conv2dBackpropFilter: tf.KernelConfig = wasmKernel<'x' | 'dy', tf.Conv2DBackpropFilterAttrs>(
  tf.Conv2DBackpropFilter,
  (backend, { x, dy }, attrs) => backpropFilter(backend, x, dy, attrs),
);

/** `Conv2DBackpropInput` (also the forward pass of `conv2dTranspose`), faster than the backend's own. */
export const conv2dBackpropInput: tf.KernelConfig = wasmKernel<'dy' | 'filter', tf.Conv2DBackpropInputAttrs>(
  tf.Conv2DBackpropInput,
  (backend, { dy, filter }, attrs) => backpropInput(backend, dy, filter, attrs),
);
