// Draws docs/assignment-times.svg from the figures in bench/times.json: node bench/plot.mjs
import { readFileSync, writeFileSync } from 'node:fs';

const { machine, series } = JSON.parse(readFileSync(new URL('times.json', import.meta.url), 'utf8'));
const [width, height, left, right, top, bottom] = [640, 400, 70, 150, 30, 50];
const sizes = series.flatMap(({ points }) => points.map(([n]) => n));
const times = series.flatMap(({ points }) => points.map(([, ms]) => ms));
const log = (value, least, most) => Math.log(value / least) / Math.log(most / least);
const decades = [Math.floor(Math.log10(Math.min(...times))), Math.ceil(Math.log10(Math.max(...times)))];
const x = (n) => left + log(n, Math.min(...sizes), Math.max(...sizes)) * (width - left - right);
const y = (ms) => height - bottom - log(ms, 10 ** decades[0], 10 ** decades[1]) * (height - top - bottom);
const parts = [];
for (let d = decades[0]; d <= decades[1]; d++) {
  const label = d < 3 ? `${10 ** d} ms` : `${10 ** (d - 3)} s`;
  parts.push(
    `<line x1="${left}" x2="${width - right}" y1="${y(10 ** d)}" y2="${y(10 ** d)}" stroke="#ccc"/>`,
    `<text x="${left - 8}" y="${y(10 ** d) + 4}" text-anchor="end">${label}</text>`,
  );
}
for (const n of [...new Set(sizes)]) {
  parts.push(`<text x="${x(n)}" y="${height - bottom + 20}" text-anchor="middle">${n}</text>`);
}
for (const { name, color, points } of series) {
  const path = points.map(([n, ms], k) => `${k ? 'L' : 'M'}${x(n).toFixed(1)} ${y(ms).toFixed(1)}`).join('');
  const [n, ms] = points.at(-1);
  parts.push(
    `<path d="${path}" fill="none" stroke="${color}" stroke-width="2"/>`,
    ...points.map(
      ([n, ms]) => `<circle cx="${x(n).toFixed(1)}" cy="${y(ms).toFixed(1)}" r="3" fill="${color}"/>`,
    ),
    `<text x="${x(n) + 8}" y="${y(ms) + 4}" fill="${color}">${name}</text>`,
  );
}
writeFileSync(
  new URL('../../../docs/assignment-times.svg', import.meta.url),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" role="img">
<title>Time of an exact assignment of n images to n noises. ${machine}</title>
<rect width="${width}" height="${height}" fill="#fff"/>
${parts.join('\n')}
<text x="${(left + width - right) / 2}" y="${height - 8}" text-anchor="middle">images and noises, n</text>
</svg>
`,
);
