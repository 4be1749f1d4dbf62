import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import type { Device } from '../../src/devices/ports.ts';
import { createRoster } from '../../src/devices/roster.ts';
import { viewSeries } from '../../src/health/pages/charts.ts';
import { webfigLink } from '../../src/health/pages/device.ts';
import type { DeviceRecord } from '../../src/health/ports.ts';
import { seriesOf } from '../../src/health/series.ts';
import { createMaintenanceStore } from '../../src/health/store/health-archive.ts';
import { sparkline } from '../../src/platform/http/sparkline.ts';
import { deviceOf, serverOf } from '../support/devices.ts';
import { fallOf, fleetOf, recordsOf, weekOf } from '../support/fleet.ts';
import { writeHealth } from '../support/health-site.ts';
import { EVENING, servePagesFor } from '../support/pages.ts';
import { readable } from '../support/readable-html.ts';
import { createIncidentStore } from '../support/stores.ts';

const HTML = { headers: { accept: 'text/html' } };
const HOUR_MS = 3_600_000;
const HOSTILE = '<img src=x onerror="alert(1)">{{this}}\u202e';

async function serve(t: TestContext, devices: readonly Device[], records: readonly DeviceRecord[], more = {}) {
  const roster = createRoster([{ devices: () => devices, follow: () => {} }]);
  const pages = await servePagesFor(t, { password: null, roster });
  await writeHealth(pages.database, { at: EVENING, records, ...more });
  return { ...pages, get: async (path: string) => await (await fetch(pages.url + path, HTML)).text() };
}

function record(device: Device, health: Partial<DeviceRecord['health']>): DeviceRecord {
  const [made] = recordsOf([device], EVENING);
  assert.ok(made !== undefined);
  return { ...made, health: { ...made.health, ...health } };
}

const namesIn = (html: string) => [...html.matchAll(/class="device-name"[^>]*>([^<]*)</g)].map(([, name]) => name);

describe('the internet lines on the page of today', () => {
  const RATES = [40_000_000, 60_000_000] as const;
  const LAST_HOUR = Math.floor(EVENING / HOUR_MS) * HOUR_MS;

  /** Of two routers: the hour before was seen of both, the one before that of one of them for 48 min. */
  async function serveLines(t: TestContext) {
    const devices = [deviceOf('edge-1'), deviceOf('edge-2')];
    const parts = devices.flatMap(({ name }, index) => {
      const rate = RATES[index] ?? 0;
      const tally = (bps: number) => ({ count: 2, min: 0, sum: 2 * bps, max: bps });
      const hour = (startsAt: number, upMs: number) => ({
        ...{ device: name, length: 'hour' as const, startsAt, upMs, downMs: 0, unknownMs: 0 },
        figures: new Map([
          ['downloadBps', tally(rate)],
          ['uploadBps', tally(rate / 10)],
        ] as const),
      });
      return [hour(LAST_HOUR - HOUR_MS, HOUR_MS), ...(index === 0 ? [hour(LAST_HOUR - 2 * HOUR_MS, 2_880_000)] : [])];
    });
    return await serve(t, devices, recordsOf(devices, EVENING), { parts, routers: 2 });
  }

  it('are charts and tables: sums of all routers, how many were seen where not all were, and no zero where nobody knows', async (t) => {
    const { get } = await serveLines(t);
    const html = await get('/');
    const text = readable(html);
    assert.match(text, /Internet lines .* at most 100 Mbit\/s down, 10 Mbit\/s up/);
    assert.match(html, /<title>17:00: 100 Mbit\/s down, 10 Mbit\/s up<\/title>/);
    assert.match(
      html,
      /<title>16:00: 40 Mbit\/s down, 4 Mbit\/s up; 1 of 2 routers, 12 min of data missing<\/title>[^\n]*class="gap"/,
    );
    assert.match(html, /<title>15:00: no data<\/title>[^\n]*class="unseen"/);
    assert.doesNotMatch(html, /<title>15:00: no data<\/title>[^\n]*class="counted"/);
    assert.match(text, /16:00 40 Mbit\/s 4 Mbit\/s 1 of 2 routers, 12 min of data missing/);
    assert.match(text, /15:00 no data/);
  });

  it('are those of the router that is asked for, and are not there where none is known or other days are shown', async (t) => {
    const { get, url } = await serveLines(t);
    assert.match(await get('/?router=edge-2'), /<title>17:00: 60 Mbit\/s down, 6 Mbit\/s up<\/title>/);
    for (const path of ['/?router=edge-9', '/?period=week']) assert.doesNotMatch(await get(path), /Internet lines/);
    const answer = await (await fetch(`${url}/api/v1/today?router=edge-1`)).text();
    const hour =
      '"from":"2026-11-20T12:00:00.000Z","to":"2026-11-20T13:00:00.000Z","downloadBps":40000000,"uploadBps":4000000';
    assert.ok(answer.includes(`{${hour},"seenRouters":1,"routers":1,"missingSeconds":0}`), answer);
  });
});

