import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { allCommands, type Books, type CommandDeps } from '../../../src/commands.ts';
import { type AddCommand, type Open, printFrom } from '../../../src/platform/cli/frame.ts';
import { runProgram } from '../../../src/platform/cli/program.ts';
import { ConfigError } from '../../../src/platform/config/problems.ts';
import { TroubleError } from '../../../src/runtime/errors.ts';
import { createCalendar } from '../../../src/usage/accounting/day.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { noAccounts } from '../../support/no-accounts.ts';
import { noChannels } from '../../support/no-channels.ts';
import { noHealing } from '../../support/no-healing.ts';
import { noHealth } from '../../support/no-health.ts';
import { noInventory } from '../../support/no-inventory.ts';
import { quietMailing } from '../../support/quiet-mailing.ts';
import { createMemoryArchive, queueDay } from '../../support/usage-archive.ts';

// 20 November in Karachi, where it is 5 hours later.
const NOW = Date.UTC(2026, 10, 19, 20);
const UNTIL_STOP = new AbortController().signal;

type App = Omit<Awaited<ReturnType<CommandDeps['openApp']>>, 'close'>;

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What was called, in order. */
  readonly calls: unknown[];
}

async function run(args: readonly string[], overrides: Partial<CommandDeps & Books & App> = {}): Promise<Run> {
  const calls: unknown[] = [];
  const out = { stdout: '', stderr: '' };
  const note =
    (name: string) =>
    async (...given: unknown[]) => {
      calls.push([name, ...given]);
      return 0;
    };
  const close = async () => {
    calls.push('close');
  };
  const days = [queueDay({ queue: 'bob', day: '2026-11-20', downloadBytes: 2n ** 60n })];
  const code = await runProgram(args, {
    stdout: { write: (text) => (out.stdout += text) },
    stderr: { write: (text) => (out.stderr += text) },
    stdin: Readable.from([]),
    env: {},
    version: '1.2.3',
    commandName: 'netsentinel',
    beforeCommand: async (name) => {
      calls.push(`before ${name}`);
    },
    untilStop: () => UNTIL_STOP,
    commands: allCommands({
      ...noInventory,
      runWorker: note('runWorker'),
      runDemo: note('runDemo'),
      openQuestions: () => null,
      async copyTo(...given) {
        calls.push(['copyTo', ...given]);
        return [];
      },
      async openApp(globals) {
        calls.push(['openApp', globals]);
        return {
          migrate: note('migrate'),
          async collect(...given) {
            calls.push(['collect', ...given]);
            return [
              {
                status: 'booked',
                router: 'edge-1',
                queues: 2,
                facts: { version: '7.20.1', board: null, identity: null, bootedAt: 0 },
              },
            ];
          },
          async tellOnce() {
            calls.push('tellOnce');
            return { failed: 0 };
          },
          checker: {
            async check(...given) {
              calls.push(['check', ...given]);
              return [];
            },
          },
          channels: noChannels,
          close,
          ...overrides,
        };
      },
      async openBooks(globals) {
        calls.push(['openBooks', globals]);
        return {
          archive: createMemoryArchive({ days }),
          ...quietMailing,
          accounts: noAccounts,
          note: async ({ action, subject, outcome }) => void calls.push(['note', action, subject, outcome]),
          health: noHealth,
          healing: noHealing,
          workers: null,
          async forget(...given) {
            calls.push(['purge', ...given]);
            return [
              { count: 12_345, one: 'daily row', many: 'daily rows' },
              { count: 1, one: 'hourly row', many: 'hourly rows' },
              { count: 2, one: 'unobserved span', many: 'unobserved spans' },
              { count: 0, one: 'event', many: 'events' },
              { count: 2, one: 'breach', many: 'breaches' },
              { count: 1, one: 'mail', many: 'mails' },
            ];
          },
          policies: [],
          calendar: createCalendar('Asia/Karachi'),
          clock: createManualClock(NOW),
          retentionDays: 14,
          migrated: ['001-usage.sql'],
          close,
          ...overrides,
        };
      },
      ...overrides,
    }),
  });
  return { code, ...out, calls };
}

