/** The 8-bit floating-point formats of safetensors and PyTorch. */
export type Float8 = 'F8_E4M3' | 'F8_E5M2' | 'F8_E4M3FNUZ' | 'F8_E5M2FNUZ' | 'F8_E8M0';

interface Layout {
  readonly fractionBits: number;
  readonly bias: number;
  /** What the bits without their sign stand for where they are no number of the usual kind. */
  readonly special: (bits: number, negative: boolean) => number | undefined;
}

const LAYOUTS: Readonly<Record<Exclude<Float8, 'F8_E8M0'>, Layout>> = {
  // No infinities; the one pattern of ones is NaN ("FN": finite numbers only).
  F8_E4M3: { fractionBits: 3, bias: 7, special: (bits) => (bits === 0x7f ? NaN : undefined) },
  // As IEEE's formats are.
  F8_E5M2: {
    fractionBits: 2,
    bias: 15,
    special: (bits) => (bits > 0x7c ? NaN : bits === 0x7c ? Infinity : undefined),
  },
  // "UZ": zero has no sign; what would be -0 is the only NaN.
  F8_E4M3FNUZ: {
    fractionBits: 3,
    bias: 8,
    special: (bits, negative) => (negative && bits === 0 ? NaN : undefined),
  },
  F8_E5M2FNUZ: {
    fractionBits: 2,
    bias: 16,
    special: (bits, negative) => (negative && bits === 0 ? NaN : undefined),
  },
};

const tables = new Map<Float8, Float32Array>();

/**
 * The 256 numbers of an 8-bit floating-point format, by their bits. All are exact in float32.
 *
 * @param format - which of the formats of 8 bits
 * @see Micikevicius et al. 2022, "FP8 Formats for Deep Learning" (arXiv:2209.05433); Noune et al. 2022
 *   (arXiv:2206.02915) for FNUZ; OCP Microscaling Formats 1.0 for E8M0
 */
export function float8Table(format: Float8): Float32Array {
  const known = tables.get(format);
  if (known) return known;
  const table = Float32Array.from({ length: 256 }, (_, bits) =>
    // A scale: a power of two from 2^-127 on, no sign; 255 is NaN.
    format === 'F8_E8M0' ? (bits === 255 ? NaN : 2 ** (bits - 127)) : decode(bits, LAYOUTS[format]),
  );
  tables.set(format, table);
  return table;
}

function decode(bits: number, { fractionBits, bias, special }: Layout): number {
  const negative = bits > 127;
  const size = bits & 127;
  const exponent = size >> fractionBits;
  const fraction = (size & ((1 << fractionBits) - 1)) / (1 << fractionBits);
  const value =
    special(size, negative) ??
    (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
  return negative ? -value : value;
}
