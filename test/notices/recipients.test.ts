import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRecipients, type NoticeRoute } from '../../src/notices/recipients.ts';

const CHANNELS = [
  { name: 'mail', addresses: ['admin@example.com'] },
  { name: 'ops', addresses: ['-100', '-200', '-100'] },
  { name: 'hook', addresses: ['webhook'] },
];
const TAGS: Record<string, string[]> = { tower: ['core', 'lte'], edge: ['core'], home: ['client'] };

const recipients = (...routes: NoticeRoute[]) =>
  createRecipients({ channels: CHANNELS, routes, tagsOf: (device) => TAGS[device] ?? [] });
const told = (...asked: Parameters<ReturnType<typeof recipients>['of']>) => ({
  by: (...routes: NoticeRoute[]) =>
    recipients(...routes)
      .of(...asked)
      .map(({ channel, address }) => `${channel} ${address}`),
});

const MAIL = 'mail admin@example.com';
const OPS = ['ops -100', 'ops -200'];
const HOOK = 'hook webhook';

describe('who is told', () => {
  it('is everybody once, and of reports mail alone, where there are no routes', () => {
    assert.deepEqual(told('device', { devices: ['tower'] }).by(), [MAIL, ...OPS, HOOK]);
    assert.deepEqual(told('report').by(), [MAIL]);
  });

  it('is said by the first route of its kind', () => {
    const routes = [{ kinds: ['quota'], to: ['hook'] }, { to: ['ops'] }] as const;
    assert.deepEqual(told('quota').by(...routes), [HOOK]);
    assert.deepEqual(told('device').by(...routes), OPS);
    assert.deepEqual(told('report').by(...routes), OPS);
  });

  it('is as without routes where none fits: no notice is lost for a route that is missing', () => {
    const route = { kinds: ['device'], to: ['ops'] } as const;
    assert.deepEqual(told('quota').by(route), [MAIL, ...OPS, HOOK]);
    assert.deepEqual(told('report').by(route), [MAIL]);
  });

  it('goes by the tags of the device', () => {
    const route = { tags: ['core'], to: ['ops'] } as const;
    assert.deepEqual(told('device', { devices: ['edge'] }).by(route), OPS);
    assert.deepEqual(told('device', { devices: ['home'] }).by(route, { to: [] }), []);
    assert.deepEqual(told('device', { devices: ['unknown'] }).by(route, { to: ['mail'] }), [MAIL]);
    assert.deepEqual(told('blind').by(route, { to: ['mail'] }), [MAIL]);
  });

  it('of a notice about several devices is whoever is told of one of them', () => {
    const routes = [
      { tags: ['core'], to: ['ops'] },
      { tags: ['client'], to: ['mail'] },
    ] as const;
    assert.deepEqual(told('device', { devices: ['edge', 'home', 'tower'] }).by(...routes), [MAIL, ...OPS]);
  });

  it('is nobody where a route says so', () => {
    assert.deepEqual(told('quota').by({ kinds: ['quota'], to: [] }), []);
  });

  it('gets mail at other addresses where a quota has its own, and only where mail is told at all', () => {
    const mailTo = ['edge@example.com', 'edge@example.com'];
    assert.deepEqual(told('quota', { mailTo }).by({ to: ['mail', 'hook'] }), ['mail edge@example.com', HOOK]);
    assert.deepEqual(told('quota', { mailTo }).by({ to: ['hook'] }), [HOOK]);
  });
});