describe('the command line', () => {
  const wrong: [string[], RegExp][] = [
    [[], /Usage: netsentinel/],
    [['bogus'], /unknown command 'bogus'/],
    [['usage', '--bogus'], /unknown option '--bogus'/],
    [['usage', 'surplus'], /too many arguments/],
    [['usage', '--day', '2026-02-30'], /'2026-02-30' is not a date/],
    [['usage', '--day', '2026-2-3'], /is not a date/],
    [['usage', '--day', 'tomorrow'], /is not a date/],
    [['usage', '--day', ''], /is not a date/],
    [['usage', '--day', 'today', '--from', 'today'], /cannot be used with option '--from/],
    [['usage', '--day', 'today', '--to', 'today'], /cannot be used with option '--to/],
    [['usage', '--to', 'today'], /--to needs --from/],
    [['usage', '--from', '2026-11-20', '--to', '2026-11-19'], /--from 2026-11-20 is later than --to 2026-11-19/],
    [['usage', '--from', '2026-11-21'], /later than --to 2026-11-20/],
    [['usage', '--by', 'router'], /Allowed choices are user, queue/],
    [['usage', '--format', 'xml'], /Allowed choices are table, json, csv/],
    [['usage', '--log-level', 'loud'], /Allowed choices are debug/],
    [['explain'], /required option '--queue/],
    [['demo', '--seconds', '-1'], /number above 0/],
    [['demo', '--seconds', 'x'], /number above 0/],
  ];
  for (const [args, message] of wrong) {
    it(`refuses '${args.join(' ')}' with exit code 2 and says why on stderr`, async () => {
      const { code, stdout, stderr } = await run(args);
      assert.equal(code, 2);
      assert.equal(stdout, '');
      assert.match(stderr, message);
    });
  }

  for (const command of [
    'user add bob hunter2hunter2 --role viewer',
    'user add bob --role viewer --password=hunter2hunter2',
    'user add bob --role hunter2hunter2',
    'user set bob --password hunter2hunter2',
    'user set bob --passwort hunter2hunter2',
    'user add bob --role viewer --password-file hunter2hunter2',
    'user hunter2hunter2',
    'token add x --role viewer --hunter2hunter2',
    'token add x --role viewer --days hunter2hunter2',
  ]) {
    it(`does not repeat what may be a secret, after ${command.replace('hunter2hunter2', '…')}`, async () => {
      const { code, stdout, stderr } = await run(command.split(' '));
      assert.equal(code, 2);
      assert.match(stderr, /^error: /);
      assert.doesNotMatch(stdout + stderr, /hunter2/);
    });
  }

  it('prints help and version to stdout', async () => {
    for (const args of [['--help'], ['usage', '--help'], ['help', 'usage']]) {
      const { code, stdout, stderr } = await run(args);
      assert.equal(code, 0);
      assert.match(stdout, /Usage: netsentinel/);
      assert.equal(stderr, '');
    }
    const { code, stdout } = await run(['--version']);
    assert.deepEqual([code, stdout], [0, '1.2.3\n']);
  });

  it('lists the commands in the order of a working day', async () => {
    const { stdout } = await run(['--help']);
    const names = [...stdout.slice(stdout.indexOf('Commands:')).matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
    assert.deepEqual(names, [
      ...['init', 'run', 'collect', 'check', 'channel', 'health', 'demo', 'status', 'uptime', 'transitions'],
      ...['maintenance', 'usage', 'explain', 'alerts', 'incidents', 'healing', 'report'],
      ...['device', 'credential', 'backup', 'key'],
      ...['workers', 'purge', 'migrate', 'copy', 'user', 'token', 'audit', 'hardening', 'help'],
    ]);
  });

  it('takes up a command of anybody by one declaration', async () => {
    let closed = 0;
    const open: Open<{ greeting: string }> = async ({ logLevel }) => ({
      greeting: `hello at ${logLevel}`,
      close: async () => {
        closed += 1;
      },
    });
    const greet: AddCommand = (program, frame) => {
      program
        .command('greet')
        .option('--name <name>', 'whom', 'all')
        .action(async ({ name }: { name: string }) => {
          await printFrom(open, frame, async ({ greeting }) => `${greeting}, ${name}\n`);
          frame.exitWith(1);
        });
    };
    const out = { stdout: '', stderr: '' };
    const code = await runProgram(['greet', '--name', 'ann', '--log-level', 'debug'], {
      stdout: { write: (text) => (out.stdout += text) },
      stderr: { write: (text) => (out.stderr += text) },
      stdin: Readable.from([]),
      env: {},
      version: '1.2.3',
      commandName: 'netsentinel',
      commands: [greet],
      beforeCommand: async () => {},
      untilStop: () => UNTIL_STOP,
    });
    assert.deepEqual({ code, ...out, closed }, { code: 1, stdout: 'hello at debug, ann\n', stderr: '', closed: 1 });
  });

  it('takes global options before and after the command', async () => {
    const globals = { config: '/etc/x/config.ts', logLevel: 'debug' };
    const options = ['--config', '/etc/x/config.ts', '--log-level', 'debug'];
    assert.deepEqual((await run(['run', ...options])).calls, ['before run', ['runWorker', globals]]);
    assert.deepEqual((await run([...options, 'collect'])).calls.slice(0, 2), ['before collect', ['openApp', globals]]);
  });

  it('hands options on', async () => {
    const globals = { logLevel: 'info' };
    assert.deepEqual((await run(['demo', '--seconds', '20'])).calls, [
      'before demo',
      ['runDemo', { seconds: 20, hasPages: true }, globals],
    ]);
    const quiet = { seconds: null, hasPages: false };
    assert.deepEqual((await run(['demo', '--no-pages'])).calls, ['before demo', ['runDemo', quiet, globals]]);
    const check = await run(['check', '--format', 'json']);
    assert.deepEqual(check.calls, [
      'before check',
      ['openApp', globals],
      ['check', { sendsTestMail: false, signal: UNTIL_STOP }],
      'close',
    ]);
    assert.equal(check.stdout, '[]\n');
    const [, , checked] = (await run(['check', '--send-test-mail'])).calls;
    assert.deepEqual(checked, ['check', { sendsTestMail: true, signal: UNTIL_STOP }]);
    assert.deepEqual((await run(['copy', '--to', 'sqlite:/b.db'])).calls, [
      'before copy',
      ['copyTo', 'sqlite:/b.db', globals],
    ]);
  });

  it('ends with the exit code of the work', async () => {
    const one = async () => 1;
    for (const name of ['run', 'demo'])
      assert.equal((await run([name], { runWorker: one, runDemo: one })).code, 1, name);
    const finding = { subject: 'database', part: 'reach', found: 'away', advice: null } as const;
    for (const [status, code] of [
      ['failure', 1],
      ['warning', 0],
    ] as const) {
      const checker = { check: async () => [{ ...finding, status }] };
      assert.equal((await run(['check'], { checker })).code, code, status);
    }
    for (const [isSame, code] of [
      [false, 1],
      [true, 0],
    ] as const) {
      const copyTo = async () => [{ table: 'usage_daily', sourceRows: 1, targetRows: 1, isSame }];
      assert.equal((await run(['copy', '--to', 'sqlite:/b.db'], { copyTo })).code, code, `same: ${isSame}`);
    }
  });

  it('polls once, prints what was read and only then sends what is due, and ends with 1 where either failed', async () => {
    const { code, stdout, calls } = await run(['collect']);
    assert.deepEqual([code, stdout], [0, 'edge-1: read and booked, 2 queues\n']);
    assert.deepEqual(calls.slice(2), [['migrate'], ['collect', UNTIL_STOP], 'tellOnce', 'close']);
    const trouble = new TroubleError('ROUTER_TIMEOUT', 'edge-1 does not answer', 'Look at it.');
    const failed = await run(['collect'], { collect: async () => [{ status: 'failed', router: 'edge-1', trouble }] });
    assert.deepEqual(
      [failed.code, failed.stdout, failed.calls.includes('tellOnce')],
      [1, 'edge-1: not read: edge-1 does not answer (ROUTER_TIMEOUT)\n', true],
    );
    assert.equal((await run(['collect'], { tellOnce: async () => ({ failed: 1 }) })).code, 1);
  });

  it('waits before any command does anything, and not for help', async () => {
    for (const name of ['usage', 'health']) assert.equal((await run([name])).calls[0], `before ${name}`);
    assert.deepEqual((await run(['usage', '--help'])).calls, []);
    assert.deepEqual((await run(['usage', '--bogus'])).calls, []);
  });

  for (const args of [['usage'], ['explain', '--queue', 'bob']]) {
    it(`names the known routers when '${args[0]}' is asked for an unknown one, and only then`, async () => {
      const unknown = await run([...args, '--router', 'edge-2']);
      assert.equal(unknown.code, 0);
      assert.equal(unknown.stderr, 'no such router; known routers: edge-1\n');
      for (const known of [args, [...args, '--router', 'edge-1']]) assert.equal((await run(known)).stderr, '');
    });
  }

  it('names the first twenty known routers, made readable, and how many more there are', async () => {
    const names = Array.from({ length: 23 }, (_, index) => `r\u001b${index + 10}`);
    const archive = createMemoryArchive({ days: names.map((router) => queueDay({ router })) });
    const { stderr } = await run(['usage', '--router', 'x'], { archive });
    assert.match(stderr, /29 and 3 more\n$/);
    assert.ok(!stderr.includes('\u001b'));
    const { stderr: none } = await run(['usage', '--router', 'x'], { archive: createMemoryArchive({}) });
    assert.equal(none, 'no such router; no router was read yet\n');
  });

  it('lists the problems of a configuration and ends with 2', async () => {
    const openBooks = async () => {
      throw new ConfigError('config.ts', [
        { path: 'routers[0].host', message: 'is missing' },
        { path: 'timeZone', message: 'is missing' },
      ]);
    };
    const { code, stdout, stderr } = await run(['usage'], { openBooks });
    assert.deepEqual(
      [code, stdout, stderr],
      [2, '', 'config.ts is not usable:\n  routers[0].host: is missing\n  timeZone: is missing\n'],
    );
  });

  it('prints expected trouble with its advice, without a stack, and ends with 1', async () => {
    const openBooks = async () => {
      throw new TroubleError('DATABASE_UNAVAILABLE', 'db:3306 refused the connection', 'Start the database.');
    };
    const { code, stderr } = await run(['usage'], { openBooks });
    assert.deepEqual(
      [code, stderr],
      [1, 'error: db:3306 refused the connection (DATABASE_UNAVAILABLE)\nStart the database.\n'],
    );
  });

  it('lets a bug through', async () => {
    const openBooks = async () => {
      throw new RangeError('bug');
    };
    await assert.rejects(run(['usage'], { openBooks }), RangeError);
  });

  it('closes the database, also after trouble', async () => {
    assert.equal((await run(['usage'])).calls.at(-1), 'close');
    assert.equal((await run(['usage', '--to', 'today'])).calls.at(-1), 'close');
  });
});

describe('usage', () => {
  it('prints today by user, in the configured zone', async () => {
    const { code, stdout } = await run(['usage', '--format', 'json']);
    assert.equal(code, 0);
    const [row] = JSON.parse(stdout);
    assert.equal(row.day, '2026-11-20');
    assert.equal(row.user, 'bob');
    assert.match(stdout, /"totalBytes":1152921504606846976,/);
  });

  it('prints yesterday, and ranges with both ends', async () => {
    assert.equal((await run(['usage', '--day', 'yesterday', '--format', 'json'])).stdout, '[]\n');
    const range = ['--from', 'yesterday', '--to', '2026-11-20', '--format', 'json'];
    assert.equal(JSON.parse((await run(['usage', ...range])).stdout).length, 1);
  });

  it('sums a range with --sum, and says on stderr where it begins before what is kept', async () => {
    const sum = ['usage', '--sum', '--format', 'json', '--from'];
    const kept = await run([...sum, '2026-11-06']);
    const [row] = JSON.parse(kept.stdout);
    assert.deepEqual(
      [row.from, row.to, row.user, row.day, kept.stderr],
      ['2026-11-06', '2026-11-20', 'bob', undefined, ''],
    );
    const early = await run([...sum, '2026-11-05']);
    assert.equal(early.stderr, 'usage before Fri 6 Nov 2026 is deleted: it is kept for 14 days (retention)\n');
    assert.equal(JSON.parse(early.stdout).length, 1);
    assert.match((await run(['usage', '--day', '2026-11-05'])).stderr, /^usage before Fri 6 Nov 2026 is deleted/);
  });

  it('prints CSV with a heading', async () => {
    const { stdout } = await run(['usage', '--by', 'queue', '--format', 'csv']);
    assert.equal(
      stdout,
      'day,router,queue,user,comment,uploadBytes,downloadBytes,totalBytes,estimatedBytes,unobservedSeconds,restarts,parent\r\n' +
        '2026-11-20,edge-1,bob,bob,,0,1152921504606846976,1152921504606846976,0,0,0,false\r\n',
    );
  });
});

describe('purge', () => {
  it('prints a report, mails one, and says when a mail could not be sent', async () => {
    assert.equal((await run(['report'])).stdout, 'the report of 2026-11-20\n');
    assert.match((await run(['report', '--send', '--day', 'yesterday'])).stdout, /2026-11-19 sent/);
    const delivery = { deliverDue: async () => ({ sent: 0, failed: 0, waiting: 1 }) };
    assert.equal((await run(['report', '--send'], { delivery })).code, 1);
    assert.equal((await run(['report', '--force'])).code, 2);
  });

  it('says that no threshold was crossed', async () => {
    assert.match((await run(['alerts'])).stdout, /No threshold was crossed/);
    assert.equal((await run(['alerts', '--format', 'json'])).stdout, '[]\n');
  });

  it('says what it deleted, or would delete', async () => {
    const { stdout, calls } = await run(['purge']);
    assert.equal(
      stdout,
      'Deleted data older than 2026-11-06: 12,345 daily rows, 1 hourly row, 2 unobserved spans, 0 events, 2 breaches, 1 mail.\n',
    );
    assert.equal((calls[2] as unknown[])[2], false);
    const dry = await run(['purge', '--dry-run']);
    assert.match(dry.stdout, /^Would delete/);
    assert.equal((dry.calls[2] as unknown[])[2], true);
  });
});

describe('migrate', () => {
  it('names the migrations it ran', async () => {
    assert.equal((await run(['migrate'])).stdout, 'Schema updated:\n  001-usage.sql\n');
    assert.equal((await run(['migrate'], { migrated: [] })).stdout, 'The schema is up to date.\n');
  });
});
