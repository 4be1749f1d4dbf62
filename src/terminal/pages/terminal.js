/** @typedef {typeof import('@xterm/xterm') & typeof import('@xterm/addon-fit')} Xterm */
/** @typedef {{ followColours(terminal: import('@xterm/xterm').Terminal): void, usualOptions(): import('@xterm/xterm').ITerminalOptions }} Ours */
/** @typedef {{ code: string, message?: string, advice?: string, known?: string, seen?: string }} Trouble */

/** The server pauses at more than this that the terminal has not drawn yet, and goes on below the other. */
const MOST_UNDRAWN_BYTES = 1024 * 1024;
const GOES_ON_BYTES = 256 * 1024;
/** A frame must not be larger than 64 KiB. */
const FRAME_BYTES = 32 * 1024;
const PREVIEW_LINES = 200;

const { Terminal, FitAddon, netsentinelTerminal } =
  /** @type {Xterm & { FitAddon: Xterm, netsentinelTerminal: Ours }} */ (/** @type {unknown} */ (globalThis));

/**
 * @template {Element} Kind
 * @param {string} selector
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
function find(selector, kind) {
  const found = document.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`there is no ${selector}`);
  return found;
}

const island = find('[data-terminal]', HTMLElement);
const state = find('[data-terminal-state]', HTMLElement);
const trouble = find('[data-terminal-trouble]', HTMLElement);
const again = find('[data-terminal-again]', HTMLButtonElement);
const screenPlace = find('[data-terminal-screen]', HTMLElement);
const reader = find('[data-terminal-reader]', HTMLInputElement);
const pasteAsk = find('[data-terminal-paste]', HTMLDialogElement);
const pasteCount = find('[data-terminal-paste-count]', HTMLElement);
const pasteText = find('[data-terminal-paste-text]', HTMLElement);
const address = island.dataset['address'] ?? '';

const terminal = new Terminal({ ...netsentinelTerminal.usualOptions(), scrollback: 5000 });
const fit = new FitAddon.FitAddon();
const encoder = new TextEncoder();
/** @type {WebSocket | null} */
let socket = null;

/**
 * @param {string} text
 * @param {boolean} isOver
 */
function show(text, isOver) {
  state.textContent = text;
  again.hidden = !isOver;
  terminal.options.disableStdin = isOver;
}

/** @param {readonly string[]} lines */
function showTrouble(lines) {
  trouble.hidden = lines.length === 0;
  trouble.replaceChildren(
    ...lines.map((line) => {
      const paragraph = document.createElement('p');
      paragraph.textContent = line;
      return paragraph;
    }),
  );
}

/** @param {Trouble} told */
function describe({ code, message, advice, known, seen }) {
  if (code === 'HOST_KEY_CHANGED') {
    return [
      'The device shows another host key than before. No password was sent.',
      `Known: ${known}`,
      `Seen now: ${seen}`,
      'If it was replaced or reset, compare the new key on the device itself and accept it: device trust NAME --fingerprint. Otherwise somebody may listen in.',
    ];
  }
  return [`${message} (${code}).`, advice ?? ''].filter((line) => line !== '');
}

/**
 * @param {number} code
 * @param {string} reason
 */
function endText(code, reason) {
  if (code === 1000) return 'Closed: the shell ended.';
  if (code === 4001) return 'Closed: your session ended. Log in again.';
  if (code === 4003) return 'Refused: another host key.';
  if (code === 4004) return 'Closed: the device refused the login.';
  if (code === 1001 || code === 4002) return `Closed: ${reason}.`;
  if (code === 1009) return 'Closed: too much was sent at once.';
  return code === 1011 ? 'Closed by an error.' : 'Connection lost.';
}

/** @returns {Promise<string | null>} */
async function askForTicket() {
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ columns: terminal.cols, rows: terminal.rows }),
  });
  const answer = await response.json();
  if (response.ok) return answer.ticket;
  show(response.status === 401 ? 'Not logged in. Log in again.' : 'No terminal.', true);
  if (response.status !== 401) showTrouble([`${answer.error}.`]);
  return null;
}

async function connect() {
  show('Connecting…', false);
  showTrouble([]);
  terminal.reset();
  try {
    const ticket = await askForTicket();
    if (ticket !== null) open(ticket);
  } catch {
    show('No connection to NetSentinel.', true);
  }
}

