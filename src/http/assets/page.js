// Liveness only: without this file every page works, and stands still.

const LATE_MS = 250;
const AGAIN_MS = 30_000;

/** Makes `from` look like `to`, changing only what differs, so that focus, scrolling and open parts stay as they are. */
function morph(from, to) {
  if (from.nodeType !== to.nodeType || from.nodeName !== to.nodeName) {
    from.replaceWith(to);
    return;
  }
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
    return;
  }
  morphAttributes(from, to);
  // What people type or choose is theirs.
  if (from.matches('input, select')) return;
  morphChildren(from, to);
}

function morphAttributes(from, to) {
  for (const { name, value } of to.attributes) {
    if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && !(name === 'open' && from.matches('details'))) from.removeAttribute(name);
  }
}

/** What has a key is known by it and moved where it belongs; everything else goes by its place among its like. */
function morphChildren(from, to) {
  const wantedKeys = new Set([...to.children].map(keyOf));
  for (const child of [...from.children]) if (keyOf(child) && !wantedKeys.has(keyOf(child))) child.remove();
  const keyed = new Map([...from.children].filter(keyOf).map((child) => [keyOf(child), child]));
  let place = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const known = keyed.get(keyOf(wanted));
    const match = known ?? (isAlike(place, wanted) ? place : null);
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
    place.remove();
    place = next;
  }
}

function keyOf(node) {
  return node.dataset?.key;
}

function isAlike(place, wanted) {
  return place !== null && !keyOf(place) && !keyOf(wanted) && place.nodeName === wanted.nodeName;
}

let asked = 0;

/** Shows what the address has now. Answers that were overtaken by a later question are dropped. */
async function refresh(address) {
  asked += 1;
  const own = asked;
  try {
    const response = await fetch(address, { headers: { accept: 'text/html;q=0.9' }, redirect: 'manual' });
    if (own !== asked) return;
    // Logged out: the whole page goes to where the server sends it.
    if (response.type === 'opaqueredirect') location.reload();
    if (!response.ok) return;
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    const [here, there] = [document.querySelector('main'), page.querySelector('main')];
    if (own !== asked || here === null || there === null) return;
    const focused = document.activeElement;
    morph(here, there);
    // What is moved loses the focus.
    if (focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
  } catch {
    // The worker is away; the stream says when it is back.
  }
}

let isLate = false;

function refreshWhenSeen() {
  isLate = document.hidden;
  if (!isLate) refresh(location.href);
}

function listen() {
  const stream = new EventSource('/live');
  let wasLost = false;
  stream.addEventListener('news', refreshWhenSeen);
  stream.addEventListener('open', () => {
    if (wasLost) refreshWhenSeen();
    wasLost = false;
  });
  stream.addEventListener('error', () => {
    wasLost = true;
    if (stream.readyState !== EventSource.CLOSED) return;
    setTimeout(() => {
      refreshWhenSeen();
      listen();
    }, AGAIN_MS);
  });
}

/** A form of questions asks them while people type and choose. */
function askAsTyped(form) {
  let timer;
  const ask = () => {
    const address = new URL(form.action);
    for (const [name, value] of new FormData(form)) {
      if (value !== '' && !(name === 'sort' && value === 'total')) address.searchParams.set(name, value);
    }
    history.replaceState(null, '', address);
    refresh(address);
  };
  form.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(ask, LATE_MS);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    clearTimeout(timer);
    ask();
  });
}

document.addEventListener('visibilitychange', () => {
  if (!document.hidden && isLate) refreshWhenSeen();
});
document.documentElement.classList.add('asks');
for (const form of document.querySelectorAll('[data-as-typed]')) askAsTyped(form);
listen();
