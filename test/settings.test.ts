import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { authOf } from '../src/accounts/settings.ts';
import { secret } from '../src/define-config.ts';
import { ConfigError, type ConfigProblem } from '../src/platform/config/problems.ts';
import { parseConfig } from '../src/settings.ts';

const ROUTER = { name: 'edge-1', host: '192.0.2.1', username: 'librenms_api', password: 'pass' };
const SMALLEST = { timeZone: 'Asia/Karachi', routers: [ROUTER] };
const MAIL = { from: 'a@example.com', to: ['b@example.com'], smtp: { host: 'smtp.example.com' } };

function parse(raw: unknown, env: Record<string, string> = {}) {
  return parseConfig(raw, { env, folder: '/etc/netsentinel' }, 'config.ts');
}

function problems(raw: unknown, env: Record<string, string> = {}): readonly ConfigProblem[] {
  try {
    parse(raw, env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
  return [];
}

function assertProblem(raw: unknown, path: string, message: RegExp): void {
  const found = problems(raw);
  assert.deepEqual(
    found.map((problem) => problem.path),
    [path],
    inspect(found),
  );
  assert.match(found[0]?.message ?? '', message);
}

function withRouter(fields: object): object {
  return { ...SMALLEST, routers: [{ ...ROUTER, ...fields }] };
}

function withQuota(quota: object): object {
  return { ...SMALLEST, quotas: [quota], retention: { days: 400 } };
}

const LIBRENMS = { url: 'http://librenms:8000/', token: 'a1b2', username: 'librenms_api', password: 'pass' };

function withLibrenms(fields: object): object {
  return { timeZone: 'Asia/Karachi', librenms: { ...LIBRENMS, ...fields } };
}

function withSmtp(fields: object): object {
  return { ...SMALLEST, mail: { ...MAIL, smtp: { ...MAIL.smtp, ...fields } } };
}

const SSH = { username: 'backup', password: 'pass' };
const SWITCH = { name: 'switch', host: '192.0.2.82', model: 'ios' };
const HOST_KEY = `SHA256:${'a1+/'.repeat(10)}abc`;
const PEM = '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n';
const KEY = Buffer.alloc(32, 7).toString('base64');

describe('a configuration', () => {
  it('needs no more than a time zone and a router; the rest has defaults', () => {
    const { routers, database, ...rest } = parse(SMALLEST);
    assert.equal(database.reveal(), 'sqlite:/etc/netsentinel/data/netsentinel.db');
    assert.deepEqual(
      { ...routers[0], password: routers[0]?.password.reveal() },
      { ...ROUTER, port: 8728, tls: false, lineMbps: 10_000, encoding: 'windows-1252', tags: [] },
    );
    assert.deepEqual(rest, {
      timeZone: 'Asia/Karachi',
      weekStartsOn: 'monday',
      devices: [],
      users: [],
      collect: { everySeconds: 60, timeoutSeconds: 20, concurrency: 32 },
      quotas: [],
      channels: {},
      routes: [],
      report: [{ every: 'day', at: '18:15', covers: 'today', rows: 200 }],
      alerts: { blindAfterMinutes: 30 },
      health: {
        everySeconds: 30,
        timeoutSeconds: 5,
        failures: 3,
        answers: 1,
        witnesses: [],
        warn: [],
        statusPages: [],
      },
      healing: { rules: [], credentials: {} },
      oldKeys: [],
      retention: { days: 14, auditDays: 365 },
      backup: {
        ...{ idleSeconds: 60, totalSeconds: 600, keep: 200, staleAfterHours: 48, models: {} },
        schedules: [{ timing: { every: 'day', at: '02:00' }, device: null, tags: [] }],
        ...{ archives: {}, recipients: [] },
      },
      terminal: { record: false, days: 90 },
    });
  });

  it('lists every problem at once, contradictions too, each with its path', () => {
    const found = problems({
      timeZone: 'Mars/Olympus',
      routers: [{ ...ROUTER, hots: 1 }, { name: 'edge-1', port: 70_000 }, 'edge-3'],
      collect: { everySeconds: 0 },
      quotas: [{ dailyGb: 1, unlimited: true }, {}],
      report: [{ at: '24:00' }, { every: 'year', at: '08:00' }, { every: 'month', at: '08:00' }],
      grafana: {},
    });
    assert.deepEqual(found.map(({ path }) => path).sort(), [
      'collect.everySeconds',
      'grafana',
      'quotas[0]',
      'quotas[1]',
      'report[0].at',
      'report[1].every',
      'retention.days',
      'routers[0].hots',
      'routers[1].host',
      'routers[1].name',
      'routers[1].password',
      'routers[1].port',
      'routers[1].username',
      'routers[2]',
      'timeZone',
    ]);
  });

  it('needs no routers when LibreNMS names them, and takes rules for routers it cannot know', () => {
    const raw = { ...withLibrenms({ tls: true }), quotas: [{ router: 'core.example.com', dailyGb: 1 }] };
    const { routers, librenms } = parse(raw);
    assert.deepEqual(routers, []);
    assert.deepEqual(
      { ...librenms, token: librenms?.token.reveal(), password: librenms?.password.reveal() },
      {
        ...LIBRENMS,
        url: 'http://librenms:8000',
        refreshMinutes: 10,
        match: '*',
        exclude: [],
        port: 8729,
        tls: true,
        lineMbps: 10_000,
        encoding: 'windows-1252',
      },
    );
  });

  it('needs no routers when there is a key to keep them in the database with, and takes rules for such', () => {
    const raw = { timeZone: 'UTC', key: KEY, oldKeys: [KEY], quotas: [{ router: 'edge-9', dailyGb: 1 }] };
    const { routers, key, oldKeys } = parse(raw);
    assert.deepEqual(routers, []);
    assert.equal(key?.reveal(), KEY);
    assert.deepEqual(
      oldKeys.map((old) => old.reveal()),
      [KEY],
    );
  });

  it('names devices that are no routers, and how all of them are entered by SSH', () => {
    const { routers, devices } = parse({
      timeZone: 'UTC',
      routers: [
        { ...ROUTER, ssh: { ...SSH, hostKey: HOST_KEY, legacy: true }, parent: 'web-1', tags: ['lte', 'roof'] },
      ],
      devices: [
        { name: 'web-1', host: '192.0.2.80', model: 'linux', ssh: { port: 2222, username: 'root', privateKey: PEM } },
        { name: 'cam', host: '192.0.2.81', model: 'custom', probe: { tcp: 443 }, parent: 'edge-1-switch', tags: ['x'] },
        { name: 'edge-1-switch', host: '192.0.2.82', model: 'ios', probe: { ping: true } },
      ],
    });
    const { ssh, parent, tags } = routers[0] ?? assert.fail();
    assert.deepEqual([parent, tags], ['web-1', ['lte', 'roof']]);
    assert.deepEqual(
      { ...ssh, password: ssh?.password?.reveal() },
      { ...SSH, port: 22, hostKey: HOST_KEY, legacy: true },
    );
    assert.equal(devices[0]?.ssh?.privateKey?.reveal(), PEM);
    assert.equal(devices[0]?.ssh?.port, 2222);
    assert.deepEqual(
      devices.map(({ name, probe, parent: behind, tags: marks }) => [name, probe, behind, marks]),
      [
        ['web-1', undefined, undefined, []],
        ['cam', { tcp: 443 }, 'edge-1-switch', ['x']],
        ['edge-1-switch', { ping: true }, undefined, []],
      ],
    );
    assert.deepEqual(parse({ timeZone: 'UTC', devices: [SWITCH] }).routers, [], 'no router is needed then');
  });

  it('lets a device be behind one that is not named in it, where devices are kept elsewhere too', () => {
    const raw = { ...SMALLEST, key: KEY, devices: [{ ...SWITCH, parent: 'core' }] };
    assert.deepEqual(problems(raw), []);
  });

  it('lists all that is wrong with its devices at once', () => {
    const found = problems({
      timeZone: 'UTC',
      routers: [
        { ...ROUTER, parent: 'loop-2', ssh: { username: 'backup', passphrase: 'x', hostKey: 'MD5:00' } },
        { ...ROUTER, name: 'edge-2', parent: 'edge-2', tags: ['a;b'], ssh: { ...SSH, privateKey: PEM } },
        { ...ROUTER, name: 'edge-3', parent: 'core', tags: ['a', 'a'] },
      ],
      devices: [
        { name: 'edge-1', host: '192.0.2.80', model: 'linux' },
        { name: 'loop-1', host: '192.0.2.81', model: 'routeros', parent: 'loop-2', probe: { tcp: 443, ping: true } },
        {
          name: 'loop-2',
          host: 'http://x',
          model: 'Linux',
          parent: 'loop-1',
          ssh: { username: 'x', privateKey: 'rsa' },
        },
        { name: '=1+1', host: '192.0.2.83' },
        7,
      ],
    });
    assert.deepEqual(found.map(({ path }) => path).sort(), [
      'devices[0].name',
      'devices[1].model',
      'devices[1].parent',
      'devices[1].probe',
      'devices[2].host',
      'devices[2].model',
      'devices[2].parent',
      'devices[2].ssh.privateKey',
      'devices[3].model',
      'devices[3].name',
      'devices[4]',
      'routers[0].ssh.hostKey',
      'routers[0].ssh.passphrase',
      'routers[0].ssh.password',
      'routers[1].parent',
      'routers[1].ssh.privateKey',
      'routers[1].tags',
      'routers[2].parent',
      'routers[2].tags',
    ]);
  });

  it('is printed as one list, with a stable code', () => {
    assert.throws(() => parse({ timeZone: 'UTC', routers: [] }), {
      code: 'CONFIG_INVALID',
      message:
        'config.ts is not usable:\n  routers: must have at least one entry, unless devices, librenms or key is set',
    });
  });

  const refused: [string, object, string, RegExp][] = [
    ['a key that is no base64', { timeZone: 'UTC', key: 'secret' }, 'key', /^must be 32 bytes in base64/],
    [
      'a key that is too short',
      { timeZone: 'UTC', key: Buffer.alloc(31).toString('base64') },
      'key',
      /^must be 32 bytes/,
    ],
    ['a malformed older key', { timeZone: 'UTC', key: KEY, oldKeys: [`${KEY}=`] }, 'oldKeys[0]', /^must be 32 bytes/],
    ['older keys without a key', { timeZone: 'UTC', routers: [ROUTER], oldKeys: [KEY] }, 'oldKeys', /need key/],
    ['no address of LibreNMS', withLibrenms({ url: 'librenms' }), 'librenms.url', /must be like 'https/],
    ['a login in the address', withLibrenms({ url: 'http://a:b@librenms' }), 'librenms.url', /without user, password/],
    ['a token of two lines', withLibrenms({ token: 'a\nb' }), 'librenms.token', /must be an API token/],
    ['a refresh without end', withLibrenms({ refreshMinutes: 0 }), 'librenms.refreshMinutes', /at least 1/],
    [
      'an unknown option, naming the known ones',
      withRouter({ hots: 'x' }),
      'routers[0].hots',
      /unknown option; known options: name, host/,
    ],
    ['a missing value', { routers: [ROUTER] }, 'timeZone', /^is missing; it must be text$/],
    ['a time zone that is an offset', { ...SMALLEST, timeZone: '+05:00' }, 'timeZone', /IANA/],
    ['a time zone that is unknown', { ...SMALLEST, timeZone: 'Asia/Karaci' }, 'timeZone', /IANA/],
    [
      'a host with a scheme',
      withRouter({ host: 'https://192.0.2.1' }),
      'routers[0].host',
      /host name or an IP address/,
    ],
    ['a host with a path', withRouter({ host: 'router/api' }), 'routers[0].host', /host name or an IP address/],
    ['a host with a port', withRouter({ host: '192.0.2.1:8728' }), 'routers[0].host', /host name or an IP address/],
    ['an address with a number too large', withRouter({ host: '192.0.2.256' }), 'routers[0].host', /IP address/],
    ['an empty router name', withRouter({ name: '' }), 'routers[0].name', /must not be empty/],
    ['a router name of two lines', withRouter({ name: 'a\nb' }), 'routers[0].name', /one line/],
    ['port 0', withRouter({ port: 0 }), 'routers[0].port', /at least 1/],
    ['a port that is text', withRouter({ port: '8728' }), 'routers[0].port', /must be a number/],
    ['another form of tls', withRouter({ tls: 'yes' }), 'routers[0].tls', /must be true, false, \{ ca/],
    [
      'two forms of tls at once',
      withRouter({ tls: { insecure: true, fingerprint: 'ab'.repeat(32) } }),
      'routers[0].tls',
      /must be true, false/,
    ],
    ['a short fingerprint', withRouter({ tls: { fingerprint: 'ab:cd' } }), 'routers[0].tls.fingerprint', /SHA-256/],
    [
      'a certificate file that is not there',
      withRouter({ tls: { ca: './ca.pem' } }),
      'routers[0].tls.ca',
      /cannot be read \(ENOENT\)/,
    ],
    ['an unknown code page', withRouter({ encoding: 'klingon' }), 'routers[0].encoding', /code page/],
    ['a line without speed', withRouter({ lineMbps: 0 }), 'routers[0].lineMbps', /more than 0/],
    [
      'a secret that is not set',
      withRouter({ password: secret('P') }),
      'routers[0].password',
      /P is not set; set P, or P_FILE/,
    ],
    [
      'two routers of one name',
      { ...SMALLEST, routers: [ROUTER, ROUTER] },
      'routers[1].name',
      /'edge-1' is already the name of routers\[0\]/,
    ],
    ['fractions of a second', { ...SMALLEST, collect: { everySeconds: 0.5 } }, 'collect.everySeconds', /whole number/],
    ['a user rule that fits everything', { ...SMALLEST, users: [{ name: 'bob' }] }, 'users[0]', /match or comment/],
    [
      'a rule for an unknown router',
      { ...SMALLEST, users: [{ match: 'x', router: 'edge-2', name: 'y' }] },
      'users[0].router',
      /no router has the name 'edge-2'/,
    ],
    ['a quota without content', withQuota({ match: 'x' }), 'quotas[0]', /needs dailyGb/],
    [
      'unlimited with a limit',
      withQuota({ unlimited: true, weeklyGb: 1 }),
      'quotas[0]',
      /unlimited and a limit exclude/,
    ],
    [
      'ignore with unlimited',
      withQuota({ unlimited: true, ignore: true }),
      'quotas[0]',
      /unlimited and ignore exclude/,
    ],
    ['a limit of nothing', withQuota({ dailyGb: 0 }), 'quotas[0].dailyGb', /more than 0/],
    ['a limit below a byte', withQuota({ dailyGb: 1e-10 }), 'quotas[0].dailyGb', /at least one byte/],
    ['an empty glob', withQuota({ match: '', dailyGb: 1 }), 'quotas[0].match', /not be empty/],
    [
      'a month that starts on the 32nd',
      withQuota({ monthlyGb: 1, monthStartsOn: 32 }),
      'quotas[0].monthStartsOn',
      /at most 31/,
    ],
    [
      'a fraction of a percent',
      withQuota({ dailyGb: 1, warnAtPercent: [80.5] }),
      'quotas[0].warnAtPercent[0]',
      /whole number/,
    ],
    [
      'a mail address longer than the outbox holds',
      withQuota({ dailyGb: 1, to: [`${'ü'.repeat(505)} <b@example.com>`] }),
      'quotas[0].to[0]',
      /mail address/,
    ],
    ['an alert to no address', withQuota({ dailyGb: 1, to: ['bob'] }), 'quotas[0].to[0]', /mail address/],
    [
      'a mail address with a line break',
      { ...SMALLEST, mail: { ...MAIL, from: 'a\r\nBcc: x <a@example.com>' } },
      'mail.from',
      /mail address/,
    ],
    ['mail to nobody', { ...SMALLEST, mail: { ...MAIL, to: [] } }, 'mail.to', /at least one entry/],
    ['a mail login without its password', withSmtp({ username: 'x' }), 'mail.smtp', /set both username and password/],
    ['a time that is none', { ...SMALLEST, report: { at: '6pm' } }, 'report.at', /hh:mm/],
    [
      'an unknown kind of report',
      { ...SMALLEST, report: [{ every: 'hour', at: '08:00' }] },
      'report[0].every',
      /'day', 'week' or 'month'/,
    ],
    ['a report that is a text', { ...SMALLEST, report: '18:15' }, 'report', /a report or a list of reports/],
    [
      'a mail about unread routers before they count as late',
      { ...SMALLEST, collect: { everySeconds: 3600 }, alerts: { blindAfterMinutes: 179 } },
      'alerts.blindAfterMinutes',
      /at least 180/,
    ],
    [
      'the same with the default interval',
      { ...SMALLEST, alerts: { blindAfterMinutes: 2 } },
      'alerts.blindAfterMinutes',
      /at least 3/,
    ],
    ['retention below a day + 2', { ...SMALLEST, retention: { days: 2 } }, 'retention.days', /at least 3/],
    [
      'retention below a weekly quota + 2',
      { ...SMALLEST, quotas: [{ weeklyGb: 1 }], retention: { days: 8 } },
      'retention.days',
      /at least 9/,
    ],
    [
      'the default retention with a monthly quota',
      { ...SMALLEST, quotas: [{ monthlyGb: 1 }] },
      'retention.days',
      /at least 33/,
    ],
    [
      'retention below a monthly report + 2',
      { ...SMALLEST, report: { every: 'month', at: '08:00' }, retention: { days: 32 } },
      'retention.days',
      /at least 33/,
    ],
    [
      'a database of another kind',
      { ...SMALLEST, database: 'postgres://u:hunter2@h/d' },
      'database',
      /must be 'sqlite:FILE' or 'mysql:/,
    ],
    [
      'an SQLite database in memory',
      { ...SMALLEST, database: 'sqlite::memory:' },
      'database',
      /must be 'sqlite:FILE' or/,
    ],
    [
      'a database server without a database',
      { ...SMALLEST, database: 'mysql://u:hunter2@h/' },
      'database',
      /must be 'sqlite:FILE' or/,
    ],
    [
      'an option of a database server that is not known',
      { ...SMALLEST, database: 'mysql://u:hunter2@h/d?sslmode=require' },
      'database',
      /'\?ssl=true'/,
    ],
    [
      'an HTTP address with a port in it',
      { ...SMALLEST, http: { host: '127.0.0.1:80' } },
      'http.host',
      /must be a host/,
    ],
    ['an HTTP port that does not exist', { ...SMALLEST, http: { port: 0 } }, 'http.port', /at least 1/],
    ['pages without a password', { ...SMALLEST, http: { pages: true } }, 'http.password', /pages need a key/],
    [
      'pages without a password where others can see them',
      { ...SMALLEST, http: { pages: true, auth: 'none', host: '0.0.0.0' } },
      'http.auth',
      /pages on 0\.0\.0\.0 need a password/,
    ],
    [
      'pages with a password and without',
      { ...SMALLEST, http: { pages: true, auth: 'none', password: 'correct horse' } },
      'http.auth',
      /exclude each other/,
    ],
    [
      'a password that nothing asks for',
      { ...SMALLEST, http: { password: 'correct horse' } },
      'http.password',
      /needs pages: true/,
    ],
    [
      'an address of pages that are not there',
      { ...SMALLEST, http: {}, publicUrl: 'https://netsentinel.example.com' },
      'publicUrl',
      /needs http\.pages: true/,
    ],
    ...['https://example.com/netsentinel', 'https://a:b@example.com', 'example.com', 'ftp://example.com'].map(
      (publicUrl): [string, object, string, RegExp] => [
        `${publicUrl} as the address of the pages`,
        { ...SMALLEST, http: { pages: true, auth: 'none' }, publicUrl },
        'publicUrl',
        /must be like 'https:\/\/netsentinel\.example\.com', without a path/,
      ],
    ),
    [
      'a password that is soon guessed',
      { ...SMALLEST, http: { pages: true, password: 'short' } },
      'http.password',
      /8 characters or more/,
    ],
    [
      'a proxy to be trusted that is no address',
      { ...SMALLEST, http: { trustProxy: ['10.0.0.0/33'] } },
      'http.trustProxy[0]',
      /or a range of them like/,
    ],
    ['a database without a file', { ...SMALLEST, database: 'sqlite:' }, 'database', /must be 'sqlite:FILE' or/],
  ];
  for (const [what, raw, path, message] of refused) {
    it(`refuses ${what}`, () => assertProblem(raw, path, message));
  }

  const accepted: [string, object][] = [
    ['an IPv6 address', withRouter({ host: '2001:db8::1' })],
    ['a host name with an underscore, as containers have', withRouter({ host: 'librenms_db' })],
    ['a host name in another script', withRouter({ host: 'роутер.example' })],
    ['an empty password, as new routers have', withRouter({ password: '' })],
    ['retention of exactly a month + 2', { ...SMALLEST, quotas: [{ monthlyGb: 1 }], retention: { days: 33 } }],
    ['retention of a day where no period asks for more', { ...SMALLEST, report: [], retention: { days: 1 } }],
    ['a report with a weekday', { ...SMALLEST, report: { every: 'week', on: 'friday', at: '00:00' } }],
    [
      'a mail address with a name and one without a dot',
      { ...SMALLEST, mail: { ...MAIL, from: 'Net <net@localhost>', to: ['root@localhost'] } },
    ],
    [
      'a quota with everything',
      withQuota({
        match: 'a*',
        comment: '*b',
        router: 'edge-1',
        dailyGb: 0.5,
        weeklyGb: 2,
        monthlyGb: 5,
        monthStartsOn: 31,
        counts: 'total',
        warnAtPercent: [50, 80],
        to: ['x@example.com'],
      }),
    ],
  ];
  for (const [what, raw] of accepted) {
    it(`accepts ${what}`, () => assert.deepEqual(problems(raw), []));
  }
});

describe('a router in a configuration', () => {
  it('is reached on 8729 with any TLS, unless a port is given', () => {
    assert.equal(parse(withRouter({ tls: true })).routers[0]?.port, 8729);
    assert.equal(parse(withRouter({ tls: { insecure: true } })).routers[0]?.port, 8729);
    assert.equal(parse(withRouter({ tls: true, port: 1234 })).routers[0]?.port, 1234);
  });

  it('has its fingerprint in the form that Node compares', () => {
    const tls = parse(withRouter({ tls: { fingerprint: 'ab'.repeat(32) } })).routers[0]?.tls;
    assert.deepEqual(tls, { fingerprint: Array(32).fill('AB').join(':') });
  });

  it('has the text of its certificate file, found from the folder of the configuration', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'netsentinel-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    writeFileSync(join(folder, 'ca.pem'), pem);
    writeFileSync(join(folder, 'key.pem'), 'no certificate');
    const context = { env: {}, folder };
    assert.deepEqual(parseConfig(withRouter({ tls: { ca: 'ca.pem' } }), context, 'x').routers[0]?.tls, { ca: pem });
    assert.throws(
      () => parseConfig(withRouter({ tls: { ca: 'key.pem' } }), context, 'x'),
      /no certificate in PEM form/,
    );
  });
});

describe('http in a configuration', () => {
  it('opens no port unless it is there', () => {
    assert.equal(parse(SMALLEST).http, undefined);
  });

  it('listens on this machine alone by default', () => {
    assert.deepEqual(parse({ ...SMALLEST, http: {} }).http, {
      host: '127.0.0.1',
      port: 9494,
      pages: false,
      trustProxy: false,
      terminal: false,
    });
  });

  it('shows pages behind a password, or without one on this machine alone', () => {
    const behind = parse({ ...SMALLEST, http: { pages: true, host: '0.0.0.0', password: 'correct horse' } }).http;
    assert.equal(behind?.password?.reveal(), 'correct horse');
    for (const host of ['127.0.0.1', 'localhost', '::1']) {
      assert.equal(parse({ ...SMALLEST, http: { pages: true, auth: 'none', host } }).http?.auth, 'none');
    }
  });

  it('opens terminals only to people with accounts, and records them only with a key', () => {
    const key = Buffer.alloc(32, 7).toString('base64');
    const pathsOf = (config: object) => problems({ ...SMALLEST, ...config }).map(({ path }) => path);
    assert.equal(parse({ ...SMALLEST, key, http: { pages: true, terminal: true } }).http?.terminal, true);
    assert.deepEqual(pathsOf({ key, http: { terminal: true } }), ['http.terminal']);
    assert.deepEqual(pathsOf({ key, http: { pages: true, terminal: true, password: 'correct horse' } }), [
      'http.terminal',
    ]);
    assert.deepEqual(pathsOf({ http: { pages: true, terminal: true, auth: 'none' } }), ['http.terminal']);
    assert.deepEqual(pathsOf({ http: { pages: true, terminal: true, auth: 'accounts' } }), []);
    assert.deepEqual(pathsOf({ terminal: { record: true } }), ['terminal.record']);
    assert.deepEqual(pathsOf({ key, terminal: { record: true, days: 3 } }), []);
  });

  it('shows pages to people with accounts where there is a key, unless it says otherwise', () => {
    const key = Buffer.alloc(32, 7).toString('base64');
    const authIn = (http: object) => {
      const parsed = parse({ ...SMALLEST, key, http: { pages: true, ...http } }).http;
      return parsed === undefined ? null : authOf(parsed);
    };
    assert.equal(authIn({}), 'accounts');
    assert.equal(authIn({ host: '0.0.0.0' }), 'accounts');
    assert.equal(authIn({ password: 'correct horse' }), 'password');
    assert.equal(authIn({ auth: 'none' }), 'none');
    assert.equal(parse({ ...SMALLEST, http: { pages: true, auth: 'accounts' } }).http?.auth, 'accounts');
  });

  it('believes proxies one by one or all of a network', () => {
    const { http } = parse({ ...SMALLEST, http: { trustProxy: ['10.0.0.5', 'fd00::/8'] } });
    assert.deepEqual(http?.trustProxy, ['10.0.0.5', 'fd00::/8']);
  });
});

describe('mail in a configuration', () => {
  it('uses TLS from the first byte on port 465', () => {
    assert.equal(parse(withSmtp({ port: 465 })).mail?.smtp.secure, true);
    assert.equal(parse(withSmtp({})).mail?.smtp.secure, false);
  });

  it('requires an encrypted connection for a login, except to this machine', () => {
    const login = { username: 'x', password: 'y' };
    assert.equal(parse(withSmtp(login)).mail?.smtp.tls.required, true);
    assert.equal(parse(withSmtp({})).mail?.smtp.tls.required, false);
    assert.equal(parse(withSmtp({ ...login, host: '127.0.0.1' })).mail?.smtp.tls.required, false);
    assert.equal(parse(withSmtp({ ...login, tls: { required: false } })).mail?.smtp.tls.required, false);
  });
});

describe('OAuth2 in a configuration', () => {
  const login = { clientId: 'client-1', clientSecret: 'client-secret-1', refreshToken: 'refresh-token-1' };
  const smtpWith = (oauth2: object, more: object = {}) => withSmtp({ username: 'a@example.com', oauth2, ...more });

  for (const [name, oauth2, tokenUrl] of [
    ['google', { provider: 'google', ...login }, 'https://oauth2.googleapis.com/token'],
    [
      'microsoft',
      { provider: 'microsoft', tenant: 'example.onmicrosoft.com', ...login },
      'https://login.microsoftonline.com/example.onmicrosoft.com/oauth2/v2.0/token',
    ],
    [
      'a token server of one’s own',
      { tokenUrl: 'https://sso.example.com/token', ...login },
      'https://sso.example.com/token',
    ],
  ] as const) {
    it(`knows where to ask for tokens: ${name}`, () => {
      const { smtp } = parse(smtpWith(oauth2)).mail ?? {};
      assert.equal(smtp?.oauth2?.tokenUrl, tokenUrl);
      assert.equal(smtp?.oauth2?.refreshToken?.reveal(), 'refresh-token-1');
      assert.equal(smtp?.tls.required, true);
      assert.equal(JSON.stringify(smtp).includes('-1'), true, 'the client ID is no secret');
      assert.doesNotMatch(JSON.stringify(smtp), /secret-1|token-1/);
    });
  }

  it('lets an application of Microsoft 365 log in for itself', () => {
    const { clientId, clientSecret } = login;
    const { mail } = parse(smtpWith({ provider: 'microsoft', tenant: 'abc-1', clientId, clientSecret }));
    assert.equal(mail?.smtp.oauth2?.scope, 'https://outlook.office365.com/.default');
    assert.equal(mail?.smtp.oauth2?.refreshToken, undefined);
  });

  for (const [name, raw, path] of [
    ['neither provider nor tokenUrl', smtpWith(login), 'mail.smtp.oauth2'],
    ['both', smtpWith({ provider: 'google', tokenUrl: 'https://a.example/t', ...login }), 'mail.smtp.oauth2'],
    [
      'a token server without https',
      smtpWith({ tokenUrl: 'http://a.example/t', ...login }),
      'mail.smtp.oauth2.tokenUrl',
    ],
    ['microsoft without a tenant', smtpWith({ provider: 'microsoft', ...login }), 'mail.smtp.oauth2.tenant'],
    [
      'a tenant that is a path',
      smtpWith({ provider: 'microsoft', tenant: 'a/b', ...login }),
      'mail.smtp.oauth2.tenant',
    ],
    ['a tenant for google', smtpWith({ provider: 'google', tenant: 'a', ...login }), 'mail.smtp.oauth2.tenant'],
    [
      'google without a refresh token',
      smtpWith({ provider: 'google', clientId: 'a', clientSecret: 'b' }),
      'mail.smtp.oauth2.refreshToken',
    ],
    ['a password beside it', smtpWith({ provider: 'google', ...login }, { password: 'x' }), 'mail.smtp'],
    ['no username', withSmtp({ oauth2: { provider: 'google', ...login } }), 'mail.smtp'],
  ] as const) {
    it(`refuses ${name}`, () => {
      assert.deepEqual(
        problems(raw).map((problem) => problem.path),
        [path],
      );
    });
  }
});

describe('secrets in a configuration', () => {
  it('are hidden at once, also when written as plain text', () => {
    const config = parse({
      ...withSmtp({ username: 'x', password: 'hunter2' }),
      routers: [{ ...ROUTER, password: 'hunter2' }],
      database: 'mysql://u:hunter2@db:3306/netsentinel',
    });
    assert.ok(!JSON.stringify(config).includes('hunter2'));
    assert.ok(!inspect(config, { depth: null, showHidden: true }).includes('hunter2'));
    assert.equal(config.database.reveal(), 'mysql://u:hunter2@db:3306/netsentinel');
    const several = 'mysql://u:hunter2@db1:3306,db2,[2001:db8::5]:3307/netsentinel';
    assert.equal(parse({ ...SMALLEST, database: several }).database.reveal(), several);
    for (const end of ['?ssl=true', '?ssl=false']) parse({ ...SMALLEST, database: `mysql://u:p@db/netsentinel${end}` });
  });

  it('come from the environment', () => {
    const config = parse(withRouter({ password: secret('P') }), { P: 'hunter2' });
    assert.equal(config.routers[0]?.password.reveal(), 'hunter2');
  });

  it('are not repeated in problems', () => {
    const raw = { ...withRouter({ password: 'hunter2', hots: 1 }), database: 'mysql://u:hunter2@h/' };
    assert.throws(
      () => parse(raw),
      (error) => !inspect(error).includes('hunter2'),
    );
  });
});

describe('DATABASE_URL', () => {
  it('overrides the database of the file', () => {
    const raw = { ...SMALLEST, database: 'mysql://a:b@c/d' };
    assert.equal(parse(raw, { DATABASE_URL: 'sqlite:/x.db' }).database.reveal(), 'sqlite:/x.db');
  });

  it('does nothing when it is empty', () => {
    const raw = { ...SMALLEST, database: 'mysql://a:b@c/d' };
    assert.equal(parse(raw, { DATABASE_URL: '' }).database.reveal(), 'mysql://a:b@c/d');
  });

  it('is named when it is the one that is wrong', () => {
    assert.deepEqual(
      problems(SMALLEST, { DATABASE_URL: 'x' }).map(({ path }) => path),
      ['database (from DATABASE_URL)'],
    );
  });
});

describe('healing in a configuration', () => {
  const RULE = {
    ...{ name: 'power', when: { state: 'down', tags: ['tower'] }, credential: 'healer' },
    action: { poeCycle: { via: 'edge-1', port: 'ether3' } },
  };
  const CREDENTIALS = { healer: { username: 'healer', password: 'pass' } };
  const withRule = (rule: object, healing: object = {}) => ({
    ...{ ...SMALLEST, devices: [SWITCH] },
    healing: { rules: [{ ...RULE, ...rule }], credentials: CREDENTIALS, ...healing },
  });

  it('is off without rules, and a rule is a dry run unless it says otherwise', () => {
    assert.deepEqual(parse(SMALLEST).healing.rules, []);
    const [rule] = parse(withRule({})).healing.rules;
    assert.equal(rule?.mode, 'dryRun');
    assert.deepEqual(rule?.limits, { perDevice: { times: 2, hours: 6 }, atOnce: 1 });
    assert.equal(parse(withRule({})).healing.credentials['healer']?.password?.reveal(), 'pass');
  });

  for (const [what, rule, path, message] of [
    ['a reboot of who is down', { action: { reboot: true } }, '.action.reboot', /cannot be logged in to: give via/],
    ['a bounce on who is down', { action: { bounce: 'lte1' } }, '.action.bounce', /cannot be logged in to/],
    ['a lease of who is down', { action: { renewDhcp: 'ether1', via: 'self' } }, '.action.renewDhcp', /cannot be/],
    ['commands for who is down', { action: { run: ['/system/reboot'] } }, '.action.run', /cannot be logged in to/],
    [
      'two actions',
      { when: { wan: 'lost' }, action: { reboot: true, bounce: 'lte1' } },
      '.action',
      /exactly one of renewDhcp/,
    ],
    ['no action', { action: {} }, '.action', /exactly one of/],
    ['two conditions', { when: { state: 'down', wan: 'lost' } }, '.when', /exactly one of state/],
    ['a login that there is not', { credential: 'root' }, '.credential', /healing.credentials has no 'root'/],
    ['a via beside one', { action: { ...RULE.action, via: 'edge-1' } }, '.action.via', /belongs in poeCycle/],
    [
      'power that a device turns off for itself',
      { action: { poeCycle: { via: 'self', port: 'ether3' } } },
      '.action.poeCycle.via',
      /must be the name of the device to log in to, not 'self'/,
    ],
    [
      'a parent without its name',
      { action: { wake: { via: 'parent', mac: '48:8F:5A:00:11:22' } } },
      '.action.wake.via',
      /must be the name of the device to log in to, not 'parent'/,
    ],
    [
      'no RouterOS',
      { action: { wake: { via: 'switch', mac: '48:8F:5A:00:11:22' } } },
      '.action.wake.via',
      /no RouterOS device/,
    ],
    [
      'a verdict that cannot be',
      { worked: { goodForMinutes: 5, withinMinutes: 5 } },
      '.worked.goodForMinutes',
      /less than withinMinutes \(5\)/,
    ],
    [
      'a warning that nobody gives',
      { when: { warn: 'cpuPercent' }, action: { reboot: true } },
      '.when.warn',
      /health.warn has no cpuPercent/,
    ],
    ['another mode', { mode: 'always' }, '.mode', /dryRun/],
  ] as const) {
    it(`refuses ${what}`, () => assertProblem(withRule(rule), `healing.rules[0]${path}`, message));
  }

  it('lets what answers be acted on, and the parent or another device in place of who is down', () => {
    for (const rule of [
      { when: { wan: 'lost' }, action: { renewDhcp: 'ether1' } },
      { action: { bounce: 'ether5', via: 'parent' } },
      { action: { run: ['/interface/disable numbers=ether5'], via: 'edge-1' } },
    ]) {
      assert.deepEqual(problems(withRule(rule)), []);
    }
  });

  it('refuses two rules of one name, and the login of who reads', () => {
    assertProblem(withRule({}, { rules: [RULE, RULE] }), 'healing.rules[1].name', /another rule has this name/);
    const healer = { username: 'librenms_api', password: 'pass' };
    assertProblem(withRule({}, { credentials: { healer } }), 'healing.credentials.healer.username', /user that reads/);
    assertProblem(
      withRule({}, { credentials: { healer: { username: 'healer' } } }),
      'healing.credentials.healer.password',
      /is missing/,
    );
  });
});