/** @param {string} ticket */
function open(ticket) {
  const url = new URL(address, location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  url.searchParams.set('ticket', ticket);
  const made = new WebSocket(url);
  made.binaryType = 'arraybuffer';
  socket = made;
  let undrawn = 0;
  let isPaused = false;
  /** @type {Trouble | null} */
  let told = null;
  const tell = (/** @type {object} */ frame) => {
    if (made.readyState === WebSocket.OPEN) made.send(JSON.stringify(frame));
  };
  const drawn = (/** @type {number} */ bytes) => {
    undrawn -= bytes;
    if (!isPaused || undrawn > GOES_ON_BYTES) return;
    isPaused = false;
    tell({ type: 'resume' });
  };
  made.addEventListener('open', () => {
    show('Connected.', false);
    tell({ type: 'resize', columns: terminal.cols, rows: terminal.rows });
    terminal.focus();
  });
  made.addEventListener('message', ({ data }) => {
    if (typeof data === 'string') {
      told = JSON.parse(data);
      return;
    }
    const bytes = new Uint8Array(data);
    undrawn += bytes.length;
    if (!isPaused && undrawn > MOST_UNDRAWN_BYTES) {
      isPaused = true;
      tell({ type: 'pause' });
    }
    terminal.write(bytes, () => drawn(bytes.length));
  });
  made.addEventListener('close', ({ code, reason }) => {
    socket = null;
    show(endText(code, reason), true);
    showTrouble(told === null ? [] : describe(told));
    if (document.activeElement === terminal.textarea) again.focus();
  });
}

/** @param {Uint8Array} bytes */
function send(bytes) {
  if (socket?.readyState !== WebSocket.OPEN) return;
  for (let start = 0; start < bytes.length; start += FRAME_BYTES) socket.send(bytes.slice(start, start + FRAME_BYTES));
}

/**
 * What is pasted holds no key but the line end and the tab: a page can put others into what is copied from it.
 * @param {string} text
 */
function paste(text) {
  const clean = text.replaceAll(/\r\n?/g, '\n').replaceAll(/[^\P{Cc}\n\t]/gu, '');
  const lines = clean.replace(/\n$/, '').split('\n');
  if (lines.length === 1) {
    terminal.paste(clean);
    return;
  }
  pasteCount.textContent = `Paste ${lines.length.toLocaleString('en-US')} lines?`;
  pasteText.textContent = lines.slice(0, PREVIEW_LINES).join('\n');
  pasteAsk.returnValue = 'cancel';
  pasteAsk.addEventListener(
    'close',
    () => {
      if (pasteAsk.returnValue === 'paste') terminal.paste(clean);
      terminal.focus();
    },
    { once: true },
  );
  pasteAsk.showModal();
}

const KEYS = new Map([
  ['Tab', () => '\t'],
  ['Escape', () => '\x1b'],
  ['Interrupt', () => '\x03'],
  ['Up', () => arrow('A')],
  ['Down', () => arrow('B')],
  ['Right', () => arrow('C')],
  ['Left', () => arrow('D')],
]);

/** @param {string} letter */
function arrow(letter) {
  return terminal.modes.applicationCursorKeysMode ? `\x1bO${letter}` : `\x1b[${letter}`;
}

/** `true`: the terminal takes the key; else the browser does what it does with it. */
terminal.attachCustomKeyEventHandler((event) => {
  if (event.type !== 'keydown') return true;
  const isControl = (event.ctrlKey || event.metaKey) && !event.altKey;
  if (event.key === 'Tab' && event.shiftKey) return false;
  if (isControl && event.key.toLowerCase() === 'v') return false;
  return !(isControl && event.key.toLowerCase() === 'c' && terminal.hasSelection());
});
// RouterOS asks what it talks to by the older of two questions, which xterm.js does not know: a VT100.
terminal.parser.registerEscHandler({ final: 'Z' }, () => {
  terminal.input('\x1b[?1;2c', false);
  return true;
});
terminal.onData((text) => send(encoder.encode(text)));
terminal.onBinary((text) => send(Uint8Array.from(text, (character) => character.charCodeAt(0))));
terminal.onResize(({ cols: columns, rows }) => {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: 'resize', columns, rows }));
});
screenPlace.addEventListener(
  'paste',
  (event) => {
    event.preventDefault();
    event.stopPropagation();
    paste(event.clipboardData?.getData('text/plain') ?? '');
  },
  true,
);
for (const button of island.querySelectorAll('[data-terminal-key]')) {
  if (!(button instanceof HTMLButtonElement)) continue;
  button.addEventListener('click', () => {
    terminal.input(KEYS.get(button.dataset['terminalKey'] ?? '')?.() ?? '', true);
    terminal.focus();
  });
}
reader.addEventListener('change', () => {
  terminal.options.screenReaderMode = reader.checked;
});
again.addEventListener('click', connect);
addEventListener('beforeunload', (event) => {
  if (socket !== null) event.preventDefault();
});

terminal.loadAddon(fit);
terminal.open(screenPlace);
netsentinelTerminal.followColours(terminal);
new ResizeObserver(() => fit.fit()).observe(screenPlace);
fit.fit();
connect();
