/** One line of the result. A `limit` is what `ratio`, or without one the value itself, may be at most. One without a value goes on with the line before. */
export interface BenchRow {
  readonly name: string;
  readonly medianMs?: number;
  readonly peakMib?: number;
  /** This row's value over that of the row `against`, measured in the same run. */
  readonly ratio?: number;
  readonly against?: string;
  readonly limit?: number;
}

const MIN_ROUNDS = 5;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Median wall time of each candidate, ms. They take turns, so that a busy moment of the machine hits all; the first turn warms up. */
export async function measure<Name extends string>(
  candidates: Readonly<Record<Name, () => Promise<unknown>>>,
  rounds = 7,
): Promise<Record<Name, number>> {
  const names = Object.keys(candidates) as Name[];
  const times = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= Math.max(rounds, MIN_ROUNDS); round += 1) {
    for (const name of names) {
      const startedMs = performance.now();
      await candidates[name]();
      if (round > 0) {
        times.get(name)?.push(performance.now() - startedMs);
      }
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times.get(name) ?? [])])) as Record<Name, number>;
}

/** Processor time that this process takes while `work` lasts, ms. */
export async function cpuMsOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Processor time of each of so many turns, ms; one before them warms up. `between` is called before each and is not counted. */
export async function cpuTimes(
  rounds: number,
  work: () => Promise<unknown>,
  between: () => void | Promise<void> = () => {},
): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    await between();
    const cpuMs = await cpuMsOf(work);
    if (round > 0) times.push(cpuMs);
  }
  return times;
}

/** What took so long, compared with each of `others`, which did the same: a line for each, and first one for its own `limitMs`. */
export function compare(
  name: string,
  medianMs: number,
  others: readonly { readonly against: string; readonly ms: number; readonly limit?: number }[],
  limitMs?: number,
): BenchRow[] {
  const [first, ...more]: Omit<BenchRow, 'name'>[] = [
    ...(limitMs === undefined ? [] : [{ limit: limitMs }]),
    ...others.map(({ against, ms, limit }) => ({
      ratio: medianMs / ms,
      against: `${against}: ${ms.toFixed(1)} ms`,
      ...(limit === undefined ? {} : { limit }),
    })),
  ];
  return [{ name, medianMs, ...first }, ...more.map((row) => ({ name: '', ...row }))];
}

export function isWithinLimit(row: BenchRow): boolean {
  return row.limit === undefined || (row.ratio ?? row.medianMs ?? row.peakMib ?? Number.NaN) <= row.limit;
}

function shownValue({ medianMs, peakMib }: BenchRow): string {
  if (peakMib !== undefined) return `${peakMib.toFixed(0)} MiB`;
  return medianMs === undefined ? '' : `${medianMs.toFixed(1)} ms`;
}

function cells(row: BenchRow): string[] {
  const ratio = row.ratio === undefined ? '' : `${row.ratio.toFixed(2)} × ${row.against ?? ''}`;
  const limit = row.limit === undefined ? '' : `at most ${Number(row.limit.toFixed(2))}`;
  return [
    row.name,
    shownValue(row),
    ratio,
    limit,
    row.limit === undefined ? '' : isWithinLimit(row) ? 'ok' : 'TOO MUCH',
  ];
}

export function printTable(rows: readonly BenchRow[]): void {
  const table = [['what', 'median or peak', 'ratio', 'limit', ''], ...rows.map(cells)];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0))) ?? [];
  for (const line of table) {
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}
