import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { installPackages, isInstalled } from './install-packages.mjs';

const base = mkdtempSync(join(tmpdir(), 'install-packages-'));
after(() => rmSync(base, { recursive: true }));

const PACKAGES = {
  '': { name: 'x' },
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/elsewhere': { version: '1.0.0', optional: true, os: ['none'], cpu: [process.arch] },
};
let root;
let calls;
let said;
const write = (path, content) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
};
/** What `npm ci` leaves. */
const fill = (packages = PACKAGES) => {
  const { '': _, 'node_modules/elsewhere': __, ...installed } = packages;
  write('node_modules/.package-lock.json', { packages: installed });
  write('node_modules/a/package.json', '{}');
};
/** An npm that empties node_modules before anything else, as the real one does. */
const npm =
  ({ online, cached }) =>
  (args) => {
    calls.push(args.join(' '));
    if (args[0] === 'view') return { status: online ? 0 : 1 };
    assert.equal(args[0], 'ci');
    rmSync(join(root, 'node_modules'), { recursive: true, force: true });
    if (!online && !cached) return { status: 1, stderr: 'ENOTCACHED' };
    assert.equal(args.includes('--offline'), !online);
    fill();
    return { status: 0 };
  };
const install = (how) => installPackages(root, npm(how), (line) => said.push(line));

beforeEach(() => {
  root = mkdtempSync(join(base, 'root-'));
  calls = [];
  said = [];
  write('package-lock.json', { packages: PACKAGES });
});

test('a clone without packages gets them, once', () => {
  assert.equal(install({ online: true }), undefined);
  assert.equal(calls.length, 2);
  assert.equal(install({ online: true }), undefined);
  assert.equal(calls.length, 2);
});

test('packages that are there already need neither stamp nor network', () => {
  fill();
  assert.equal(install({ online: false }), undefined);
  assert.deepEqual(calls, []);
  assert.ok(existsSync(join(root, 'node_modules/a/package.json')));
});

test('without network node_modules stays as it was, and the message says why nothing was done', () => {
  fill({ ...PACKAGES, 'node_modules/a': { version: '0.9.0', integrity: 'sha512-0' } });
  const problem = install({ online: false });
  assert.match(
    problem.message,
    /registry doesn't answer.*connect and try again \(node_modules is as it was\)/,
  );
  assert.ok(existsSync(join(root, 'node_modules/a/package.json')));
  assert.ok(!existsSync(join(root, '.cache/node_modules.before')));
});

test("npm's cache is enough", () => {
  assert.equal(install({ online: false, cached: true }), undefined);
  assert.match(said[0], /from npm's cache: the registry doesn't answer/);
});

test('what an interrupted run put aside comes back', () => {
  fill();
  mkdirSync(join(root, '.cache'));
  write(
    '.cache/node_modules.before/.package-lock.json',
    readFileSync(join(root, 'node_modules/.package-lock.json'), 'utf8'),
  );
  write('.cache/node_modules.before/a/package.json', '{}');
  rmSync(join(root, 'node_modules'), { recursive: true });
  write('node_modules/half', '');
  assert.equal(install({ online: false }), undefined);
  assert.deepEqual(calls, []);
  assert.ok(isInstalled(root));
});

test('other versions, missing folders and packages for this machine that are not there are noticed', () => {
  fill();
  assert.ok(isInstalled(root));
  rmSync(join(root, 'node_modules/a'), { recursive: true });
  assert.ok(!isInstalled(root));
  fill();
  const here = { version: '1.0.0', optional: true, os: [process.platform], cpu: [process.arch] };
  write('package-lock.json', { packages: { ...PACKAGES, 'node_modules/binary': here } });
  assert.ok(!isInstalled(root));
  write('package-lock.json', { packages: { ...PACKAGES, 'node_modules/a': { version: '1.0.1' } } });
  assert.ok(!isInstalled(root));
});
