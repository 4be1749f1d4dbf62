import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { createRoster } from '../../src/devices/roster.ts';
import { createPanel, joinData } from '../../src/platform/http/panels.ts';
import { deviceOf, serverOf } from '../support/devices.ts';
import { freshRouter, servePagesFor } from '../support/pages.ts';
import { readable } from '../support/readable-html.ts';

const OPEN = { password: null };
const HTML = { headers: { accept: 'text/html' } };

async function get(url: string): Promise<string> {
  return await (await fetch(url, HTML)).text();
}

describe('the page of a device', () => {
  it('is found where it was before, with all that was asked for', async (t) => {
    const pages = await servePagesFor(t, OPEN);
    pages.conditions.push(freshRouter('..'), freshRouter('home/office'));
    for (const [before, now] of [
      ['/r/edge-1', '/d/edge-1'],
      ['/r/EDGE-1?q=a%26b&sort=user', '/d/EDGE-1?q=a%26b&sort=user'],
      ['/r/home%2Foffice', '/d/home%2Foffice'],
      ['/r?name=..&q=bob', '/d?name=..&q=bob'],
      ['/r/edge-1?a%0D%0Ab=%0D%0A', '/d/edge-1?a%0D%0Ab=%0D%0A'],
    ] as const) {
      const moved = await fetch(pages.url + before, { ...HTML, redirect: 'manual' });
      assert.deepEqual([moved.status, moved.headers.get('location')], [308, now], before);
      assert.equal((await fetch(pages.url + before, HTML)).status, 200);
    }
  });

  it('is at its name: who asks by its host, as the menu of LibreNMS may, is sent there', async (t) => {
    const pages = await servePagesFor(t, OPEN);
    for (const [asked, now] of [
      ['/d/192.0.2.1', '/d/edge-1'],
      ['/d/192.0.2.1?sort=user&q=a%26b', '/d/edge-1?sort=user&q=a%26b'],
      ['/d?name=192.0.2.1&q=bob', '/d/edge-1?q=bob'],
      ['/d/EDGE-1', '/d/edge-1'],
    ] as const) {
      const moved = await fetch(pages.url + asked, { ...HTML, redirect: 'manual' });
      assert.deepEqual([moved.status, moved.headers.get('location')], [307, now], asked);
      assert.equal((await fetch(pages.url + asked, HTML)).status, 200);
    }
    assert.equal((await fetch(`${pages.url}/d/edge-1`, { ...HTML, redirect: 'manual' })).status, 200);
  });

  it('shows what any capability knows of it, and the API answers the same', async (t) => {
    const panel = createPanel({
      key: 'weather',
      templates: { below: new URL('../../src/platform/http/templates/notes.hbs', import.meta.url) },
      query: z.object({ sky: z.enum(['blue', 'grey']).default('blue') }),
      typedQuery: z.object({ sky: z.enum(['blue', 'grey']).catch('grey') }),
      answer: { weather: z.string() },
      read: async ({ name }: { readonly name: string }, { sky }) => ({ weather: `${sky} over ${name}` }),
      view: ({ weather }) => ({
        banners: [{ text: `<${weather}>`, advice: null, code: null, href: '/' }],
        facts: [{ label: 'Sky', value: weather }],
        content: { notes: [`It is ${weather}.`] },
      }),
    });
    const { url } = await servePagesFor(t, { ...OPEN, more: [{ devicePanels: [panel] }] });
    const text = readable(await get(`${url}/d/edge-1?sky=green`));
    assert.match(text, /edge-1 <grey over edge-1> .*Status .*Sky grey over edge-1 .*It is grey over edge-1\./);
    const answer = JSON.parse(await get(`${url}/api/v1/routers/edge-1`));
    assert.deepEqual([answer.weather, answer.router, answer.users], ['blue over edge-1', 'edge-1', 0]);
    assert.equal((await fetch(`${url}/api/v1/routers/edge-1?sky=green`)).status, 400);
  });

  it('is there for every device of the roster, with the parts that concern it', async (t) => {
    const named = z.object({});
    const panel = (key: string, concerns: string) =>
      createPanel({
        ...{ key, query: named, typedQuery: named, answer: { [key]: z.string().optional() } },
        templates: { top: new URL('../../src/platform/http/templates/notes.hbs', import.meta.url) },
        read: async ({ name }: { readonly name: string }) => (name === concerns ? { [key]: name } : null),
        view: () => ({ content: { notes: [`${key} of ${concerns}`] } }),
      });
    const devices = [deviceOf('edge-1'), serverOf('nas', { host: '192.0.2.77', model: 'linux <b>' })];
    const others = [deviceOf('away', { isPaused: true }), deviceOf('shop', { countsUsage: false })];
    const roster = createRoster([{ devices: () => [...devices, ...others], follow: () => {} }]);
    const more = [{ devicePanels: [panel('one', 'nas'), panel('two', 'edge-1')] }];
    const { url } = await servePagesFor(t, { ...OPEN, roster, more });
    const nas = readable(await get(`${url}/d/NAS`));
    assert.match(nas, / nas .*one of nas Status Usage not read from this device Model linux <b> Address 192\.0\.2\.77/);
    assert.doesNotMatch(nas, /two of|Last read|Search users/);
    assert.match(readable(await get(`${url}/d/edge-1`)), /two of edge-1 .*Last read/);
    assert.match(readable(await get(`${url}/d/away`)), /not read: the device is paused/);
    assert.equal((await fetch(`${url}/d/shop`, HTML)).status, 200);
    assert.match(readable(await get(`${url}/d/192.0.2.77`)), /one of nas/);
    assert.equal((await fetch(`${url}/d/nobody`, HTML)).status, 404);
    assert.equal((await fetch(`${url}/api/v1/routers/nas`)).status, 404);
    assert.deepEqual(JSON.parse(await get(`${url}/api/v1/routers/edge-1`)).two, 'edge-1');
  });

  it('has each fact from one capability: a second one of the same name is a bug', () => {
    assert.deepEqual(joinData([{ a: 1 }, {}, { b: 2 }]), { a: 1, b: 2 });
    assert.throws(() => joinData([{ a: 1 }, { a: 1 }]), /two panels/);
  });
});
