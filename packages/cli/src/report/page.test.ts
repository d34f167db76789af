import { describe, expect, test } from 'vitest';
import { examplePictures, exampleSummary } from '../../test/summary-example.js';
import { reportPage } from './page.js';
import { verdict } from './verdict.js';

const page = reportPage(exampleSummary(), examplePictures());

/** Start tags and end tags, without what has no end. */
function tagsOf(html: string): string[] {
  const body = html.replace(/<style>[\s\S]*?<\/style>/g, '').replace(/<!doctype html>/i, '');
  return [...body.matchAll(/<(\/?)([a-z][\w]*)((?:"[^"]*"|[^">])*?)(\/?)>/gi)].flatMap(
    ([, end, name, , closed]) =>
      closed === '/' || ['meta', 'img', 'br'].includes(name ?? '') ? [] : [`${end}${name}`],
  );
}

describe('the report', () => {
  test('is one file: nothing in it points outside', () => {
    expect(page).not.toMatch(/https?:/);
    expect(page).not.toMatch(/<(script|link|iframe|object|embed|base)\b/i);
    expect(page).not.toMatch(/@import|url\(/);
    for (const [, source] of page.matchAll(/(?:src|href)="([^"]*)"/g)) {
      expect(source).toMatch(/^data:image\/png;base64,/);
    }
    expect(page.match(/<img /g)).toHaveLength(7); // 2 twins at 3 numbers of sampling steps, and real images
  });

  test('is well-formed: every element that opens closes, in order', () => {
    const open: string[] = [];
    for (const tag of tagsOf(page)) {
      if (tag.startsWith('/')) expect(open.pop()).toBe(tag.slice(1));
      else open.push(tag);
    }
    expect(open).toEqual([]);
  });

  test('carries every number with what it takes to repeat it', () => {
    const summary = exampleSummary();
    for (const text of [
      summary.command,
      'Seed',
      'native 2.21.0',
      'FD-fashion',
      summary.evaluation.extractor,
      '2,000 samples',
      'DDIM, spacing trailing',
      summary.git?.commit ?? '',
      '8.1%', // distance drop
      '3.1%', // coupling share
      '&quot;squaredL2&quot;', // the config
    ]) {
      expect(page).toContain(text);
    }
    // The word comes once, to say that this isn't it.
    expect(page.match(/\bFIDs?\b/g)).toHaveLength(1);
    expect(page).not.toMatch(/undefined|NaN|\[object/);
  });

  test('has light and dark colors, and fits a phone', () => {
    expect(page).toContain('prefers-color-scheme: dark');
    expect(page).toContain('name="viewport"');
  });

  test('shows a run of which there is nothing yet', () => {
    const empty = exampleSummary();
    const nothing = {
      ...empty,
      status: 'interrupted' as const,
      comparisons: [],
      twins: empty.twins.map((twin) => ({ ...twin, steps: 0, seconds: 0, curve: [], loss: [], grids: [] })),
    };
    const shown = reportPage(nothing, new Map());
    expect(shown).toContain('Interrupted at step 0');
    expect(shown).not.toMatch(/undefined|NaN|Infinity/);
  });

  test("escapes what a config's author may write", () => {
    const summary = exampleSummary();
    const shown = reportPage({ ...summary, config: { ...summary.config, title: '<b>&"' } }, new Map());
    expect(shown).toContain('<h1>&lt;b&gt;&amp;&quot;</h1>');
  });
});

describe('the verdict', () => {
  const summary = exampleSummary();
  const finding = (changed: Partial<typeof summary>) => verdict({ ...summary, ...changed })[0]?.finding;

  test('says what is lower, by how much, how much sooner, and at what price', () => {
    expect(finding({})).toBe(
      'After 1,500 training steps immiscible has, compared with independent, a lower FD-fashion at 2, 4 and 10 ' +
        'sampling steps (39.0 against 213 at 2, 27.0 against 81.0 at 4, 20.0 against 35.0 at 10). It reaches ' +
        "independent's best in fewer training steps: ≥ 4.0× fewer at 2, ≥ 5.0× fewer at 4 and 2.0× fewer at 10 " +
        'sampling steps. Its coupling shortens the mean distance from an image to its noise by 8.1% and takes 3.1% ' +
        'of the training time.',
    );
  });

  test('says so where there is no significant difference, and claims no speed-up then', () => {
    const comparisons = summary.comparisons.map((one) => ({
      ...one,
      verdict: 'equal within noise' as const,
    }));
    expect(finding({ comparisons })).toMatch(
      /^After 1,500 training steps there is no significant difference between the twins: /,
    );
    expect(finding({ comparisons })).not.toContain('fewer');
  });

  test('says so where the coupling is worse', () => {
    const comparisons = summary.comparisons.map((one, i) => ({
      ...one,
      verdict: i === 2 ? ('higher' as const) : ('equal within noise' as const),
    }));
    expect(finding({ comparisons })).toContain(
      'a higher FD-fashion at 10 sampling steps (20.0 against 35.0) and one without a significant difference at 2 and 4',
    );
  });

  test('tells how a run ended that did not finish', () => {
    expect(finding({ status: 'interrupted' })).toMatch(/^Interrupted at step 1,500 of /);
    expect(finding({ status: 'failed', error: 'loss was NaN' })).toMatch(
      /^Stopped by an error .*\(loss was NaN\)/,
    );
  });
});

describe('the note on couplings', () => {
  const noteOf = (...kinds: object[]) => {
    const summary = exampleSummary();
    const [twin] = summary.twins;
    const twins = kinds.map(
      (coupling, i) => ({ ...twin, name: `twin${i}`, coupling }) as (typeof summary.twins)[number],
    );
    return reportPage({ ...summary, twins, comparisons: [] }, new Map());
  };
  const independent = { kind: 'independent' };

  test('says that noise is only moved where it is an assignment, and where it is the nearest of several that it isn’t', () => {
    expect(page).toContain('An assignment moves noise, never makes it');
    const nearest = noteOf(independent, { kind: 'nearestNoise', candidates: 4 });
    expect(nearest).not.toContain('never makes it');
    expect(nearest).toContain('draws several for each image and keeps the nearest');
    const both = noteOf(independent, { kind: 'linearAssignment' }, { kind: 'nearestNoise', candidates: 4 });
    expect(both).toContain('An assignment moves noise');
    expect(both).toContain('draws several for each image');
    expect(noteOf(independent)).toContain('Independent noise is left as it is drawn.');
  });
});

test('the floor is said of as many real images as it is of', () => {
  const summary = exampleSummary();
  const evaluation = { ...summary.evaluation, floorN: 100 };
  expect(reportPage({ ...summary, evaluation }, new Map())).toContain(
    '100 real ones have a distance of 1.90 from the others',
  );
});
