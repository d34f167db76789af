import { writeFileSync } from 'node:fs';
import { test } from 'vitest';
import { reportPage } from '../src/report/page.js';
import { resultLines } from '../src/report/table.js';
import { examplePictures, exampleSummary } from './summary-example.js';
test('scratch', () => {
  writeFileSync('/tmp/report.html', reportPage(exampleSummary(), examplePictures()));
  console.log(resultLines(exampleSummary()).join('\n'));
});
