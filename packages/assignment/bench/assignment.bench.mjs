// npm run bench -- assignment [--matrix FILE.f64 --rows N --cols M] [--solver NAME] [--repeats R] [--sizes N,N] [--json]
import {
  auction,
  certify,
  greedy,
  hungarianOn3,
  jonkerVolgenant,
  sinkhorn,
  solveAssignment,
} from '@immiscible/assignment';
import hungarian from 'hungarian-on3';
import { linearSumAssignment } from 'linear-sum-assignment';
import munkres from 'munkres';
import { parseArgs } from 'node:util';
import { imageNoiseCost, median, readMatrix } from './matrix.mjs';

const solvers = {
  default: solveAssignment,
  auction,
  jonkerVolgenant,
  greedy,
  sinkhorn,
  hungarianOn3: hungarianOn3(hungarian),
};

/** Untimed runs, at most so many or so long: engines compile what runs often. */
const WARM_RUNS = 20;
const WARM_MS = 500;

const nested = (cost) =>
  Array.from({ length: cost.shape[0] }, (_, i) =>
    Array.from({ length: cost.shape[1] }, (_, j) => cost.get(i, j)),
  );

/** Competitors on image-noise costs, with the largest size that they get: beyond it they take many seconds. */
const field = [
  { name: 'ours (solveAssignment)', most: Infinity, prepare: (cost) => () => solveAssignment(cost) },
  { name: 'ours (jonkerVolgenant)', most: 1024, prepare: (cost) => () => jonkerVolgenant(cost) },
  {
    name: 'munkres',
    most: 2048,
    prepare: (cost) => {
      const rows = nested(cost);
      return () => munkres(rows);
    },
  },
  {
    name: 'linear-sum-assignment',
    most: 1024,
    prepare: (cost) => {
      const rows = nested(cost);
      return () => linearSumAssignment(rows, { maximaze: false });
    },
  },
  {
    name: 'hungarian-on3',
    most: 512,
    prepare: (cost) => {
      const rows = nested(cost);
      return () => hungarian(rows);
    },
  },
];

export const name = 'assignment';

export async function run({ args, json }) {
  const { values } = parseArgs({
    args,
    options: {
      matrix: { type: 'string' },
      rows: { type: 'string' },
      cols: { type: 'string' },
      solver: { type: 'string', default: 'default' },
      repeats: { type: 'string', default: '7' },
      sizes: { type: 'string', default: '128,256,512,1024,2048' },
    },
  });
  const repeats = Number(values.repeats);
  if (values.matrix) {
    const solve = solvers[values.solver];
    if (!solve)
      throw new RangeError(
        `bench: --solver must be one of ${Object.keys(solvers).join(', ')}, got ${values.solver}`,
      );
    const cost = readMatrix(values.matrix, Number(values.rows), Number(values.cols ?? values.rows));
    const times = [];
    let assignment;
    const began = performance.now();
    for (let r = 0; r < WARM_RUNS && performance.now() - began < WARM_MS; r++) solve(cost);
    for (let r = 0; r < repeats; r++) {
      const start = performance.now();
      assignment = solve(cost);
      times.push(performance.now() - start);
    }
    const { gap } = certify(cost, assignment);
    const result = { median_ms: median(times), total: assignment.totalCost, gap, solver: values.solver };
    if (!json) console.log(result);
    return result;
  }

  const rows = [];
  for (const n of values.sizes.split(',').map(Number)) {
    const cost = await imageNoiseCost(n);
    const runners = field
      .filter(({ most }) => n <= most)
      .map(({ name, prepare }) => ({ name, go: prepare(cost), times: [] }));
    // Interleaved, so that what else the machine does hits all alike.
    for (let r = 0; r < repeats; r++) {
      for (const { go, times } of runners) {
        if (r >= 3 && median(times) > 2000) continue;
        const start = performance.now();
        go();
        times.push(performance.now() - start);
      }
    }
    const ours = median(runners[0].times);
    for (const { name, times } of runners)
      rows.push({ n, solver: name, median_ms: median(times), ratio: median(times) / ours });
  }
  if (!json) {
    console.log('| n | solver | median ms | of ours |\n| --- | --- | --- | --- |');
    for (const { n, solver, median_ms, ratio } of rows) {
      console.log(`| ${n} | ${solver} | ${median_ms.toFixed(1)} | ${ratio.toFixed(1)}× |`);
    }
  }
  return { rows };
}
