/** Ink and series colors, light and dark. */
export const COLORS: string = `
:root {
  color-scheme: light dark;
  --page: #fcfbf9; --ink: #1d1c1a; --muted: #6a6862; --rule: #e5e2dc; --panel: #f4f2ee;
  --s0: #85827a; --s1: #1560ab; --s2: #b8540f; --s3: #2a7a4b; --s4: #7a4a9e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #151516; --ink: #e9e8e4; --muted: #9d9b95; --rule: #303032; --panel: #1d1d1f;
    --s0: #a5a29a; --s1: #74b4f2; --s2: #f0a063; --s3: #74c596; --s4: #c39be4;
  }
}
`;

/** What charts need of a style sheet, beside the colors. */
export const CHART_STYLE: string = `
.chart text { font-size: 11px; fill: var(--muted); }
.chart .chart-title { font-size: 12.5px; font-weight: 600; fill: var(--ink); }
.chart .rule { stroke: var(--rule); }
.chart .axis { stroke: var(--muted); stroke-opacity: 0.6; }
.chart .floor { stroke: var(--muted); stroke-dasharray: 2 3; }
.chart .line { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.chart .band { fill: currentColor; fill-opacity: 0.16; }
.chart .dot { fill: currentColor; stroke: var(--page); stroke-width: 1.5; }
.chart .end { font-weight: 600; fill: currentColor; }
.chart .s0 { color: var(--s0); } .chart .s1 { color: var(--s1); } .chart .s2 { color: var(--s2); }
.chart .s3 { color: var(--s3); } .chart .s4 { color: var(--s4); }
`;

/** The page's style sheet. Colors are variables with a light and a dark value; charts use the same. */
export const STYLE: string = `
${COLORS}* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: clamp(1.25rem, 4vw, 3.5rem) clamp(1rem, 4vw, 2.5rem) 4rem; max-width: 76rem;
  background: var(--page); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", "Noto Sans", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
h1 { margin: 0; font-size: clamp(1.5rem, 3.4vw, 2.1rem); line-height: 1.2; font-weight: 600; letter-spacing: -0.015em; }
h2 { margin: 3.25rem 0 0.35rem; font-size: 1.1rem; font-weight: 600; letter-spacing: -0.005em; }
h3 { margin: 1.5rem 0 0.5rem; font-size: 0.9rem; font-weight: 600; }
p { margin: 0.5rem 0; max-width: 46rem; }
.meta, .note, figcaption { color: var(--muted); font-size: 0.87rem; }
.meta { margin: 0.5rem 0 0; }
.verdict { margin: 1.9rem 0 2.1rem; }
.verdict p.finding {
  font: 1.14rem/1.58 Charter, "Bitstream Charter", "Source Serif 4", Georgia, "Noto Serif", serif;
  font-variant-numeric: lining-nums; margin: 0 0 0.8rem;
}
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: 0.42rem 1.1rem 0.42rem 0; text-align: right; white-space: nowrap; font-weight: 400; }
th:first-child, td:first-child { text-align: left; }
th:last-child, td:last-child { padding-right: 0; }
@media (max-width: 36rem) { th:first-child { white-space: normal; min-width: 7.5rem; } th, td { padding-right: 0.7rem; } }
thead th { color: var(--muted); font-size: 0.82rem; vertical-align: bottom; border-bottom: 1px solid var(--rule); }
tbody tr + tr > * { border-top: 1px solid var(--rule); }
tr.compare > * { color: var(--muted); }
td strong { font-weight: 600; }
.key { display: inline-flex; align-items: center; gap: 0.5em; }
.key::before { content: ""; width: 1.1em; height: 3px; border-radius: 2px; background: currentColor; }
.key > span { color: var(--ink); }
.c0 { color: var(--s0); } .c1 { color: var(--s1); } .c2 { color: var(--s2); } .c3 { color: var(--s3); } .c4 { color: var(--s4); }
.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.5rem; margin: 0.3rem 0 0.9rem; font-size: 0.87rem; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr)); gap: 1.5rem 2rem; }
.panels > * { max-width: 34rem; }
svg.chart { display: block; width: 100%; height: auto; overflow: visible; }
${CHART_STYLE}figure { margin: 0; min-width: 0; }
figcaption { margin-top: 0.45rem; }
.grids { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr)); gap: 1.25rem 2rem; margin-bottom: 1.75rem; }
.grids img { display: block; width: 100%; max-width: 22rem; height: auto; image-rendering: pixelated; background: var(--panel); }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: 0.3rem 1.5rem; margin: 0.75rem 0; }
dl.facts dt { color: var(--muted); } dl.facts dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 36rem) { dl.facts { grid-template-columns: 1fr; gap: 0 0; } dl.facts dd { margin-bottom: 0.5rem; } }
code, pre { font: 0.86em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { margin: 0.5rem 0; padding: 0.8rem 1rem; background: var(--panel); border-radius: 6px; overflow-x: auto; }
details { margin-top: 0.75rem; } summary { cursor: pointer; color: var(--muted); }
.failed { border-left: 3px solid var(--s2); padding-left: 0.9rem; }
@media print { details { display: none; } h2 { break-after: avoid; } figure { break-inside: avoid; } }
`;
