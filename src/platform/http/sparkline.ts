/** One point of a line; `null`: nothing is known, and the line has a gap. */
export type SparkPoint = { readonly min: number; readonly mean: number; readonly max: number } | null;

/** A line in a drawing of any width, whose height is 100: it is stretched, so there is no text in it. */
export interface Sparkline {
  /** One a point. */
  readonly width: number;
  /** Paths: the mean, and from the smallest to the largest. */
  readonly line: string;
  readonly band: string;
  /** Where nothing is known. */
  readonly gaps: readonly { readonly x: number; readonly width: number }[];
}

/** `open`: the last points of which nothing can be known yet, so that they are no gap. */
export function sparkline(
  points: readonly SparkPoint[],
  { low, high, open }: { readonly low: number; readonly high: number; readonly open: number },
): Sparkline {
  const yOf = (value: number) => round(high === low ? 50 : 100 - ((value - low) / (high - low)) * 100);
  const line: string[] = [];
  const band: string[] = [];
  const gaps: { x: number; width: number }[] = [];
  for (const { from, to, isKnown } of runsOf(points)) {
    if (!isKnown) {
      const end = to === points.length ? Math.max(from, to - open) : to;
      if (end > from) gaps.push({ x: from, width: end - from });
      continue;
    }
    const run = points.slice(from, to).filter((point) => point !== null);
    line.push(
      pathOf(
        run.map(({ mean }) => yOf(mean)),
        from,
      ),
    );
    const [above, below] = [run.map(({ max }) => yOf(max)), run.map(({ min }) => yOf(min))];
    band.push(`${pathOf(above, from)}${backOf(below, from)}Z`);
  }
  return { width: Math.max(1, points.length), line: line.join(''), band: band.join(''), gaps };
}

/** Points that follow each other and are known, or are not. */
function runsOf(points: readonly SparkPoint[]) {
  const runs: { from: number; to: number; isKnown: boolean }[] = [];
  points.forEach((point, index) => {
    const last = runs.at(-1);
    const isKnown = point !== null;
    if (last?.isKnown === isKnown) last.to = index + 1;
    else runs.push({ from: index, to: index + 1, isKnown });
  });
  return runs;
}

/** From the left edge of the first point over the middles to the right edge of the last: one alone can be seen too. */
function pathOf(heights: readonly number[], from: number): string {
  const middles = heights.map((y, index) => `L${from + index + 0.5} ${y}`);
  return `M${from} ${heights[0] ?? 0}${middles.join('')}L${from + heights.length} ${heights.at(-1) ?? 0}`;
}

function backOf(heights: readonly number[], from: number): string {
  const middles = heights.map((y, index) => `L${from + index + 0.5} ${y}`).reverse();
  return `L${from + heights.length} ${heights.at(-1) ?? 0}${middles.join('')}L${from} ${heights[0] ?? 0}`;
}

function round(value: number): number {
  return Number(value.toFixed(1));
}
