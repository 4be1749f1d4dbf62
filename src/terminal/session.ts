import type { Clock } from '../runtime/clock.ts';
import { TroubleError } from '../runtime/errors.ts';
import { keepSecret } from '../runtime/mask.ts';
import { askLogin } from './ask-login.ts';
import { type End, endOfBrowser, endOfTrouble, SHELL_ENDED } from './ends.ts';
import { isReport, parseFrame, troubleFrame } from './frames.ts';
import { createOutputFlow, type OutputFlow } from './output-flow.ts';
import type { OpenShell, Shell, TerminalDevice, TerminalLogin, TerminalSize, Wire, WireListener } from './ports.ts';
import type { Recorder } from './recorder.ts';
import { createResizes } from './resizes.ts';
import { createTimeLimits } from './time-limits.ts';

export interface TerminalDeps {
  readonly device: TerminalDevice;
  readonly size: TerminalSize;
  readonly openShell: OpenShell;
  /** `null`: it is not recorded. Its trouble ends the terminal. */
  readonly recorder: Recorder | null;
  readonly clock: Clock;
  readonly onBug: (error: unknown) => void;
}

/** A terminal that is open in a browser. */
export interface Terminal extends WireListener {
  /** Ends it; only the first call counts. */
  end(why: End): void;
  /** Of a shell that was opened, under which name; `null`: none was. */
  username(): string | null;
  readonly ended: Promise<End>;
}

/** Proxies close connections without a byte, most of them after a minute. */
const SIGN_OF_LIFE_MS = 20_000;
/** What is typed while the device is still being logged in to, or faster than it reads. */
const MOST_TYPED_BYTES = 256 * 1024;

/** Joins a browser and the shell of a device: asks for a login where there is none, and ends both ends together. */
export function openTerminal(wire: Wire, deps: TerminalDeps): Terminal {
  const { device, openShell, recorder, clock, onBug } = deps;
  const { promise: ended, resolve } = Promise.withResolvers<End>();
  const aborter = new AbortController();
  const secrets: (() => void)[] = [];
  const limits = createTimeLimits(clock, end);
  const resizes = createResizes(clock, deps.size, resize);
  let size = deps.size;
  let typed: (bytes: Uint8Array) => void = () => {};
  let shell: Shell | null = null;
  let flow: OutputFlow | null = null;
  let isBrowserPaused = false;
  let username: string | null = null;
  let isOver = false;
  let cancelSign = () => {};

  function end(why: End): void {
    if (isOver) return;
    isOver = true;
    limits.stop();
    resizes.stop();
    cancelSign();
    aborter.abort();
    shell?.close();
    for (const release of secrets) release();
    wire.close(why.code, why.reason);
    resolve(why);
  }

  function fail(error: unknown): void {
    if (isOver) return;
    if (!(error instanceof TroubleError)) onBug(error);
    const trouble = error instanceof TroubleError ? error : internalError();
    wire.send(troubleFrame(trouble), () => {});
    end(endOfTrouble(trouble));
  }

  function showSigns(): void {
    cancelSign = clock.after(SIGN_OF_LIFE_MS, () => {
      wire.ping();
      showSigns();
    });
  }

  /** Asked for in the terminal itself. What is typed is in the memory of this function, and nowhere else. */
  function ask(): void {
    const prompt = askLogin();
    // What is typed makes more to be shown: a browser that takes nothing has to wait.
    const show = (text: string) => {
      wire.pause();
      wire.send(Buffer.from(text), () => wire.resume());
    };
    show(prompt.question);
    typed = (bytes) => {
      const { shown, login, isGivenUp } = prompt.type(bytes);
      if (shown !== '') show(shown);
      if (isGivenUp) end(SHELL_ENDED);
      if (login === undefined) return;
      const password = { reveal: () => login.password };
      void connect({ username: login.username, password, privateKey: null, passphrase: null });
    };
  }

  async function connect(login: TerminalLogin): Promise<void> {
    const early: Uint8Array[] = [];
    let earlyBytes = 0;
    typed = (bytes) => {
      early.push(bytes);
      earlyBytes += bytes.length;
      if (earlyBytes > MOST_TYPED_BYTES) wire.pause();
    };
    for (const secret of [login.password, login.privateKey, login.passphrase]) {
      if (secret !== null) secrets.push(keepSecret(secret.reveal()));
    }
    try {
      const asked = size;
      const opened = await openShell(device, login, asked, aborter.signal);
      if (isOver) return opened.close();
      username = login.username;
      if (asked !== size) opened.resize(size);
      join(opened);
      for (const bytes of early) typed(bytes);
    } catch (error) {
      fail(error);
    }
  }

  function join(opened: Shell): void {
    const { stream } = opened;
    shell = opened;
    flow = createOutputFlow({
      source: stream,
      isHeld: () => recorder?.isBehind() ?? false,
      send(bytes, sent) {
        recorder?.output(bytes);
        wire.send(bytes, sent);
      },
    });
    flow.browser(isBrowserPaused);
    recorder?.begin(size, { hasRoom: () => flow?.look(), failed: fail });
    // A slow browser is still to get the rest: when it is closed, it has two seconds for what is left.
    const over = (trouble: TroubleError | null) => (trouble === null ? end(SHELL_ENDED) : fail(trouble));
    void opened.ended.then((trouble) => flow?.afterAll(() => over(trouble)));
    stream.on('drain', () => wire.resume());
    wire.resume();
    typed = (bytes) => {
      if (stream.writable) stream.write(bytes);
      if (stream.writableLength > MOST_TYPED_BYTES) wire.pause();
    };
  }

  function resize(wanted: TerminalSize): void {
    size = wanted;
    shell?.resize(wanted);
    recorder?.resize(wanted);
  }

  showSigns();
  if (device.login === null) ask();
  else void connect(device.login);
  return {
    bytes(bytes) {
      if (isOver) return;
      if (!isReport(bytes)) limits.typed();
      typed(bytes);
    },
    text(text) {
      const frame = isOver ? null : parseFrame(text);
      if (frame?.type === 'resize') resizes.ask({ columns: frame.columns, rows: frame.rows });
      if (frame?.type !== 'pause' && frame?.type !== 'resume') return;
      isBrowserPaused = frame.type === 'pause';
      flow?.browser(isBrowserPaused);
    },
    closed: (code) => end(endOfBrowser(code)),
    end,
    username: () => username,
    ended,
  };
}

function internalError(): TroubleError {
  return new TroubleError(
    'INTERNAL_ERROR',
    'internal error',
    'This is a bug. Please report it with the error from the log.',
  );
}