describe('the wall of devices', () => {
  it('has every device, the worst first, and counts each state', async (t) => {
    const names = ['up', 'down', 'far', 'doubtful', 'ill', 'hot', 'unseen', 'worked-on', 'left-alone'];
    const devices = names.map((name) =>
      (name === 'far' ? serverOf : deviceOf)(name, { isPaused: name === 'left-alone' }),
    );
    const [up, down, far, doubtful, ill, hot, , worked, alone] = devices;
    assert.ok(up && down && far && doubtful && ill && hot && worked && alone);
    const on = { isOn: true, since: EVENING, otherForMs: null };
    const { get } = await serve(t, devices, [
      record(up, {}),
      record(down, { state: 'down', reason: 'answers ping, but not its API', since: EVENING - HOUR_MS }),
      record(far, { state: 'unreachable' }),
      record(doubtful, { state: 'suspect' }),
      record(ill, { reason: 'the login is refused' }),
      { ...record(hot, { flappingSince: EVENING }), warnings: { 'temperatureC.2': on, wan: { ...on, isOn: false } } },
      record(worked, { state: 'maintenance' }),
    ]);
    const html = await get('/devices');
    assert.deepEqual(namesIn(html), [
      'down',
      'far',
      'doubtful',
      'hot',
      'ill',
      'unseen',
      'worked-on',
      'left-alone',
      'up',
    ]);
    const text = readable(html);
    assert.match(text, /9 all 1 down 1 unreachable 1 suspect 2 warning 1 unknown 1 maintenance 1 paused 1 up/);
    assert.match(text, /down down 1 h answers ping, but not its API/);
    assert.match(text, /hot warning .* flapping · hot /);
    assert.match(text, /unseen unknown not checked yet/);
    assert.match(html, /<title>1 down, devices /);
    assert.doesNotMatch(text, /internet line lost/);
  });

  it('finds devices by state, tag and text in the address, whatever is typed', async (t) => {
    const devices = fleetOf(40);
    const { get } = await serve(t, devices, recordsOf(devices, EVENING));
    const found = async (query: string) => namesIn(await get(`/devices?${query}`)).length;
    assert.equal(await found('state=down'), 1);
    assert.equal(await found('state=problems'), 7);
    assert.equal(await found('tag=north'), 20);
    assert.equal(await found('q=TOWER-2'), 1);
    assert.equal(await found('q=10.0.3.1'), 1);
    assert.equal(await found('q=the+login&state=warn'), 1);
    assert.equal(await found('state=nonsense&tag=&q='), 40);
    assert.match(readable(await get('/devices?q=nobody')), /No device matches\./);
    assert.match(await get('/devices?tag=gone'), /<option value="gone" selected>/);
    const html = (await get('/devices?q=edge&tag=south')).replaceAll('&#x3D;', '=');
    assert.match(html, /href="\/devices\?state=down&amp;tag=south&amp;q=edge"/);
  });

  it('says when nobody looks, and when our own line is down', async (t) => {
    const device = deviceOf('edge-1');
    const { get, database } = await serve(t, [device], [record(device, {})], { blindSince: EVENING - HOUR_MS });
    assert.match(readable(await get('/devices')), /own line is down since Fri 20 Nov, 17:15\. .* unknown, not down/);
    await database.transaction(async (transaction) => {
      await transaction
        .withTables<{ health_watch: { until_at: bigint } }>()
        .updateTable('health_watch')
        .set({ until_at: 0n })
        .execute();
    });
    const text = readable(await get('/devices?state='));
    assert.match(text, /No worker is checking the devices since Fri 20 Nov, 18:15/);
    assert.match(text, /edge-1 unknown 0 s no worker is running/);
  });

  it('shows names, reasons and tags as text, and at most 1,000 devices', async (t) => {
    const bad = deviceOf(HOSTILE, { tags: [HOSTILE], parent: HOSTILE });
    const many = Array.from({ length: 1_001 }, (_, index) => serverOf(`s${index}`));
    const { get } = await serve(t, [bad, ...many], [record(bad, { state: 'down', reason: HOSTILE })]);
    const html = await get('/devices');
    assert.doesNotMatch(html, /<img/);
    assert.doesNotMatch(readable(html), /\u202e/);
    assert.equal(namesIn(html).length, 1_000);
    assert.match(readable(html), /… and 2 more devices\. Search or filter to see them\./);
    assert.doesNotMatch(await get(`/d/${encodeURIComponent(HOSTILE)}`), /<img|\u202e/);
  });
});

