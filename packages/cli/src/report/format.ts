/** Numbers as people read them; one place, so that table, charts and page agree. */

/** About three significant digits: `213`, `34.6`, `0.12`. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString('en-US', {
    maximumFractionDigits: Math.min(digits, 6),
    minimumFractionDigits: Math.abs(value) >= 100 ? 0 : Math.min(digits, 2),
  });
}

/** The shortest that tells ticks apart: `100`, `30`, `0.15`. */
export function tick(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 });
}

/** `1,500`. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** `43%`; a decimal below ten: `8.1%`. */
export function percent(share: number): string {
  const value = share * 100;
  const digits = Math.abs(value) < 9.95 ? 1 : 0;
  return Number.isFinite(value) ? `${value.toFixed(digits).replace('-', '−')}%` : '–';
}

/** `5.1×`; at a first evaluation only a bound is known: `≥ 5.1×`. */
export function times(factor: number, atLeast = false): string {
  return `${atLeast ? '≥ ' : ''}${factor < 9.95 ? factor.toFixed(1) : factor.toFixed(0)}×`;
}

/** `2, 4 and 10`. */
export function list(items: readonly (string | number)[]): string {
  const texts = items.map(String);
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;
}

/** `1 sampling step`, `2, 4 and 10 sampling steps`. */
export function samplingSteps(...steps: readonly number[]): string {
  return `${list(steps)} sampling step${steps.length === 1 && steps[0] === 1 ? '' : 's'}`;
}
