/** What something took, ms: by the clock on the wall, and of the processor by this process alone. */
export interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

/**
 * One line of the result. A `limit` is what the ratio, or without one the value itself, may be at most. One without a value goes on with the
 * line before.
 */
export interface BenchRow {
  readonly name: string;
  /** By the clock on the wall. */
  readonly ms?: number;
  readonly cpuMs?: number;
  readonly peakMib?: number;
  /** This row's wall time over that of `against`, measured in the same run. */
  readonly ratio?: number;
  /** The same of processor time. */
  readonly cpuRatio?: number;
  readonly against?: string;
  readonly limit?: number;
  /** What the limit is for, if not for wall time or memory. */
  readonly limits?: 'CPU';
}

const MIN_ROUNDS = 5;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function medianCost(costs: readonly Cost[]): Cost {
  return { ms: median(costs.map(({ ms }) => ms)), cpuMs: median(costs.map(({ cpuMs }) => cpuMs)) };
}

export function sumOf(one: Cost, other: Cost): Cost {
  return { ms: one.ms + other.ms, cpuMs: one.cpuMs + other.cpuMs };
}

/** Median cost of each candidate. They take turns, so that a busy moment of the machine hits all; the first turn warms up. */
export async function measure<Name extends string>(
  candidates: Readonly<Record<Name, () => Promise<unknown>>>,
  rounds = 7,
): Promise<Record<Name, Cost>> {
  const names = Object.keys(candidates) as Name[];
  const costs = new Map<Name, Cost[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= Math.max(rounds, MIN_ROUNDS); round += 1) {
    for (const name of names) {
      const cost = await costOf(candidates[name]);
      if (round > 0) costs.get(name)?.push(cost);
    }
  }
  return Object.fromEntries(names.map((name) => [name, medianCost(costs.get(name) ?? [])])) as Record<Name, Cost>;
}

/** What `work` takes; all that this process does meanwhile counts. */
export async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const startedMs = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { ms: performance.now() - startedMs, cpuMs: (user + system) / 1000 };
}

/** What each of so many turns takes; one before them warms up. `between` is called before each and is not counted. */
export async function costs(
  rounds: number,
  work: () => Promise<unknown>,
  between: () => void | Promise<void> = () => {},
): Promise<Cost[]> {
  const all: Cost[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    await between();
    const cost = await costOf(work);
    if (round > 0) all.push(cost);
  }
  return all;
}

/** A limit of one comparison: of wall time, or of processor time. */
type Limit = Pick<BenchRow, 'limit' | 'limits'>;

/** What something took, compared with each of `others`, which did the same: a line for each, and first one for its own `limitMs`. */
export function compare(
  name: string,
  cost: Cost,
  others: readonly (Limit & { readonly against: string; readonly cost: Cost })[],
  limitMs?: number,
): BenchRow[] {
  const [first, ...more]: Omit<BenchRow, 'name'>[] = [
    ...(limitMs === undefined ? [] : [{ limit: limitMs }]),
    ...others.map(({ against, cost: { ms, cpuMs }, ...limit }) => ({
      ratio: cost.ms / ms,
      cpuRatio: cost.cpuMs / cpuMs,
      against: `${against}: ${ms.toFixed(1)} ms, CPU ${cpuMs.toFixed(1)} ms`,
      ...limit,
    })),
  ];
  return [{ name, ...cost, ...first }, ...more.map((row) => ({ name: '', ...row }))];
}

export function isWithinLimit({ limit, limits, ...row }: BenchRow): boolean {
  if (limit === undefined) return true;
  const judged = limits === 'CPU' ? (row.cpuRatio ?? row.cpuMs) : (row.ratio ?? row.ms ?? row.peakMib);
  return (judged ?? Number.NaN) <= limit;
}

function shownValue({ ms, peakMib }: BenchRow): string {
  if (peakMib !== undefined) return `${peakMib.toFixed(0)} MiB`;
  return ms === undefined ? '' : `${ms.toFixed(1)} ms`;
}

function cells(row: BenchRow): string[] {
  return [
    row.name,
    shownValue(row),
    row.cpuMs === undefined ? '' : `${row.cpuMs.toFixed(1)} ms`,
    row.ratio === undefined ? '' : row.ratio.toFixed(2),
    row.cpuRatio === undefined ? '' : row.cpuRatio.toFixed(2),
    row.against ?? '',
    row.limit === undefined ? '' : `${row.limits ?? ''} at most ${Number(row.limit.toFixed(2))}`.trim(),
    row.limit === undefined ? '' : isWithinLimit(row) ? 'ok' : 'TOO MUCH',
  ];
}

export function printTable(rows: readonly BenchRow[]): void {
  const table = [['what', 'median or peak', 'CPU', 'ratio', 'in CPU', 'against', 'limit', ''], ...rows.map(cells)];
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
