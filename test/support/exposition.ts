/** One line of Prometheus' text format. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * Reads Prometheus' text format (version 0.0.4) strictly and by its own rules, so that what a client library writes is not judged by
 * that library. Throws on a line that is none.
 */
export function parseExposition(text: string): Series[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !/^# (HELP|TYPE) /.test(line))
    .map(parseLine);
}

function parseLine(line: string): Series {
  const head = /^([a-zA-Z_:][a-zA-Z0-9_:]*)/.exec(line)?.[1];
  if (head === undefined) throw new Error(`no metric: ${line}`);
  let rest = line.slice(head.length);
  const labels: Record<string, string> = {};
  if (rest.startsWith('{')) {
    rest = rest.slice(1);
    while (!rest.startsWith('}')) {
      const [whole, key, raw] = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)",?/.exec(rest) ?? [];
      if (whole === undefined || key === undefined || raw === undefined) throw new Error(`no label: ${line}`);
      labels[key] = raw.replace(/\\(.)/g, (_escape, char: string) => (char === 'n' ? '\n' : char));
      rest = rest.slice(whole.length);
    }
    rest = rest.slice(1);
  }
  const value = /^ (\S+)$/.exec(rest)?.[1];
  if (value === undefined) throw new Error(`no value: ${line}`);
  return { name: head, labels, value: value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value) };
}

/** The value of the one series with these labels; `undefined` when there is none. */
export function valueIn(
  series: readonly Series[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = series.filter(
    (each) => each.name === name && Object.entries(labels).every(([key, value]) => each.labels[key] === value),
  );
  if (found.length > 1) throw new Error(`${name} has ${found.length} such series`);
  return found[0]?.value;
}
