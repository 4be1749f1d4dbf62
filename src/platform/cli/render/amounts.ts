const BAR_PARTS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A share (0 to 1, more is full) as a bar of `columns` columns. What is not nothing can be seen. */
export function bar(share: number, columns: number): string {
  const eighths = Math.round(Math.min(Math.max(share, 0), 1) * columns * 8);
  const shown = share > 0 ? Math.max(eighths, 1) : eighths;
  return '█'.repeat(shown >> 3) + (BAR_PARTS[shown & 7] ?? '');
}

/** `part / whole` as a number, 0 for a whole of nothing. */
export function shareOf(part: bigint, whole: bigint): number {
  return whole === 0n ? 0 : Number(part) / Number(whole);
}

/** 0 of none. */
export function largestOf(amounts: readonly bigint[]): bigint {
  let largest = 0n;
  for (const amount of amounts) if (amount > largest) largest = amount;
  return largest;
}
