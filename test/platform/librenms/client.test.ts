import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { inspect } from 'node:util';
import { createLibrenmsClient } from '../../../src/platform/librenms/client.ts';
import { TroubleError } from '../../../src/runtime/errors.ts';
import { LIBRENMS_TOKEN, librenmsDevice, SNMP_SECRETS, startLibrenms } from '../../support/librenms-server.ts';

const never = new AbortController().signal;

async function setUp(t: TestContext, options: { token?: string; timeoutMs?: number } = {}) {
  const librenms = await startLibrenms();
  t.after(() => librenms.stop());
  const { token = LIBRENMS_TOKEN, timeoutMs = 10_000 } = options;
  const client = createLibrenmsClient({ url: librenms.url, token: () => token, timeoutMs });
  return { librenms, client };
}

/** The trouble that `work` meets; everything about it is free of secrets. */
async function troubleOf(work: Promise<unknown>): Promise<TroubleError> {
  const error = await work.then(
    () => assert.fail('it went well'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof TroubleError, inspect(error));
  const shown = inspect(error, { depth: 10, showHidden: true });
  for (const secret of [LIBRENMS_TOKEN, ...SNMP_SECRETS]) assert.ok(!shown.includes(secret), shown);
  return error;
}

function answers(status: number, body: string, headers: Record<string, string> = {}) {
  return (_request: IncomingMessage, response: ServerResponse) => void response.writeHead(status, headers).end(body);
}

describe("LibreNMS's devices", () => {
  it('are those with RouterOS that are enabled, and nothing else of them is taken', async (t) => {
    const { librenms, client } = await setUp(t);
    librenms.devices = [
      librenmsDevice({ device_id: 1, hostname: 'core.example.com' }),
      librenmsDevice({ device_id: 2, hostname: 'off.example.com', disabled: 1 }),
      librenmsDevice({ device_id: 3, hostname: 'switch.example.com', os: 'swos' }),
      librenmsDevice({ device_id: 4, hostname: 'edge', overwrite_ip: '2001:db8::4', ip: null }),
      librenmsDevice({ device_id: 5, hostname: 'down.example.com', status: 0, ignore: 1 }),
    ];
    assert.deepEqual((await client.routers(never)).devices, [
      { deviceId: 1, hostname: 'core.example.com', host: 'core.example.com', ip: '192.0.2.77' },
      { deviceId: 4, hostname: 'edge', host: '2001:db8::4', ip: null },
      { deviceId: 5, hostname: 'down.example.com', host: 'down.example.com', ip: '192.0.2.77' },
    ]);
  });

  it('are understood when numbers come as text', async (t) => {
    const { librenms, client } = await setUp(t);
    librenms.devices = [
      { device_id: '7', hostname: 'a', os: 'routeros', disabled: '0' },
      { device_id: '8', hostname: 'b', os: 'routeros', disabled: '1' },
      { device_id: 9, hostname: 'c', os: 'routeros', disabled: true },
    ];
    assert.deepEqual((await client.routers(never)).devices, [{ deviceId: 7, hostname: 'a', host: 'a', ip: null }]);
  });

  it('may be none', async (t) => {
    const { client } = await setUp(t);
    assert.deepEqual(await client.routers(never), { devices: [], skipped: [] });
  });
});

describe("a row of LibreNMS's list", () => {
  const core = librenmsDevice({ device_id: 1, hostname: 'core.example.com' });
  const odd = (change: object) => librenmsDevice({ device_id: 2, hostname: 'odd', ...change });

  const hiddenByState: [string, object][] = [
    ['a disabled device', { disabled: 1 }],
    ['another operating system', { os: 'ios' }],
  ];
  const anything: [string, object][] = [
    ['a blank in its hostname', { hostname: 'od d' }],
    ['a slash in its hostname', { hostname: 'od/d' }],
    ['no hostname', { hostname: null }],
    ['a list for a number', { device_id: ['x'] }],
  ];
  for (const [whose, state] of hiddenByState) {
    for (const [what, change] of anything) {
      it(`of ${whose} is passed over, with ${what}`, async (t) => {
        const { librenms, client } = await setUp(t);
        librenms.misbehave = answers(
          200,
          JSON.stringify({ status: 'ok', devices: [odd({ ...change, ...state }), core] }),
        );
        const { devices, skipped } = await client.routers(never);
        assert.deepEqual(
          devices.map(({ hostname }) => hostname),
          ['core.example.com'],
        );
        assert.deepEqual(skipped, []);
      });
    }
  }

  const faults: [string, unknown, string | null, RegExp][] = [
    ['a blank in its hostname', odd({ hostname: 'od d' }), 'od d', /hostname is not a valid host name/],
    ['a slash in its hostname', odd({ hostname: 'od/d' }), 'od/d', /hostname is not a valid host name/],
    ['a port in its hostname', odd({ hostname: 'odd:8728' }), 'odd:8728', /hostname is not a valid host name/],
    ['an empty hostname', odd({ hostname: '' }), '', /hostname is empty/],
    ['no hostname', odd({ hostname: null }), null, /its hostname/],
    ['a hostname without end', odd({ hostname: 'x'.repeat(300) }), 'x'.repeat(255), /its hostname/],
    [
      'a control character in its hostname',
      odd({ hostname: 'a\nb', overwrite_ip: '192.0.2.1' }),
      'a\nb',
      /has invisible characters/,
    ],
    [
      'a mark that turns its hostname round',
      odd({ hostname: 'a\u202eb', overwrite_ip: '192.0.2.1' }),
      'a\u202eb',
      /has invisible characters/,
    ],
    ['an overwrite_ip that is no address', odd({ overwrite_ip: '192.0.2.1 ; x' }), 'odd', /overwrite_ip/],
    ['an overwrite_ip that is no text', odd({ overwrite_ip: { a: 1 } }), 'odd', /overwrite_ip/],
    ['a number that is none', odd({ device_id: -3 }), 'odd', /device_id/],
    ['an unknown state', odd({ disabled: 'perhaps' }), 'odd', /disabled/],
    ['no operating system', odd({ os: null }), 'odd', /its os/],
    ['nothing', null, null, /not a device/],
    ['a word for a device', 'x', null, /not a device/],
  ];
  for (const [what, row, hostname, fault] of faults) {
    it(`with ${what} is left out and named, and the others stay`, async (t) => {
      const { librenms, client } = await setUp(t);
      librenms.misbehave = answers(200, JSON.stringify({ status: 'ok', devices: [row, core] }));
      const { devices, skipped } = await client.routers(never);
      assert.deepEqual(
        devices.map(({ deviceId }) => deviceId),
        [1],
      );
      assert.equal(skipped.length, 1);
      assert.equal(skipped[0]?.hostname, hostname);
      assert.match(skipped[0]?.fault ?? '', fault);
      for (const secret of SNMP_SECRETS) assert.ok(!inspect(skipped).includes(secret));
    });
  }

  it('is polled at its overwrite_ip, whatever its hostname is, under that name', async (t) => {
    const { librenms, client } = await setUp(t);
    librenms.devices = [odd({ hostname: 'north / tower 1', overwrite_ip: ' 192.0.2.9 ' })];
    assert.deepEqual(await client.routers(never), {
      devices: [{ deviceId: 2, hostname: 'north / tower 1', host: '192.0.2.9', ip: '192.0.2.77' }],
      skipped: [],
    });
  });

  it('may have an ip that cannot be read: it is polled by its hostname all the same', async (t) => {
    const { librenms, client } = await setUp(t);
    librenms.devices = [odd({ ip: { v: 4 } })];
    assert.deepEqual((await client.routers(never)).devices, [{ deviceId: 2, hostname: 'odd', host: 'odd', ip: null }]);
  });

  it('that repeats another is left out, the same one whatever the order of the list', async (t) => {
    const { librenms, client } = await setUp(t);
    const rows = [
      odd({ device_id: 2, overwrite_ip: '192.0.2.2' }),
      odd({ device_id: 3, overwrite_ip: '192.0.2.3' }),
      core,
      core,
    ];
    for (const devices of [rows, rows.toReversed()]) {
      librenms.devices = devices;
      const list = await client.routers(never);
      assert.deepEqual(
        list.devices.map(({ host }) => host),
        ['core.example.com', '192.0.2.2'],
      );
      assert.deepEqual(
        list.skipped.map(({ deviceId, fault }) => [deviceId, fault]),
        [
          [1, 'another device has the same number'],
          [3, 'another device has the same hostname'],
        ],
      );
    }
  });
});

describe('trouble with LibreNMS', () => {
  it('is a token that it does not take', async (t) => {
    const { client } = await setUp(t, { token: 'wrong' });
    const trouble = await troubleOf(client.routers(never));
    assert.equal(trouble.code, 'LIBRENMS_DENIED');
    assert.match(trouble.advice, /API token/);
  });

  const secret = SNMP_SECRETS[0];
  const cases: [string, ReturnType<typeof answers>, string][] = [
    ['an error of its own', answers(500, `SQLSTATE: ${secret}`), 'LIBRENMS_FAILED'],
    ['another path', answers(404, '{"status":"error"}'), 'LIBRENMS_FAILED'],
    ['a login page', answers(200, `<html>${secret}</html>`), 'LIBRENMS_UNREADABLE'],
    ['an answer cut short', answers(200, `{"status":"ok","devices":[{"community":"${secret}"`), 'LIBRENMS_UNREADABLE'],
    ['an answer of nothing', answers(200, ''), 'LIBRENMS_UNREADABLE'],
    ['another list', answers(200, `{"status":"ok","${secret}":[]}`), 'LIBRENMS_UNREADABLE'],
    ['an error with status 200', answers(200, `{"status":"error","message":"${secret}"}`), 'LIBRENMS_UNREADABLE'],
    ['a broken connection', (request) => void request.socket.destroy(), 'LIBRENMS_UNREACHABLE'],
  ];
  for (const [name, misbehave, code] of cases) {
    it(`is ${name}, without a word of the answer`, async (t) => {
      const { librenms, client } = await setUp(t);
      librenms.misbehave = misbehave;
      assert.equal((await troubleOf(client.routers(never))).code, code);
    });
  }

  it('is a redirection: the token goes to no other host', async (t) => {
    const { librenms, client } = await setUp(t);
    const other = await startLibrenms();
    t.after(() => other.stop());
    librenms.misbehave = answers(302, '', { Location: `${other.url}/api/v0/devices` });
    assert.equal((await troubleOf(client.routers(never))).code, 'LIBRENMS_REDIRECTED');
    assert.equal(other.asked(), 0);
  });

  it('is no answer in time, also in the middle of one', async (t) => {
    const { librenms, client } = await setUp(t, { timeoutMs: 100 });
    librenms.misbehave = () => {};
    const silent = await troubleOf(client.routers(never));
    assert.equal(silent.code, 'LIBRENMS_UNREACHABLE');
    assert.match(silent.message, /in time/);
    librenms.misbehave = (_request, response) => void response.writeHead(200).write('{"status":"ok",');
    assert.equal((await troubleOf(client.routers(never))).code, 'LIBRENMS_UNREACHABLE');
  });

  it('is a server that is not there', async (t) => {
    const { librenms, client } = await setUp(t);
    await librenms.stop();
    librenms.stop = async () => {};
    const trouble = await troubleOf(client.routers(never));
    assert.equal(trouble.code, 'LIBRENMS_UNREACHABLE');
    assert.match(trouble.message, /ECONNREFUSED/);
  });

  it('is an answer of more objects than the memory should hold', async (t) => {
    const { librenms, client } = await setUp(t);
    librenms.misbehave = answers(200, `{"status":"ok","devices":[${'{},'.repeat(1_000_000)}{}]}`);
    assert.equal((await troubleOf(client.routers(never))).code, 'LIBRENMS_UNREADABLE');
  });

  it('is an answer without end', async (t) => {
    const { librenms, client } = await setUp(t);
    librenms.misbehave = (_request, response) => {
      const chunk = Buffer.alloc(1024 * 1024, ' ');
      const write = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.writeHead(200).on('drain', write);
      write();
    };
    assert.equal((await troubleOf(client.routers(never))).code, 'LIBRENMS_UNREADABLE');
  });

  it('ends at once when nobody waits for the answer any more', async (t) => {
    const { librenms, client } = await setUp(t);
    librenms.misbehave = () => {};
    const aborter = new AbortController();
    const asked = troubleOf(client.routers(aborter.signal));
    aborter.abort();
    assert.equal((await asked).code, 'LIBRENMS_UNREACHABLE');
  });
});
