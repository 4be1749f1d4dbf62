// xterm.js writes its colours into style elements and style attributes, which our pages forbid (Content-Security-Policy). The same rules
// are given to the browser here by the ways that scripts are allowed: style sheets that a script makes, and the properties of an element.

const create = document.createElement.bind(document);

/**
 * In the place of a style element: its text becomes a sheet of the document.
 * @returns {HTMLElement}
 */
function createSheetElement() {
  const element = create('template');
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);
  Object.defineProperty(element, 'textContent', {
    get: () => '',
    set: (/** @type {string} */ text) => sheet.replaceSync(text),
  });
  element.remove = () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
    Element.prototype.remove.call(element);
  };
  return element;
}

document.createElement = (/** @type {string} */ name, /** @type {ElementCreationOptions | undefined} */ options) =>
  name === 'style' ? createSheetElement() : create(name, options);

/**
 * @this {HTMLSpanElement}
 * @param {string} name
 * @param {string} value
 */
HTMLSpanElement.prototype.setAttribute = function setAttributeOrStyle(name, value) {
  if (name === 'style') this.style.cssText = value;
  else Element.prototype.setAttribute.call(this, name, value);
};

/** Colours that can be read on the ground of our pages, light and dark. */
const LIGHT = {
  ...{ background: '#ffffff', foreground: '#16202a', cursor: '#1f5fa8', cursorAccent: '#ffffff' },
  ...{ selectionBackground: '#a9cbea', black: '#16202a', red: '#b42318', green: '#17633a', yellow: '#8a5a00' },
  ...{ blue: '#1f5fa8', magenta: '#8a2f8f', cyan: '#0b6a73', white: '#566270', brightBlack: '#566270' },
  ...{ brightRed: '#cf3327', brightGreen: '#1f7a49', brightYellow: '#8a5a00', brightBlue: '#2f6fb8' },
  ...{ brightMagenta: '#a03da5', brightCyan: '#0f7c86', brightWhite: '#16202a' },
};
const DARK = {
  ...{ background: '#11161b', foreground: '#e7ecf1', cursor: '#7fb6ee', cursorAccent: '#11161b' },
  ...{ selectionBackground: '#2d5479', black: '#11161b', red: '#ff8a7d', green: '#7fd3a0', yellow: '#e3b45c' },
  ...{ blue: '#7fb6ee', magenta: '#e3a0e8', cyan: '#7fd6de', white: '#c3ccd4', brightBlack: '#a3afba' },
  ...{ brightRed: '#ffb4ab', brightGreen: '#a5e6bf', brightYellow: '#f2cf85', brightBlue: '#a9cff7' },
  ...{ brightMagenta: '#f0c2f3', brightCyan: '#a8e8ee', brightWhite: '#ffffff' },
};

/**
 * What terminals and players look like; follows the browser when it turns from light to dark.
 * @param {import('@xterm/xterm').Terminal} terminal
 */
function followColours(terminal) {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => {
    terminal.options.theme = dark.matches ? DARK : LIGHT;
  };
  dark.addEventListener('change', apply);
  apply();
}

/** @returns {import('@xterm/xterm').ITerminalOptions} */
function usualOptions() {
  return {
    fontFamily: 'ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace',
    fontSize: matchMedia('(max-width: 600px)').matches ? 12 : 14,
    minimumContrastRatio: 4.5,
    cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
  };
}

Object.assign(globalThis, { netsentinelTerminal: { followColours, usualOptions } });
