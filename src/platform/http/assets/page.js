// Without this file every page works, and stands still. Checked by `npm run check:types`.

const ASK_AFTER_MS = 250;
const LONGEST_ANSWER_MS = 15_000;
/** The worker shows a sign of life every 20 s. */
const LONGEST_SILENCE_MS = 50_000;
const AGAIN_MS = 5_000;
/** A page about something that goes on (`data-going`) asks for itself so often. */
const GOING_MS = 3_000;
/** A stream that the worker refused, because too many are open, is not asked for again at once. */
const STREAM_AGAIN_MS = 30_000;

/**
 * Makes `from` look like `to`, changing only what differs, so that focus, scrolling and open parts stay as they are. An island
 * (`data-island`) is left alone: what is in it was made in the browser.
 * @param {Node} from
 * @param {Node} to
 */
function morph(from, to) {
  if (from.nodeType !== to.nodeType || from.nodeName !== to.nodeName) {
    replace(from, to);
    return;
  }
  if (!(from instanceof Element && to instanceof Element)) {
    if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
    return;
  }
  if (from.hasAttribute('data-island') && from.getAttribute('data-island') === to.getAttribute('data-island')) return;
  morphAttributes(from, to);
  // What people type or choose is theirs.
  if (from.matches('input, select, textarea')) return;
  morphChildren(from, to);
}

/**
 * @param {Node} from
 * @param {Node} to
 */
function replace(from, to) {
  from.parentNode?.replaceChild(to, from);
}

/**
 * @param {Element} from
 * @param {Element} to
 */
function morphAttributes(from, to) {
  for (const { name, value } of to.attributes) {
    if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && !(name === 'open' && from.matches('details'))) from.removeAttribute(name);
  }
}

/**
 * What has a key is known by it and moved where it belongs; everything else goes by its place among its like.
 * @param {Element} from
 * @param {Element} to
 */
function morphChildren(from, to) {
  const wantedKeys = new Set([...to.children].map(keyOf));
  for (const child of [...from.children]) if (keyOf(child) && !wantedKeys.has(keyOf(child))) child.remove();
  const keyed = new Map([...from.children].filter(keyOf).map((child) => [keyOf(child), child]));
  let place = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const known = keyOf(wanted) === undefined ? undefined : keyed.get(keyOf(wanted));
    const match = known ?? (place !== null && isAlike(place, wanted) ? place : null);
    if (match === null) {
      from.insertBefore(wanted, place);
      continue;
    }
    if (match === place) place = place.nextSibling;
    else from.insertBefore(match, place);
    morph(match, wanted);
  }
  while (place !== null) {
    const next = place.nextSibling;
    place.parentNode?.removeChild(place);
    place = next;
  }
}

/**
 * @param {Node} node
 * @returns {string | undefined}
 */
function keyOf(node) {
  return node instanceof HTMLElement || node instanceof SVGElement ? node.dataset['key'] : undefined;
}

/**
 * @param {Node} place
 * @param {Node} wanted
 */
function isAlike(place, wanted) {
  return !keyOf(place) && !keyOf(wanted) && place.nodeName === wanted.nodeName;
}

/** When the figures on the page were read, and when the worker was last heard of. */
let readAt = new Date();
let heardAt = new Date();
/** @type {{ of: 'worker' | 'database', sinceAt: Date } | null} */
let lost = null;
/** A page that came without figures, because the database was away, waits for them. */
let hasFigures = document.querySelector('[data-no-figures]') === null;

/**
 * Says that the figures are old: a page that stands still in silence would be a lie on a wall.
 * @param {'worker' | 'database'} of
 * @param {Date} sinceAt
 */
function lose(of, sinceAt) {
  if (lost?.of !== of) lost = { of, sinceAt };
  showLost();
}

function showLost() {
  const notice = document.querySelector('[data-lost]');
  if (!(notice instanceof HTMLElement)) return;
  notice.hidden = lost === null || !hasFigures;
  for (const part of notice.querySelectorAll('[data-lost-of]')) {
    if (part instanceof HTMLElement) part.hidden = part.dataset['lostOf'] !== lost?.of;
  }
  for (const place of notice.querySelectorAll('[data-lost-since]')) setTime(place, lost?.sinceAt ?? readAt);
  for (const place of notice.querySelectorAll('[data-read-at]')) setTime(place, readAt);
}

/**
 * @param {Element} place
 * @param {Date} at
 */
function setTime(place, at) {
  const isToday = at.toDateString() === new Date().toDateString();
  // As the times on the page: hours from 0 to 23.
  const text = isToday ? at.toLocaleTimeString('en-GB') : at.toLocaleString('en-GB');
  if (place.textContent !== text) place.textContent = text;
}

let asked = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let againTimer;

/**
 * Shows what the address has now. Answers that were overtaken by a later question are dropped. A person's question keeps their session
 * open; what this script asks for by itself does not.
 * @param {string | URL} address
 * @param {boolean} byItself
 */
async function refresh(address, byItself) {
  asked += 1;
  const own = asked;
  clearTimeout(againTimer);
  try {
    const response = await fetch(address, {
      headers: { accept: 'text/html;q=0.9', ...(byItself ? { 'x-netsentinel-refresh': '1' } : {}) },
      redirect: 'manual',
      signal: AbortSignal.timeout(LONGEST_ANSWER_MS),
    });
    const text = await response.text();
    if (own !== asked) return;
    heardAt = new Date();
    // Logged out: the whole page goes to where the server sends it.
    if (response.type === 'opaqueredirect') location.reload();
    else if (response.status === 503) lose('database', heardAt);
    else show(new DOMParser().parseFromString(text, 'text/html'));
  } catch {
    if (own === asked) lose('worker', heardAt);
  }
  if (own === asked && lost !== null) againTimer = setTimeout(() => refresh(address, true), AGAIN_MS);
  else if (own === asked) followWhatGoesOn();
}

