import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import mysql from 'mysql2/promise';
import { createUsageLedger } from '../../src/usage/store/usage-store.ts';
import { bookingAt, partOf } from '../support/bookings.ts';
import { administer, freshMysql, migrated } from '../support/databases.ts';
import { parseExposition } from '../support/exposition.ts';
import {
  dashboardExpressions,
  dashboardQueries,
  dashboardTargets,
  readAlertRules,
  readDashboard,
  sampleMetrics,
} from '../support/ops-files.ts';

const README = new URL('../../ops/README.md', import.meta.url);
/** Labels that Prometheus itself adds to what it scrapes. */
const SCRAPE_LABELS = ['job', 'instance', 'le'];

/** Names of metrics in PromQL: of ours, of the process and of Node. `up` is Prometheus' own. */
function metricsIn(expr: string): string[] {
  return expr.match(/\b(?:netsentinel|process|nodejs)_\w+/g) ?? [];
}

/** Labels that PromQL selects or groups by. */
function labelsIn(expr: string): string[] {
  const selected = [...expr.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label]) => label ?? '');
  const grouped = [...expr.matchAll(/\b(?:by|on|ignoring|without)\s*\(([^)]*)\)/g)].flatMap(([, list]) =>
    (list ?? '').split(',').map((label) => label.trim()),
  );
  return [...selected, ...grouped];
}

async function assertKnown(expressions: readonly string[]): Promise<void> {
  const series = parseExposition(await sampleMetrics());
  const names = new Set(series.map(({ name }) => name));
  const labels = new Set([...SCRAPE_LABELS, ...series.flatMap((each) => Object.keys(each.labels))]);
  for (const expr of expressions) {
    assert.deepEqual(
      metricsIn(expr).filter((name) => !names.has(name)),
      [],
      expr,
    );
    assert.deepEqual(
      labelsIn(expr).filter((label) => !labels.has(label)),
      [],
      expr,
    );
  }
}

describe('the alerting rules', () => {
  const rules = readAlertRules();

  it('each have a name of their own, an expression, a severity and words on what to do', () => {
    assert.ok(rules.length >= 10);
    assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
    for (const { alert, expr, text } of rules) {
      assert.match(alert, /^NetSentinel[A-Z]\w+$/);
      assert.notEqual(expr, '', alert);
      assert.match(text, /^ {10}severity: (warning|critical)$/m, alert);
      assert.match(text, /^ {10}summary: \S/m, alert);
      assert.match(text, /^ {10}description: \S/m, alert);
    }
  });

  it('use only metrics and labels that the worker has', () => assertKnown(rules.map(({ expr }) => expr)));
});

describe('the Grafana dashboard', () => {
  const dashboard = readDashboard();

  it('asks each data source in its own language, and both', () => {
    const kinds = dashboardTargets(dashboard).map(({ datasource, expr }) => [datasource.type, expr === undefined]);
    for (const [type, isSql] of kinds) assert.equal(type === 'mysql', isSql);
    assert.deepEqual([...new Set(kinds.map(([type]) => type))].sort(), ['mysql', 'prometheus']);
  });

  it('has panels with ids of their own that do not lie on each other', () => {
    const { panels } = dashboard;
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)}/${y + Math.floor(index / w)}`),
    );
    assert.equal(new Set(cells).size, cells.length);
    for (const { gridPos } of panels) assert.ok(gridPos.x + gridPos.w <= 24);
  });

  it('uses only variables that it has', () => {
    const known = new Set(dashboard.templating.list.map(({ name }) => name));
    const used = JSON.stringify(dashboard).matchAll(/\$\{(\w+)/g);
    for (const [, name] of used) assert.ok(known.has(name ?? ''), `${name}`);
  });

  it('uses only metrics and labels that the worker has', async () => {
    const expressions = dashboardExpressions(dashboard);
    assert.ok(expressions.length > 10);
    await assertKnown(expressions);
  });

  it('reads usage, and nothing else, with the grants of the README', async () => {
    const { database, url, drop } = await migrated(freshMysql);
    const ledger = createUsageLedger({ database });
    await ledger.book('edge-1', () =>
      bookingAt(Date.UTC(2026, 5, 10, 12), { usage: [partOf('bob', { day: '2026-06-10' })] }),
    );
    const { pathname, hostname, port } = new URL(url);
    const name = pathname.slice(1);
    const user = `grafana_${randomBytes(4).toString('hex')}`;
    const statements = /```sql\n([^`]*)```/.exec(readFileSync(README, 'utf8'))?.[1]?.trim().split('\n') ?? [];
    assert.ok(statements.length > 1);
    await administer(async (admin) => {
      for (const sql of statements) {
        await admin.query(sql.replaceAll('netsentinel.', `${name}.`).replaceAll("'grafana'", `'${user}'`));
      }
    });
    const password = /IDENTIFIED BY '(.*)'/.exec(statements[0] ?? '')?.[1] ?? '';
    const grafana = await mysql.createConnection({
      host: hostname,
      port: Number(port),
      user,
      password,
      database: name,
    });
    try {
      const queries = dashboardQueries(dashboard);
      assert.ok(queries.length > 5);
      for (const sql of queries) {
        const [rows] = await grafana.query<mysql.RowDataPacket[]>(sql);
        assert.ok(rows.length > 0, sql);
      }
      await assert.rejects(grafana.query('SELECT * FROM mails'), /denied/);
      await assert.rejects(grafana.query('DELETE FROM usage_daily'), /denied/);
    } finally {
      await grafana.end();
      await administer((admin) => admin.query(`DROP USER '${user}'@'%'`));
      await drop();
    }
  });
});
