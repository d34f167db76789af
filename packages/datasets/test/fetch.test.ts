import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fetchDataset, KNOWN_DOWNLOADS } from '../src/node/index.js';
import { datasets } from './datasets-command.js';
import { answers, folder, requests, url, whole } from './file-server.js';

describe('known downloads', () => {
  test.each(Object.entries(KNOWN_DOWNLOADS))(
    '%s has a page, terms and a checksum for each file',
    (_, known) => {
      expect(known.page).toMatch(/^https?:\/\//);
      expect(known.license.length).toBeGreaterThan(5);
      for (const { sha256, md5, bytes, url: from, name } of known.files) {
        expect(sha256 ?? md5).toMatch(sha256 === undefined ? /^[0-9a-f]{32}$/ : /^[0-9a-f]{64}$/);
        if (known.byHand === undefined) {
          expect([bytes! > 0, from.endsWith(name), from.startsWith('https://')]).toEqual([true, true, true]);
          expect(sha256).toBeDefined();
        }
      }
    },
  );
});

describe('datasets fetch', () => {
  test('lists what there is', async () => {
    const { out } = await datasets('fetch');
    expect(out.split('\n').length).toBe(Object.keys(KNOWN_DOWNLOADS).length);
    expect(out).toContain('celeba         CelebA, 202,599 aligned images 178×218×3 (by hand)');
  });

  test('shows source and terms before it asks for anything; what a mirror has is held to the same size', async () => {
    answers['/cifar-10-python.tar.gz'] = [whole];
    const { errors, code } = await datasets('fetch', 'cifar10', '--to', folder, '--mirror', `${url}/`);
    expect(code).toBe(1);
    expect(requests).toEqual([{ path: '/cifar-10-python.tar.gz', range: undefined }]);
    expect(errors.indexOf('license: no license is given')).toBeLessThan(
      errors.indexOf('must have 170498071'),
    );
    expect(errors).toContain('cs.toronto.edu/~kriz/cifar.html');
    expect(existsSync(join(folder, 'cifar-10-python.tar.gz'))).toBe(false);
  });

  test('offline, says which files to put where, with size and checksum', async () => {
    await expect(
      fetchDataset('mnist', { directory: folder, mirror: 'http://127.0.0.1:1', retries: 0 }),
    ).rejects.toThrow(
      `${join(folder, 'train-labels-idx1-ubyte.gz')}  28,881 bytes, SHA-256 3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c`,
    );
    const { out } = await datasets('fetch', 'mnist', '--hint', '--to', folder);
    expect(out).toContain('https://ossci-datasets.s3.amazonaws.com/mnist/t10k-images-idx3-ubyte.gz');
  });

  test('of what only a browser can get, says where, and checks what lies there', async () => {
    const first = await datasets('fetch', 'celeba', '--to', folder);
    expect(first.code).toBe(1);
    expect(first.errors).toContain('Google Drive');
    expect(first.errors).toContain(
      `${join(folder, 'img_align_celeba.zip')}  SHA-256 46fb89443c578308acf364d7d379fe1b9efb793042c0af734b6112e4fd3a8c74`,
    );
    writeFileSync(join(folder, 'img_align_celeba.zip'), 'a page that says: quota exceeded');
    const second = await datasets('fetch', 'celeba', '--to', folder);
    expect(second.errors).toContain(
      'img_align_celeba.zip must have the SHA-256 46fb89443c578308acf364d7d379fe1b9efb793042c0af734b6112e4fd3a8c74',
    );
    expect(requests).toEqual([]);
  });

  test('refuses names and flags that it does not know', async () => {
    expect((await datasets('fetch', 'cifar11')).errors).toContain('NAME must be of cifar10, cifar100, mnist');
    expect((await datasets('fetch', 'cifar10', '--too', 'x')).errors).toContain('--too; did you mean --to?');
    expect(requests).toEqual([]);
  });
});