function followWhatGoesOn() {
  if (document.querySelector('[data-going]') !== null) againTimer = setTimeout(refreshWhenSeen, GOING_MS);
}

/** @param {Document} page */
function show(page) {
  const [here, there] = [document.querySelector('main'), page.querySelector('main')];
  if (here === null || there === null) return;
  const focused = document.activeElement;
  morph(here, there);
  document.title = page.title;
  readAt = new Date();
  lost = null;
  hasFigures = true;
  showLost();
  // What is moved loses the focus.
  if (focused instanceof HTMLElement && focused !== document.activeElement && focused.isConnected) {
    focused.focus({ preventScroll: true });
  }
}

let isLate = false;

function refreshWhenSeen() {
  isLate = document.hidden;
  if (!isLate) refresh(location.href, true);
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let silenceTimer;

function heard() {
  heardAt = new Date();
  clearTimeout(silenceTimer);
  silenceTimer = setTimeout(listenAnew, LONGEST_SILENCE_MS);
}

/** @type {EventSource | undefined} */
let current;

/** The connection may have died without a word: with a machine that slept, a cable, a proxy. */
function listenAnew() {
  refreshWhenSeen();
  listen();
}

function listen() {
  current?.close();
  clearTimeout(silenceTimer);
  silenceTimer = setTimeout(listenAnew, LONGEST_SILENCE_MS);
  const topics = document.querySelector('main')?.dataset['live'] ?? '';
  const stream = new EventSource(`/live?${new URLSearchParams({ topics })}`);
  current = stream;
  let wasLost = false;
  stream.addEventListener('news', () => {
    heard();
    refreshWhenSeen();
  });
  stream.addEventListener('alive', heard);
  stream.addEventListener('open', () => {
    heard();
    if (wasLost) refreshWhenSeen();
    wasLost = false;
  });
  stream.addEventListener('error', () => {
    // A stream ends by itself after an hour: whether the worker is there, an answer tells.
    if (!wasLost) refreshWhenSeen();
    wasLost = true;
    if (stream.readyState === EventSource.CLOSED && stream === current) setTimeout(listenAnew, STREAM_AGAIN_MS);
  });
}

/**
 * A form of questions asks them while people type and choose.
 * @param {HTMLFormElement} form
 */
function askAsTyped(form) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const ask = () => {
    const address = new URL(form.action);
    for (const [name, value] of new FormData(form)) {
      if (typeof value === 'string' && value !== '' && !(name === 'sort' && value === 'total')) {
        address.searchParams.set(name, value);
      }
    }
    history.replaceState(null, '', address);
    refresh(address, false);
  };
  form.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(ask, ASK_AFTER_MS);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    clearTimeout(timer);
    ask();
  });
}

/**
 * A form whose answer is shown in its place, so that what was typed stays, passwords too, which the server never sends back.
 * @param {HTMLFormElement} form
 */
function answerInPlace(form) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const data = new FormData(form, event.submitter);
    const isUpload = form.enctype === 'multipart/form-data';
    const buttons = form.querySelectorAll('button');
    for (const button of buttons) button.disabled = true;
    form.setAttribute('aria-busy', 'true');
    showNotSent(form, null);
    try {
      const response = await fetch(form.action, {
        method: 'POST',
        headers: { accept: 'text/html;q=0.9' },
        body: isUpload ? data : textsOf(data),
      });
      const text = await response.text();
      if (response.redirected && new URL(response.url).pathname === '/login') showNotSent(form, 'login');
      else if (response.redirected) location.assign(response.url);
      else if (response.status >= 500) showNotSent(form, 'away');
      else answer(new DOMParser().parseFromString(text, 'text/html'));
    } catch {
      showNotSent(form, 'away');
    }
    form.removeAttribute('aria-busy');
    for (const button of buttons) button.disabled = false;
  });
}

/** @param {FormData} data */
function textsOf(data) {
  const texts = new URLSearchParams();
  for (const [name, value] of data) if (typeof value === 'string') texts.append(name, value);
  return texts;
}

/**
 * @param {HTMLFormElement} form
 * @param {'away' | 'login' | null} why
 */
function showNotSent(form, why) {
  for (const note of form.querySelectorAll('[data-not-sent]')) {
    if (note instanceof HTMLElement) note.hidden = note.dataset['notSent'] !== why;
  }
}

/**
 * Shows an answer, and leads to what it says.
 * @param {Document} page
 */
function answer(page) {
  show(page);
  const told = document.querySelector('[aria-invalid], [data-result], main [role="alert"]:not([hidden])');
  if (!(told instanceof HTMLElement)) return;
  told.scrollIntoView({ block: 'nearest' });
  told.focus({ preventScroll: true });
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden && isLate) refreshWhenSeen();
});
document.documentElement.classList.add('asks');
for (const form of document.querySelectorAll('[data-as-typed]')) {
  if (form instanceof HTMLFormElement) askAsTyped(form);
}
for (const form of document.querySelectorAll('[data-in-place]')) {
  if (form instanceof HTMLFormElement) answerInPlace(form);
}
// A page of forms stands still: what the server says of what was typed must not be taken away.
if (document.querySelector('[data-still]') === null) listen();
if (!hasFigures) againTimer = setTimeout(refreshWhenSeen, AGAIN_MS);
followWhatGoesOn();
