// Makes the page /logs live. Without this file it shows the lines of when it was loaded. Checked by `npm run check:types`.

/** @typedef {{ id: number, at: string, time: string, level: string, text: string, detail: string }} Row */

const LEVELS = ['debug', 'info', 'warn', 'error'];
/** Of a stream that the worker refused, because too many are open. */
const AGAIN_MS = 30_000;
/** The worker shows a sign of life every 20 s. */
const LONGEST_SILENCE_MS = 50_000;

const list = document.querySelector('[data-log]');
const template = document.querySelector('[data-log-row]');
const tools = document.querySelector('[data-log-tools]');
const state = document.querySelector('[data-log-state]');
const empty = document.querySelector('[data-log-empty]');
const pauseButton = document.querySelector('[data-log-pause]');
const searchButton = document.querySelector('[data-log-search]');

if (
  list instanceof HTMLElement &&
  template instanceof HTMLTemplateElement &&
  tools instanceof HTMLFormElement &&
  state instanceof HTMLElement &&
  empty instanceof HTMLElement &&
  pauseButton instanceof HTMLButtonElement &&
  searchButton instanceof HTMLButtonElement
) {
  follow({ list, template, tools, state, empty, pauseButton, searchButton });
}

/**
 * @param {{
 *   list: HTMLElement, template: HTMLTemplateElement, tools: HTMLFormElement, state: HTMLElement, empty: HTMLElement,
 *   pauseButton: HTMLButtonElement, searchButton: HTMLButtonElement,
 * }} page
 */
function follow({ list, template, tools, state, empty, pauseButton, searchButton }) {
  const most = Number(list.dataset['log']);
  /** Came while the page is paused. @type {(Row | number)[]} */
  let waiting = [];
  let waitingLines = 0;
  let isPaused = false;
  let isLost = false;
  let lastId = 0;
  /** The list holds what the server put there until the first lines come. */
  let isOwn = false;

  function asked() {
    const data = new FormData(tools);
    return { q: String(data.get('q') ?? '').toLowerCase(), level: LEVELS.indexOf(String(data.get('level'))) };
  }

  /**
   * @param {HTMLElement} item
   * @param {ReturnType<typeof asked>} wanted
   */
  function isWanted(item, { q, level }) {
    if (item.dataset['level'] === undefined) return true;
    if (LEVELS.indexOf(item.dataset['level']) < level) return false;
    const parts = [...item.querySelectorAll('.text, .detail')].map(({ textContent }) => textContent);
    return parts.join(' ').toLowerCase().includes(q);
  }

  function filter() {
    const wanted = asked();
    for (const item of list.children) if (item instanceof HTMLElement) item.hidden = !isWanted(item, wanted);
    say();
  }

  function say() {
    const shown = list.querySelectorAll('li[data-level]:not([hidden])').length;
    empty.hidden = shown > 0;
    const lines = `${shown.toLocaleString('en-US')} ${shown === 1 ? 'line' : 'lines'}`;
    const news = `${waitingLines.toLocaleString('en-US')} new`;
    const text = isLost
      ? `${lines} · no connection to NetSentinel, trying again`
      : isPaused
        ? `${lines} · paused, ${news}`
        : `${lines} · live`;
    if (state.textContent !== text) state.textContent = text;
    // Not for each new line.
    if (isLost) state.setAttribute('role', 'alert');
    else state.removeAttribute('role');
  }

  /** @param {Row} row */
  function itemOf({ at, time, level, text, detail }) {
    const copy = template.content.firstElementChild?.cloneNode(true);
    if (!(copy instanceof HTMLElement)) throw new Error('the template has no item');
    copy.dataset['level'] = level;
    copy.className = level;
    const [when, name] = [copy.querySelector('time'), copy.querySelector('b')];
    const [message, more] = [copy.querySelector('.text'), copy.querySelector('.detail')];
    if (when !== null) {
      when.dateTime = at;
      when.textContent = time;
    }
    if (name !== null) name.textContent = level;
    if (message !== null) message.textContent = text;
    if (more !== null) more.textContent = detail;
    return copy;
  }

  /** @param {number} missed */
  function gapOf(missed) {
    const item = document.createElement('li');
    item.className = 'gap';
    item.textContent = `${missed.toLocaleString('en-US')} lines came too fast and are not shown`;
    return item;
  }

  /** @param {(Row | number)[]} rows */
  function add(rows) {
    const wanted = asked();
    const items = document.createDocumentFragment();
    for (const row of rows) {
      const item = typeof row === 'number' ? gapOf(row) : itemOf(row);
      item.hidden = !isWanted(item, wanted);
      items.prepend(item);
    }
    list.prepend(items);
    while (list.children.length > most) list.lastElementChild?.remove();
    say();
  }

  /** @param {{ missed: number, rows: Row[] }} news */
  function take({ missed, rows }) {
    if (!isOwn) list.replaceChildren();
    isOwn = true;
    lastId = rows.at(-1)?.id ?? lastId;
    const all = missed > 0 ? [missed, ...rows] : rows;
    if (!isPaused) return add(all);
    waiting = [...waiting, ...all].slice(-most);
    waitingLines += rows.length;
    say();
  }

  /** @type {EventSource | undefined} */
  let current;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let silenceTimer;

  function heard() {
    isLost = false;
    clearTimeout(silenceTimer);
    silenceTimer = setTimeout(listen, LONGEST_SILENCE_MS);
    say();
  }

  function listen() {
    current?.close();
    clearTimeout(silenceTimer);
    silenceTimer = setTimeout(listen, LONGEST_SILENCE_MS);
    const stream = new EventSource(`/live/logs?after=${lastId}`);
    current = stream;
    stream.addEventListener('open', heard);
    stream.addEventListener('alive', heard);
    stream.addEventListener('lines', ({ data }) => {
      heard();
      take(JSON.parse(data));
    });
    // Logged out: the page goes to where the server sends it.
    stream.addEventListener('session', () => location.reload());
    stream.addEventListener('error', () => {
      isLost = true;
      say();
      if (stream.readyState === EventSource.CLOSED && stream === current) {
        clearTimeout(silenceTimer);
        silenceTimer = setTimeout(listen, AGAIN_MS);
      }
    });
  }

  pauseButton.addEventListener('click', () => {
    isPaused = !isPaused;
    pauseButton.textContent = isPaused ? 'Go on' : 'Pause';
    if (!isPaused) {
      add(waiting);
      waiting = [];
      waitingLines = 0;
    }
    say();
  });
  tools.addEventListener('input', filter);
  tools.addEventListener('submit', (event) => {
    event.preventDefault();
    filter();
  });
  pauseButton.hidden = false;
  searchButton.hidden = true;
  listen();
}
