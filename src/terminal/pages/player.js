/** @typedef {{ atMs: number, kind: string, data: string }} Happening */

const { Terminal: PlayerTerminal, netsentinelTerminal: look } =
  /** @type {typeof import('@xterm/xterm') & { netsentinelTerminal: { followColours(terminal: import('@xterm/xterm').Terminal): void, usualOptions(): import('@xterm/xterm').ITerminalOptions } }} */ (
    /** @type {unknown} */ (globalThis)
  );

/** A pause that is shortened. */
const LONGEST_PAUSE_MS = 1_000;
/** Characters that the terminal has got and not drawn; it throws away what is far more. */
const MOST_UNDRAWN = 1024 * 1024;

/**
 * @template {Element} Kind
 * @param {string} name
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
function part(name, kind) {
  const found = document.querySelector(`[data-player-${name}]`);
  if (!(found instanceof kind)) throw new Error(`the player has no ${name}`);
  return found;
}

const player = document.querySelector('[data-player]');
const screenPart = part('screen', HTMLElement);
const playButton = part('play', HTMLButtonElement);
const slider = part('at', HTMLInputElement);
const timePart = part('time', HTMLElement);
const speed = part('speed', HTMLSelectElement);
const skip = part('skip', HTMLInputElement);
const troublePart = part('trouble', HTMLElement);

/**
 * Lines of asciicast v2: a header, then what happened.
 * @param {string} text
 * @returns {{ width: number, height: number, happenings: Happening[] }}
 */
function parseCast(text) {
  const [first = '', ...lines] = text.split('\n').filter((line) => line !== '');
  const { width, height } = JSON.parse(first);
  const happenings = lines.map((line) => {
    const [seconds, kind, data] = JSON.parse(line);
    return { atMs: seconds * 1000, kind, data };
  });
  return { width, height, happenings };
}

/** @param {number} ms */
function clockOf(ms) {
  const seconds = Math.floor(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = String(seconds % 60).padStart(2, '0');
  return hours === 0 ? `${minutes}:${rest}` : `${hours}:${String(minutes).padStart(2, '0')}:${rest}`;
}

/** @param {{ width: number, height: number, happenings: Happening[] }} cast */
function createPlayer({ width, height, happenings }) {
  const terminal = new PlayerTerminal({
    ...look.usualOptions(),
    ...{ cols: width, rows: height, disableStdin: true, cursorBlink: false, scrollback: 5000 },
  });
  terminal.open(screenPart);
  look.followColours(terminal);
  const lengthMs = happenings.at(-1)?.atMs ?? 0;
  /** What comes next, and when it is now in the recording. */
  let next = 0;
  let nowMs = 0;
  /** @type {number | null} */
  let frame = null;
  let drawnAt = 0;
  let undrawn = 0;
  /** The screen is to be empty before anything more is drawn. */
  let isToStartOver = false;

  function showTime() {
    slider.value = String(nowMs);
    slider.setAttribute('aria-valuetext', clockOf(nowMs));
    timePart.textContent = `${clockOf(nowMs)} / ${clockOf(lengthMs)}`;
  }

  /** As much as the terminal takes now; the rest when it has drawn that. */
  function showUntilNow() {
    if (isToStartOver) {
      if (undrawn > 0) return;
      isToStartOver = false;
      terminal.reset();
      terminal.resize(width, height);
    }
    for (
      let happening = happenings[next];
      happening !== undefined && happening.atMs <= nowMs && undrawn <= MOST_UNDRAWN;
      happening = happenings[next]
    ) {
      if (happening.kind === 'o') draw(happening.data);
      if (happening.kind === 'r') {
        // What came before belongs into the former size.
        if (undrawn > 0) return;
        resize(happening.data);
      }
      next += 1;
    }
  }

  /** @param {string} text */
  function draw(text) {
    undrawn += text.length;
    terminal.write(text, () => {
      undrawn -= text.length;
      if (undrawn === 0) showUntilNow();
    });
  }

  /** @param {string} size */
  function resize(size) {
    const [columns = width, rows = height] = size.split('x').map(Number);
    if (columns >= 1 && columns <= 1000 && rows >= 1 && rows <= 1000) terminal.resize(columns, rows);
  }

  /** @param {number} at */
  function step(at) {
    nowMs = Math.min(nowMs + (at - drawnAt) * Number(speed.value), lengthMs);
    drawnAt = at;
    const coming = happenings[next];
    if (skip.checked && coming !== undefined) nowMs = Math.max(nowMs, coming.atMs - LONGEST_PAUSE_MS);
    showUntilNow();
    if (next >= happenings.length) {
      nowMs = lengthMs;
      stop();
    } else frame = requestAnimationFrame(step);
    showTime();
  }

  function stop() {
    if (frame !== null) cancelAnimationFrame(frame);
    frame = null;
    playButton.textContent = next >= happenings.length ? 'Play again' : 'Play';
  }

  /** @param {number} ms */
  function seek(ms) {
    if (ms < nowMs) {
      isToStartOver = true;
      next = 0;
    }
    nowMs = ms;
    showUntilNow();
    showTime();
  }

  function play() {
    if (next >= happenings.length) seek(0);
    playButton.textContent = 'Pause';
    drawnAt = performance.now();
    frame = requestAnimationFrame(step);
  }

  playButton.addEventListener('click', () => (frame === null ? play() : stop()));
  slider.addEventListener('input', () => {
    seek(Number(slider.value));
    if (frame === null) stop();
  });
  slider.max = String(Math.ceil(lengthMs));
  for (const control of [playButton, slider]) control.disabled = false;
  showUntilNow();
  showTime();
}

async function load() {
  try {
    const response = await fetch(player instanceof HTMLElement ? (player.dataset['address'] ?? '') : '');
    const text = await response.text();
    if (!response.ok) throw new Error(JSON.parse(text).error);
    createPlayer(parseCast(text));
  } catch (error) {
    troublePart.textContent = `The recording cannot be shown: ${error instanceof Error ? error.message : 'no connection'}.`;
    troublePart.hidden = false;
  }
}

load();
