import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { need } from '../support/needs.ts';
import { ALERTS, dashboardExpressions, readDashboard, sampleMetrics } from '../support/ops-files.ts';

const promtool = need('promtool');

function run(args: readonly string[], input = ''): string {
  const { status, stdout, stderr } = spawnSync(promtool, args, { input, encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
  return stdout + stderr;
}

describe('promtool', () => {
  it('takes the alerting rules', () => {
    assert.match(run(['check', 'rules', ALERTS]), /SUCCESS: \d+ rules found/);
  });

  it('sees the alerts raised when they should be, and not before', () => {
    assert.match(run(['test', 'rules', ALERTS.replace('alerts.yml', 'alerts.test.yml')]), /SUCCESS/);
  });

  it("takes the dashboard's expressions", () => {
    const rules = dashboardExpressions(readDashboard()).map((expr, index) => ({ record: `dashboard:${index}`, expr }));
    const folder = mkdtempSync(join(tmpdir(), 'netsentinel-dashboard-'));
    // JSON is YAML.
    writeFileSync(join(folder, 'rules.yml'), JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    assert.match(
      run(['check', 'rules', join(folder, 'rules.yml')]),
      new RegExp(`SUCCESS: ${rules.length} rules found`),
    );
    rmSync(folder, { recursive: true });
  });

  it('can read /metrics, and finds no metric of ours badly named', async () => {
    const { stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], {
      input: await sampleMetrics(),
      encoding: 'utf8',
    });
    assert.doesNotMatch(stdout + stderr, /error|netsentinel_/i);
  });
});
