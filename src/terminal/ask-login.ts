import { StringDecoder } from 'node:string_decoder';

/** A login as somebody types it at a terminal. */
export interface TypedLogin {
  readonly username: string;
  readonly password: string;
}

/** Asks for a login at the terminal itself, as a router's console does. */
export interface LoginPrompt {
  /** What is shown at first. */
  readonly question: string;
  /** What typed bytes come to. */
  type(bytes: Uint8Array): Typed;
}

export interface Typed {
  /** What is shown of it. */
  readonly shown: string;
  /** It is complete. */
  readonly login?: TypedLogin;
  /** They do not want to log in. */
  readonly isGivenUp?: true;
}

const MOST_CHARACTERS = 255;
const ENTER = /[\r\n]/;
const ERASE = ['\x7f', '\b'];
/** Ctrl-C and Ctrl-D. */
const GIVE_UP = ['\x03', '\x04'];
const CONTROL = /\p{Cc}/u;
const CLEAR_LINE = '\x15';
/** Keys that are no character, such as arrows, and reports of the terminal. */
const ESCAPES = /\x1b(?:\[[\d;?>]*[ -/]*[@-~]|O.|.)?/gs;

/** The name is shown as it is typed, the password is not. What is pasted after it is dropped. */
export function askLogin(): LoginPrompt {
  const decoder = new StringDecoder('utf8');
  let username: string | null = null;
  let line = '';

  function endLine(): Typed | null {
    if (username === null) {
      if (line === '') return null;
      username = line;
      line = '';
      return { shown: '\r\npassword: ' };
    }
    return { shown: '\r\n', login: { username, password: line } };
  }

  function key(character: string): string {
    const isShown = username === null;
    if (ERASE.includes(character)) {
      if (line === '') return '';
      line = [...line].slice(0, -1).join('');
      return isShown ? '\b \b' : '';
    }
    if (character === CLEAR_LINE) {
      const width = [...line].length;
      line = '';
      return isShown ? '\b \b'.repeat(width) : '';
    }
    if (CONTROL.test(character) || line.length >= MOST_CHARACTERS) return '';
    line += character;
    return isShown ? character : '';
  }

  return {
    question: 'login: ',
    type(bytes) {
      const text = decoder.write(Buffer.from(bytes)).replaceAll(ESCAPES, '');
      let shown = '';
      for (const character of text.replaceAll('\r\n', '\r')) {
        if (GIVE_UP.includes(character)) return { shown: `${shown}\r\n`, isGivenUp: true };
        if (!ENTER.test(character)) {
          shown += key(character);
          continue;
        }
        const ended = endLine();
        shown += ended?.shown ?? '';
        if (ended?.login !== undefined) return { shown, login: ended.login };
      }
      return { shown };
    },
  };
}
