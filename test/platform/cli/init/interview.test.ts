import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { interview } from '../../../../src/platform/cli/init/interview.ts';

/** Somebody who types these lines; `said` is all that they were shown. */
function typing(...lines: string[]) {
  const said: string[] = [];
  const hidden: string[] = [];
  const next = (question: string) => {
    said.push(question);
    const line = lines.shift();
    assert.ok(line !== undefined, `one question too many: ${question}`);
    return line;
  };
  return {
    said,
    hidden,
    left: () => lines.length,
    say: (text: string) => void said.push(text),
    ask: async (question: string) => next(question).trim(),
    askSecret: async (question: string) => {
      hidden.push(question);
      return next(question);
    },
    close: () => {},
  };
}

describe('the questions of init', () => {
  it('take Enter for what they propose, for no mail and for pages', async () => {
    const person = typing('', '192.0.2.1', '', '', 'router pass ', '', '');
    const { starter, secrets } = await interview(person, 'Europe/Berlin');
    assert.deepEqual(starter, {
      timeZone: 'Europe/Berlin',
      router: { name: 'edge-1', host: '192.0.2.1', username: 'librenms_api' },
      mail: null,
      hasPages: true,
    });
    const { key, ...others } = secrets;
    assert.deepEqual(others, { router: 'router pass ', mail: null });
    assert.equal(Buffer.from(key, 'base64').length, 32);
    assert.equal(person.left(), 0);
  });

  it('take Enter for no router, and then do not ask for the pages: they are on', async () => {
    const person = typing('', '', '');
    const { starter, secrets } = await interview(person, 'Europe/Berlin');
    assert.deepEqual(starter, { timeZone: 'Europe/Berlin', router: null, mail: null, hasPages: true });
    assert.deepEqual([secrets.router, secrets.mail, person.left()], [null, null, 0]);
  });

  it('ask for the mail server and its login where there is to be mail, and show no password', async () => {
    const person = typing(
      ...['Asia/Karachi', 'core.example.com', 'core', 'api', 'router-pass'],
      ...['admin@example.com', 'smtp.example.com', 'bot@example.com', 'smtp-pass', 'no'],
    );
    const { starter, secrets } = await interview(person, 'UTC');
    assert.deepEqual(starter.router, { name: 'core', host: 'core.example.com', username: 'api' });
    const server = { host: 'smtp.example.com', port: 587, username: 'bot@example.com' };
    assert.deepEqual(starter.mail, { to: 'admin@example.com', ...server });
    assert.equal(starter.hasPages, false);
    assert.deepEqual([secrets.router, secrets.mail], ['router-pass', 'smtp-pass']);
    assert.equal(person.hidden.length, 2);
    assert.ok(person.hidden.every((question) => /not shown/.test(question)));
  });

  for (const [server, login, host, port] of [
    ['relay', '', 'relay', 25],
    ['relay:2525', '', 'relay', 2525],
    ['192.0.2.9:465', 'bot', '192.0.2.9', 465],
    ['2001:db8::25', '', '2001:db8::25', 25],
  ] as const) {
    it(`read ${server} ${login === '' ? 'without' : 'with'} a login as ${host} and ${port}`, async () => {
      const rest = login === '' ? ['', ''] : [login, 'smtp-pass', ''];
      const person = typing('', '192.0.2.1', '', '', 'pass', 'admin@example.com', server, ...rest);
      const { mail } = (await interview(person, 'UTC')).starter;
      assert.deepEqual([mail?.host, mail?.port], [host, port]);
    });
  }

  it('are asked again, with the reason, until the answer can be used', async () => {
    const person = typing(
      ...['Mars/Olympus', 'UTC', 'https://router', '192.0.2', '192.0.2.1', '', '', '', 'pass'],
      ...['admin', 'admin@example.com', 'host:99999', 'a/b', 'mail.example.com', '', 'maybe', 'Y'],
    );
    const { starter } = await interview(person, 'UTC');
    assert.equal(person.left(), 0);
    assert.deepEqual([starter.router?.host, starter.mail?.host], ['192.0.2.1', 'mail.example.com']);
    const reasons = person.said.filter((text) => /^ {3}(must|Too|Invalid)/.test(text));
    assert.equal(reasons.length, 8, reasons.join('\n'));
  });
});
