import { parseArgs } from 'node:util';
import { createCollectorOutages, type Happenings, simulateRouter } from './month.ts';
import type { Summary, Tally } from './tally.ts';
import { createTallies, createWatch, OURS, RULES } from './watch.ts';

const USERS_PER_ROUTER = 100;
const MINUTES = [1, 5] as const;
const GIB = 1024 ** 3;

/** `npm run bench:accuracy -- [--users N] [--seed S]`: one month, booked by our rules and by those of others. */
function main(): void {
  const { values } = parseArgs({
    options: { users: { type: 'string', default: '500' }, seed: { type: 'string', default: '1' } },
  });
  const routers = Math.max(1, Math.ceil(Number(values.users) / USERS_PER_ROUTER));
  const users = Math.min(Number(values.users), USERS_PER_ROUTER);
  const seed = Number(values.seed);
  const happenings: Happenings = {
    reboots: 0,
    resets: 0,
    reconnects: 0,
    failedReads: 0,
    collectorAway: 0,
    routerAway: 0,
  };
  const collector = createCollectorOutages(seed);
  happenings.collectorAway = collector.away.reduce((sum, away) => sum + away, 0);
  const boards = MINUTES.map((minutes) => ({ minutes, tallies: createTallies() }));
  for (let number = 0; number < routers; number += 1) {
    const watches = boards.map(({ minutes, tallies }) =>
      createWatch({ everyTicks: minutes, everyMs: minutes * 60_000, users, tallies }),
    );
    simulateRouter({ seed, number, users, collector, happenings }, watches);
    for (const watch of watches) watch.finish();
  }
  print(routers * users, routers, happenings, boards);
  const invented = boards.map(({ tallies }) => tallies[RULES.indexOf(OURS)]?.summary().inventedBytes);
  if (invented.some((bytes) => bytes !== 0)) {
    console.error('our rules invented bytes');
    process.exitCode = 1;
  }
}

function print(
  users: number,
  routers: number,
  happened: Happenings,
  boards: readonly { readonly minutes: number; readonly tallies: readonly Tally[] }[],
): void {
  console.log(
    `${users} users on ${routers} routers, 31 days: ${happened.reboots} reboots, ${happened.resets} resets of a queue, ` +
      `${happened.reconnects} reconnects; the collector was away for ${hours(happened.collectorAway)} h, a router for ` +
      `${hours(happened.routerAway / routers)} h on average; ${happened.failedReads} readings failed.\n`,
  );
  console.log(
    '| rule | every | mean error | mean size of it | worst | users over / under / exact | invented | missed |',
  );
  console.log('|---|---|---|---|---|---|---|---|');
  for (const [index, rule] of RULES.entries()) {
    for (const { minutes, tallies } of boards) {
      const summary = tallies[index]?.summary();
      if (summary !== undefined) console.log(rowOf(rule, minutes, summary));
    }
  }
  const trueBytes = boards[0]?.tallies[0]?.summary().trueBytes ?? 0;
  console.log(`\nTruly moved: ${gib(trueBytes)}.`);
}

function rowOf(rule: string, minutes: number, summary: Summary): string {
  const cells = [
    rule,
    `${minutes} min`,
    percent(summary.meanError),
    `${significant(summary.meanSize)} %`,
    percent(summary.worstError),
    `${summary.over} / ${summary.under} / ${summary.exact}`,
    gib(summary.inventedBytes),
    gib(summary.missedBytes),
  ];
  return `| ${cells.join(' | ')} |`;
}

function percent(value: number): string {
  return `${value > 0 ? '+' : value < 0 ? '−' : ''}${significant(Math.abs(value))} %`;
}

/** Three digits that say something. */
function significant(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}

function gib(bytes: number): string {
  return bytes === 0 ? '0' : `${significant(bytes / GIB)} GB`;
}

function hours(minutes: number): string {
  return (minutes / 60).toFixed(1);
}

main();
