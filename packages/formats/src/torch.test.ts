import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fixtureBytes, fixtureSource, watched } from '../test/fixture.js';
import { bytesSource } from './byte-source.js';
import { encodeZip } from './encode-zip.js';
import { PickledArray } from './numpy-builders.js';
import { openTorch } from './open-torch.js';
import { PickleGlobal } from './pickle-types.js';
import { PickledObject } from './torch-pickle.js';

const eighths = (...values: number[]) => Float32Array.from(values, (value) => value / 8);
const f32 = (shape: number[], data: Float32Array) => ({ dtype: 'F32', shape, data });
const latin1 = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));

describe('openTorch', () => {
  it.each(['checkpoint.pth', 'checkpoint-legacy.pth'])(
    'reads what torch.save wrote: %s (test/fixtures/make.py)',
    async (name) => {
      const file = await openTorch(await fixtureSource(name));
      expect(Object.fromEntries(await file.readFloats())).toEqual({
        'layer.weight': f32(
          [4, 6],
          Float32Array.from({ length: 24 }, (_, i) => i / 8),
        ),
        turned: f32(
          [6, 4],
          Float32Array.from({ length: 24 }, (_, i) => ((i % 4) * 6 + Math.floor(i / 4)) / 8),
        ),
        part: f32([2, 3], eighths(8, 9, 10, 14, 15, 16)),
        half: f32([4], Float32Array.of(1.5, -0.25, 2 ** -14, 2 ** -24)),
        bfloat: f32([2], Float32Array.of(3, -0.5)),
        double: f32([1, 1], Float32Array.of(0.125)),
        count: f32([], Float32Array.of(7)),
        empty: f32([0, 3], new Float32Array(0)),
        expanded: f32([2, 3], Float32Array.of(0.5, 0.5, 0.5, 2, 2, 2)),
        complex: f32([2, 2], Float32Array.of(1, 2, -0, -3)),
      });
      expect((await file.read('count')).data).toEqual(BigInt64Array.of(7n));
      expect((await file.read('double')).data).toEqual(Float64Array.of(0.125));
      await expect(file.read('nothing')).rejects.toThrow(
        'must hold the tensor "nothing", got "layer.weight", "turned"',
      );
      await file.close();
    },
  );

  it('reads what a training script saves: nested dicts, optimizer, numbers, arrays, newer kinds', async () => {
    const file = await openTorch(await fixtureSource('training.pth'));
    const state = file.value as Map<string, unknown>;
    expect([
      state.get('epoch'),
      state.get('loss'),
      state.get('size'),
      state.get('device'),
      state.get('seen'),
    ]).toEqual([3, 0.25, [1, 2], 'cpu', [7]]);
    expect((state.get('betas') as PickledArray).array.data).toEqual(Float64Array.of(1, 2));
    expect((state.get('dtype') as PickleGlobal<never>).name).toBe('torch.float16');
    expect([...file.tensors.keys()]).toEqual([
      'model.w',
      'model.f8',
      'model.u16',
      'optimizer.state.0.step',
      'optimizer.state.0.exp_avg',
      'optimizer.state.0.exp_avg_sq',
      'buffer',
    ]);
    expect((await file.read('model.f8')).data).toEqual(Float32Array.of(0.5, -448));
    expect((await file.read('model.u16')).data).toEqual(Uint16Array.of(1, 65535));
    expect((await file.read('buffer')).data).toEqual(Float32Array.of(4));
    await file.close();
  });

  it('runs nothing that a pickle names: it is an error that says what', async () => {
    const opened = openTorch(await fixtureSource('checkpoint-code.pth'));
    await expect(opened).rejects.toThrow(
      /must hold tensors in dicts and lists only, got the global "(posix|os)\.system", which is neither looked up nor run/,
    );
    expect(existsSync('code-ran')).toBe(false);
  });

  it('keeps objects of unknown classes as data, if told', async () => {
    await expect(openTorch(await fixtureSource('settings.pth'))).rejects.toThrow(
      'the global "training.Settings"',
    );
    const file = await openTorch(await fixtureSource('settings.pth'), { keepUnknown: true });
    const settings = (file.value as Map<string, unknown>).get('settings') as PickledObject;
    expect([settings.name, settings.state]).toEqual(['training.Settings', new Map([['rate', 0.5]])]);
    expect((await file.read('w')).data).toEqual(Float32Array.of(1, 1));
    await file.close();
    const code = await openTorch(bytesSource(fixtureBytes('checkpoint-code.pth')), {
      keepUnknown: true,
    }).catch((error) => error as Error);
    expect((code as Error).message).toContain('must hold tensors, got none');
    expect(existsSync('code-ran')).toBe(false);
  });

  it('refuses a tensor that is to be conjugated when it is read', async () => {
    await expect(openTorch(await fixtureSource('conjugated.pth'))).rejects.toThrow('save its clone()');
  });

  it.each([
    ['another file', Uint8Array.of(1, 2, 3)],
    ['an empty file', new Uint8Array(0)],
    ['a cut zip', fixtureBytes('checkpoint.pth').subarray(0, 2000)],
    ['a cut file of the older kind', fixtureBytes('checkpoint-legacy.pth').subarray(0, -10)],
    ['a longer file of the older kind', Uint8Array.of(...fixtureBytes('checkpoint-legacy.pth'), 0)],
  ])('refuses %s, naming it', async (_, bytes) => {
    const source = watched(bytes, 'x.pth');
    const error = await openTorch(source).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).message).toContain('x.pth must');
    expect(source.isClosed).toBe(true);
  });

  /** A checkpoint of a dict whose items are given in pickle's words; `h\0` is a storage of n float32, `h\1` the call's tail. */
  const checkpoint = (items: string, n: number) =>
    encodeZip([
      [
        'a/data.pkl',
        latin1(
          `\x80\x02(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuJ${long(n)}tQq\x000` +
            `ctorch._utils\n_rebuild_tensor_v2\nq\x020}(${items}u.`,
        ),
      ],
      ['a/data/0', new Uint8Array(4 * n)],
    ]);
  const long = (n: number) => String.fromCharCode(n & 255, (n >> 8) & 255, (n >> 16) & 255, n >> 24);
  const tensor = (name: number, offset: number, shape: string, stride: string) =>
    `X\x04\0\0\0${long(name).replace(/[^\0]/g, (c) => String.fromCharCode(33 + (c.charCodeAt(0) % 90)))}` +
    `h\x02(h\0J${long(offset)}${shape}${stride}\x89}tR`;

  it('refuses 20,000 tensors that share one storage of 16 MB, before it reads them', async () => {
    const n = 4_000_000;
    let items = '';
    for (let i = 0; i < 20_000; i++) {
      const name = String(10_000 + i);
      items += `X\x05\0\0\0${name}h\x02(h\0K\0J${long(n)}\x85K\x01\x85\x89}tR`;
    }
    const source = watched(await checkpoint(items, n), 'x.pth');
    const file = await openTorch(source);
    expect(file.tensors.size).toBe(20_000);
    const before = source.bytesRead;
    await expect(file.readFloats()).rejects.toThrow(
      'the tensors of x.pth must take at most 4 GiB of memory, got 298 GiB',
    );
    expect(source.bytesRead).toBe(before);
    expect((await file.readFloats(['10000'])).get('10000')?.data.length).toBe(n);
  });

  it('refuses views outside of their storage, and repeated ones larger than memory', async () => {
    for (const [part, message] of [
      [tensor(1, 90, 'K\x14\x85', 'K\x01\x85'), 'must lie within its storage of 100 numbers, got number 109'],
      [
        tensor(1, 0, `J${long(2 ** 30)}K\x10\x86`, 'K\0K\0\x86'),
        'must take at most 4 GiB of memory, got 64 GiB',
      ],
    ] as const) {
      const file = await openTorch(bytesSource(await checkpoint(part, 100), 'x.pth'));
      const name = [...file.tensors.keys()][0] as string;
      await expect(file.read(name)).rejects.toThrow(message);
    }
    await expect(
      openTorch(
        bytesSource(
          await checkpoint(tensor(1, 0, `(${'K\x01'.repeat(100_000)}t`, `(${'K\x01'.repeat(100_000)}t`), 100),
        ),
      ),
    ).rejects.toThrow('a tensor without a shape');
  });

  it('ends where dicts contain each other, or themselves', async () => {
    // A list in which each item is the list before, twice; and one in itself.
    const bomb =
      '(h\0l' +
      Array.from(
        { length: 30 },
        (_, i) =>
          `q${String.fromCharCode(10 + i)}0(h${String.fromCharCode(10 + i)}h${String.fromCharCode(10 + i)}l`,
      ).join('');
    for (const value of [`X\x01\0\0\0a${bomb}`, 'X\x01\0\0\0a]q\x09h\x09a']) {
      const error = await openTorch(bytesSource(await checkpoint(value, 1), 'x.pth')).catch(
        (error: unknown) => error as Error,
      );
      expect((error as Error).message).toMatch(/x.pth must (hold each tensor once|nest dicts)/);
    }
  });
});
