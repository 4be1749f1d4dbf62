import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { SESSION_MS } from '../../src/accounts/session-limits.ts';
import { PASSWORD, type ServedPages, servePages, TODAY, userDay } from '../support/pages.ts';
import { createDice, type Dice, HOSTILE_TEXTS, hostileText } from './random.ts';

/** Books of a few users are read in milliseconds. */
const PATIENCE_MS = 5_000;
const LOGIN_WINDOW_MS = 15 * 60_000;
/** A comment on a queue, in no request: without the right to read usage it must never be seen. */
const MARK = 'mark-of-the-books';
const USER = 'bob';
const GB = 1024n ** 3n;

const PATHS = [
  ...['/', '/alerts', '/r', '/r/edge-1', '/d/edge-1', '/d/192.0.2.1', '/u', `/u/edge-1/${USER}`, '/live', '/usage.csv'],
  ...[
    '/account',
    '/account/password',
    '/account/tokens',
    '/users',
    '/users/root',
    '/users/root/role',
    '/audit',
    '/setup',
  ],
  ...['users', 'users/root', 'tokens', 'tokens/0', 'audit', 'me'].map((path) => `/api/v1/${path}`),
  ...['/login', '/login', '/logout', '/assets/style.css', '/assets/page.js', '/assets/icon.svg', '/healthz', '/readyz'],
  ...['today', 'alerts', 'usage', 'explain', 'routers', 'router', 'routers/edge-1', 'user', `users/edge-1/${USER}`].map(
    (path) => `/api/v1/${path}`,
  ),
];
const PREFIXES = [
  '/',
  '/u/',
  '/u/edge-1/',
  '/d/',
  '/r/',
  '/assets/',
  '/api/v1/',
  '/api/v1/users/edge-1/',
  '/api/v1/routers/',
];
/** What a path may hold that is no name: steps up, half an escape, bytes that are no UTF-8, a name at the limit and one beyond it. */
const SEGMENTS = [
  ...['%', '%zz', '%00', '%2F', '%2e%2e', '%ff', '%c0%af', '%ED%A0%80', '%u0041', '..', '.', '//', '/..;/', '\\', '?'],
  ...['%0d%0aX-Injected:%201', '*', ':', '😀', 'a'.repeat(4_096), 'a'.repeat(4_097), '%F0%9F%98%80'.repeat(255)],
];
const KEYS = [
  ...['day', 'from', 'to', 'by', 'router', 'user', 'match', 'queue', 'name', 'q', 'sort', 'page', 'next', 'password'],
  ...['day[]', 'a.b', '__proto__', 'constructor', 'toString', ''],
];
const DAYS = [TODAY, '2026-11-19', '0000-01-01', '1000-01-01', '9999-12-31', '2026-02-30', '+275760-09-13', '1e3'];
/** After a login only paths of ours are to be gone to. */
const DESTINATIONS = [
  '//elsewhere.example',
  '/\\elsewhere.example',
  'https://elsewhere.example',
  '/%0d%0aX-Injected:1',
  '/u/a/b?c=d',
];
const VALUES = [
  ...['user', 'queue', 'total', 'quota', 'edge-1', '192.0.2.1', USER, '2', '100000', '-1', '1e999', '%', '%zz', '%ff'],
  ...DESTINATIONS,
];
const METHODS = ['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE'];
const FORM = 'application/x-www-form-urlencoded';
const TYPES = [FORM, 'application/json', 'text/plain', 'multipart/form-data', ''];
/** Of names that people choose; these would do harm if a page or a list of values took them for something else. */
const STORED = HOSTILE_TEXTS.filter((text) => text.trim() !== '' && text.length <= 255 && !/[\0\ud800]/.test(text));