describe('health on the page of a device', () => {
  it('has its state, figures, lines, uptime, changes, maintenance, and the devices around it', async (t) => {
    const tower = deviceOf('tower', { host: '192.0.2.1' });
    const edge = deviceOf('edge', { host: '192.0.2.2', parent: 'tower', tags: ['north'] });
    const lost = serverOf('nas', { parent: 'gone' });
    const parts = weekOf('edge', EVENING, (at) =>
      at > EVENING - HOUR_MS ? 'down' : at < EVENING - 48 * HOUR_MS ? null : 'up',
    );
    const pages = await serve(
      t,
      [tower, edge, lost],
      [record(tower, {}), record(edge, { state: 'down', reason: 'no answer', since: EVENING - HOUR_MS })],
      { parts, transitions: fallOf('edge', EVENING) },
    );
    const raised = { subject: 'edge', summary: 'edge is <down>', openedAt: EVENING - HOUR_MS };
    await createIncidentStore(pages).raise('device', [raised, { ...raised, subject: 'tower', summary: 'hot' }], []);
    const windows = createMaintenanceStore(pages);
    const window = { tag: null, startsAt: EVENING - HOUR_MS, endsAt: EVENING + HOUR_MS, isWeekly: false };
    await windows.add({ ...window, device: 'tower' });
    await windows.add({ ...window, device: 'nas' });
    await windows.add({ ...window, device: 'tower', endsAt: EVENING - 1 });
    const text = readable(await pages.get('/d/edge'));
    assert.match(text, /down since Fri 20 Nov, 17:15 \(1 h\) behind tower \(up\)/);
    assert.match(
      text,
      /no answer .*Last answer .*Internet lines .*ether1 PPPoE 100\.64\.1\.9 behind NAT 198\.51\.100\.7/,
    );
    assert.match(text, /24 hours 95\.[0-9]+% 1 h /);
    assert.match(text, /Maintenance .*Fri 20 Nov, 17:15 – Fri 20 Nov, 19:15 tower open/);
    assert.equal(text.match(/17:15 – Fri/g)?.length, 1);
    assert.match(text, /Last changes of state .*down up .*suspect down does not answer .*up suspect/);
    assert.doesNotMatch(text, /CPU \d+% Memory used \d+% Disk|Interfaces/, 'old figures are not shown as current');
    assert.match(text, /Incidents .*edge is <down> open Fri 20 Nov, 17:15 1 h no/);
    assert.equal(text.includes('hot'), false);
    const front = readable(await pages.get('/d/tower'));
    assert.match(front, /Devices behind it down edge/);
    assert.match(front, /CPU 0% Memory used 20%/);
    assert.match(
      await pages.get('/d/tower'),
      /href="http:\/\/192\.0\.2\.1\/" target="_blank" rel="noopener noreferrer"/,
    );
    assert.match(readable(await pages.get('/d/nas')), /unknown behind gone \(no such device\) not checked yet/);
  });

  it('draws no figure of a time that nobody saw', async (t) => {
    const edge = deviceOf('edge');
    const parts = weekOf('edge', EVENING, (at) => (at > EVENING - 12 * HOUR_MS ? null : 'up'));
    const { get } = await serve(t, [edge], [record(edge, {})], { parts });
    const html = await get('/d/edge');
    const charts = [...html.matchAll(/<svg class="line"[^>]*aria-label="([^"]*)"[\s\S]*?<\/svg>/g)];
    assert.equal(charts.length, 12);
    for (const [svg, label] of charts) {
      assert.match(label ?? '', /with gaps where there is no data$/);
      assert.match(svg, /<rect class="unseen" x="\d+" width="\d+" height="100"\/>/);
    }
    assert.match(html, /<rect class="unseen" x="1\d\d" width="1[34]\d" y="0" height="10"\/>/);
  });
});