const FOREIGN_HOST = 'elsewhere.example';
const SECURITY_HEADERS = [
  'content-security-policy',
  'x-frame-options',
  'referrer-policy',
  'cross-origin-opener-policy',
];
const LEAK = /\bat \S+ \(|node_modules|node:internal|file:\/\/|\.ts:\d|SELECT |SQLITE_/;

interface Asked {
  readonly text: string;
  readonly method: string;
  readonly path: string;
  readonly takesGzip: boolean;
  /** To read usage. */
  readonly isEntitled: boolean;
}

interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/**
 * Hostile requests at the pages and the API, with a session and without, and where there is no password: each is answered in time and
 * below 500, with the headers that keep a page from harm, and tells nothing of what is inside.
 */
export async function fuzzHttpPages({ seed, rounds }: { readonly seed: number; readonly rounds: number }) {
  const dice = createDice(seed);
  const locked = await servePages({}, { trustProxy: true });
  const open = await servePages({ password: null });
  const answers = new Map<string, number>();
  let shown = 0;
  try {
    for (const pages of [locked, open]) await bookHostileNames(pages);
    const visitor = createVisitor(locked, dice);
    for (let round = 0; round < rounds; round += 1) {
      const isLocked = dice.random() < 0.8;
      const asked = requestOf(dice, isLocked, isLocked ? await visitor.cookie() : null);
      const answer = await send(isLocked ? locked : open, asked);
      check(asked, answer);
      if (answer.body.includes(MARK)) shown += 1;
      if (isLocked) visitor.saw(answer);
      answers.set(String(answer.status), (answers.get(String(answer.status)) ?? 0) + 1);
    }
    for (const pages of [locked, open]) {
      assert.equal((await fetch(`${pages.url}/login`)).status, pages === locked ? 200 : 404);
      assert.deepEqual(pages.logger.errors(), []);
      assert.equal(pages.streams(), 0, 'a stream was left open');
    }
    assert.ok(shown > 0, 'nobody ever saw usage');
    return { rounds, shown, answers: Object.fromEntries(answers) };
  } finally {
    await locked.close();
    await open.close();
  }
}

async function bookHostileNames({ book }: ServedPages): Promise<void> {
  await book(
    'edge-1',
    [USER, ...STORED].map((name) => userDay(name, TODAY, GB, { comment: name === USER ? MARK : name })),
  );
}

/** Somebody whose session ends now and then: by a logout, or because it is old. */
function createVisitor({ url, hostClock }: ServedPages, dice: Dice) {
  let cookie: string | null = null;

  async function logIn(): Promise<string> {
    // All the wrong passwords of before are forgiven.
    hostClock.advance(LOGIN_WINDOW_MS);
    const body = new URLSearchParams({ password: PASSWORD });
    const response = await fetch(`${url}/login`, { method: 'POST', body, redirect: 'manual' });
    const [value] = (response.headers.get('set-cookie') ?? '').split(';');
    assert.ok(value, 'the right password did not open the pages');
    return value;
  }

  return {
    /** `null`: this time without. */
    async cookie(): Promise<string | null> {
      if (dice.random() < 0.01) {
        hostClock.advance(SESSION_MS);
        cookie = null;
      }
      if (dice.random() < 0.4) return null;
      cookie ??= await logIn();
      return cookie;
    },
    saw({ headers }: Answer) {
      if (headers.get('set-cookie')?.includes('Max-Age=0')) cookie = null;
    },
  };
}

function requestOf(dice: Dice, isLocked: boolean, cookie: string | null): Asked {
  const isForm = dice.random() < 0.15;
  const method = isForm ? 'POST' : dice.random() < 0.7 ? 'GET' : dice.pick(METHODS);
  const path = isForm ? dice.pick(['/login', '/login', '/logout']) : pathOf(dice);
  const query = dice.random() < 0.6 ? `?${pairs(dice, '&')}` : '';
  const takesGzip = dice.random() < 0.5;
  const body = method === 'GET' || method === 'HEAD' || dice.random() < 0.2 ? '' : bodyOf(dice);
  const type = isForm && dice.random() < 0.8 ? FORM : dice.pick(TYPES);
  const host = dice.pick(['127.0.0.1', 'localhost:80', '[::1]', FOREIGN_HOST]);
  const headers = [
    `Host: ${host}`,
    'Connection: close',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(body === '' || type === '' ? [] : [`Content-Type: ${type}`]),
    ...(takesGzip ? [`Accept-Encoding: ${dice.pick(['gzip', 'br, gzip;q=0.5', 'x-gzip, gzip'])}`] : []),
    ...(cookie === null ? [] : [`Cookie: ${dice.random() < 0.2 ? `${headerValue(dice, 500)}; ` : ''}${cookie}`]),
    ...Array.from({ length: dice.below(3) }, () => `${dice.pick(HEADERS)}: ${headerValue(dice, 20_000)}`),
  ];
  const text = [`${method} ${path}${query} HTTP/1.1`, ...headers, '', body].join('\r\n');
  return { text, method, path, takesGzip, isEntitled: isLocked ? cookie !== null : host !== FOREIGN_HOST };
}

const HEADERS = [
  ...[
    'Accept',
    'Accept-Language',
    'Origin',
    'Sec-Fetch-Site',
    'Referer',
    'Range',
    'If-None-Match',
    'X-A',
    'X-Forwarded-For',
  ],
  ...['X-Forwarded-Proto', 'X-Forwarded-Host', 'Forwarded', 'X-HTTP-Method-Override', 'Content-Encoding', 'Upgrade'],
];

/** Without what would end the header: that is for the fuzzer of requests that are none. */
function headerValue(dice: Dice, length: number): string {
  const chosen = dice.random() < 0.5 ? dice.pick(['text/html', 'https', '192.0.2.7', 'same-origin', 'cross-site']) : '';
  return (chosen || hostileText(dice)).replaceAll(/[\0\r\n]/g, ' ').slice(0, length);
}

function pathOf(dice: Dice): string {
  return dice.random() < 0.6 ? dice.pick(PATHS) : dice.pick(PREFIXES) + segment(dice);
}

function segment(dice: Dice): string {
  if (dice.random() < 0.5) return dice.pick(SEGMENTS);
  return encodeURIComponent(hostileText(dice).toWellFormed()).slice(0, 8_000);
}

function pairs(dice: Dice, between: string): string {
  return Array.from({ length: dice.below(5) }, () => {
    if (dice.random() < 0.4) return `${dice.pick(['day', 'from', 'to'])}=${dice.pick(DAYS)}`;
    const value = dice.random() < 0.7 ? dice.pick(VALUES) : encodeURIComponent(hostileText(dice).toWellFormed());
    return `${dice.pick(KEYS)}=${value.slice(0, 3_000)}`;
  }).join(between);
}

function bodyOf(dice: Dice): string {
  switch (dice.below(6)) {
    case 0:
    case 1:
      return `password=${encodeURIComponent(PASSWORD)}&next=${dice.pick(DESTINATIONS)}`;
    case 2:
      return `password=${dice.below(1e6)}&${pairs(dice, '&')}`;
    case 3:
      return JSON.stringify({ password: PASSWORD });
    case 4:
      return '{"__proto__": {"a": 1}, ';
    default:
      return hostileText(dice);
  }
}

function check({ text, method, path, takesGzip, isEntitled }: Asked, answer: Answer): void {
  const { status, headers, body } = answer;
  const told = `${status} to ${JSON.stringify(text.slice(0, 2_000))}: ${JSON.stringify(body.slice(0, 500))}`;
  assert.ok(status >= 200 && status < 500, told);
  assert.ok(!headers.has('x-injected'), `a header was injected; ${told}`);
  assert.doesNotMatch(body, LEAK, told);
  assert.ok(isEntitled || !body.includes(MARK), told);
  if (!takesGzip) assert.ok(!headers.has('content-encoding'), told);
  // What cannot be read as a request never gets as far as to us.
  if (headers.get('content-type') === undefined || isRefusedByParser(answer)) return;
  if (method === 'HEAD') assert.equal(body, '', told);
  assert.equal(headers.get('x-content-type-options'), 'nosniff', told);
  const isAsset = path.startsWith('/assets/') && status === 200;
  assert.equal(headers.get('cache-control'), isAsset ? 'public, max-age=31536000, immutable' : 'no-store', told);
  if (headers.get('content-type')?.startsWith('text/html')) {
    for (const name of SECURITY_HEADERS) assert.ok(headers.has(name), `without ${name}; ${told}`);
    assert.ok(!body.includes('<script>alert('), told);
  }
  const location = headers.get('location');
  if (location !== undefined) assert.match(location, /^\/(?![/\\])[\x20-\x7e]*$/, told);
  if (headers.has('set-cookie')) assert.ok(method === 'POST' && /^\/log(in|out)/.test(path), told);
}

function isRefusedByParser({ status, headers }: Answer): boolean {
  return (status === 400 || status === 431) && !headers.has('date');
}

/** Rejects when there is no whole answer in time; of a stream of news the head is one. */
async function send({ url }: ServedPages, { text, method }: Asked): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const chunks: Buffer[] = [];
  const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
  const late = setTimeout(() => {
    reject(new Error(`no answer within ${PATIENCE_MS} ms to ${JSON.stringify(text.slice(0, 2_000))}`));
    socket.destroy();
  }, PATIENCE_MS);
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    if (chunk.includes('content-type: text/event-stream\r\n')) socket.destroy();
  });
  // The server may hang up on the rest of what is too long.
  socket.on('error', () => {});
  socket.on('close', () => {
    clearTimeout(late);
    try {
      resolve(answerIn(Buffer.concat(chunks), method));
    } catch (error) {
      reject(new Error(`no answer to ${JSON.stringify(text.slice(0, 2_000))}`, { cause: error }));
    }
  });
  return await promise;
}

function answerIn(bytes: Buffer, method: string): Answer {
  const end = bytes.indexOf('\r\n\r\n');
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
  assert.ok(end > 0 && status > 0, `not an answer: ${JSON.stringify(first)}`);
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const body = bytes.subarray(end + 4);
  if (method === 'HEAD' || headers.has('transfer-encoding')) return { status, headers, body: body.toString() };
  const isGzip = headers.get('content-encoding') === 'gzip';
  return { status, headers, body: (isGzip ? gunzipSync(body) : body).toString() };
}