describe('the series of a device', () => {
  const MINUTES = 300_000;
  const span = (startsAt: number, upMs: number, downMs = 0) => {
    return { startsAt, upMs, downMs, unknownMs: 0, figures: new Map() };
  };

  it('never has more in a slot than the slot is, and no slot twice or left out', () => {
    const spans = fc.array(fc.tuple(fc.nat(300), fc.nat(2 * MINUTES), fc.nat(2 * MINUTES)), { maxLength: 50 });
    fc.assert(
      fc.property(spans, fc.nat(100 * MINUTES), (given, now) => {
        const all = given.map(([slot, up, down]) => span(slot * MINUTES, up, down));
        const { slots, startsAt, endsAt } = seriesOf(all, { fromAt: now - 60 * MINUTES, now, stepMs: MINUTES });
        assert.equal((endsAt - startsAt) / MINUTES, slots.length);
        assert.ok(startsAt <= now - 60 * MINUTES && now < endsAt);
        for (const { up, down } of slots) assert.ok(up >= 0 && down >= 0 && up + down <= 1 + 1e-9);
      }),
    );
  });

  it('calls nothing unseen that is still to be written', () => {
    const now = 10 * MINUTES + 60_000;
    const { slots } = seriesOf([span(9 * MINUTES, MINUTES - 60_000)], { fromAt: 8 * MINUTES, now, stepMs: MINUTES });
    assert.deepEqual(
      slots.map(({ up, isOpen }) => [up, isOpen]),
      [
        [0, false],
        [1, false],
        [0, true],
      ],
    );
  });
});

describe('the times below the drawings of a device', () => {
  const labels = (timeZone: string) => {
    const day = seriesOf([], { fromAt: EVENING - 24 * HOUR_MS, now: EVENING, stepMs: 300_000 });
    const week = seriesOf([], { fromAt: EVENING - 168 * HOUR_MS, now: EVENING, stepMs: HOUR_MS });
    return viewSeries({ day, week }, timeZone).periods.map(({ ticks }) => ticks.map(({ label }) => label));
  };

  for (const zone of ['Asia/Karachi', 'Asia/Kolkata', 'Asia/Kathmandu']) {
    it(`are each sixth hour, and each midnight that is not at an edge, in ${zone}`, () => {
      assert.deepEqual(labels(zone), [
        ['00:00', '06:00', '12:00', '18:00'],
        ['15 Nov', '16 Nov', '17 Nov', '18 Nov', '19 Nov', '20 Nov'],
      ]);
    });
  }
});

describe('a line of a drawing', () => {
  it('goes on only where something is known, and one point alone can be seen', () => {
    const point = (mean: number) => ({ min: mean - 10, mean, max: mean + 10 });
    const drawn = sparkline([point(50), null, null, point(20), point(80), null], { low: 0, high: 100, open: 1 });
    assert.equal(drawn.line, 'M0 50L0.5 50L1 50M3 80L3.5 80L4.5 20L5 20');
    assert.equal(drawn.band.match(/M/g)?.length, 2);
    assert.deepEqual(drawn.gaps, [{ x: 1, width: 2 }]);
    assert.equal(drawn.width, 6);
    assert.equal(sparkline([point(7)], { low: 7, high: 7, open: 0 }).line, 'M0 50L0.5 50L1 50');
  });
});

describe('the link to WebFig', () => {
  for (const [webfig, host, link] of [
    ['http://192.0.2.1/', '192.0.2.1', 'http://192.0.2.1/'],
    ['https://[2001:db8::1]:8443/', '2001:db8::1', 'https://[2001:db8::1]:8443/'],
    ['http://edge.example/', 'EDGE.example', 'http://edge.example/'],
    ['http://192.0.2.2/', '192.0.2.1', null],
    ['javascript://192.0.2.1/%0aalert(1)', '192.0.2.1', null],
    ['http://192.0.2.1@evil.example/', '192.0.2.1', null],
    ['http://a:b@192.0.2.1/', '192.0.2.1', null],
    ['no address', '192.0.2.1', null],
    [null, '192.0.2.1', null],
  ] as const) {
    it(`is ${link} for ${webfig} of ${host}`, () => assert.equal(webfigLink({ webfig, host }), link));
  }
});
