import { z } from 'zod';
import { TroubleError } from '../../runtime/errors.ts';
import { type DeviceList, ROUTER_OS, readDevices } from './devices.ts';

export interface LibrenmsAddress {
  /** Without a slash at the end. */
  readonly url: string;
  /** Asked for when it is used. */
  readonly token: () => string;
  /** For one question, answer included. */
  readonly timeoutMs: number;
}

/** Lists what LibreNMS watches. */
export interface LibrenmsClient {
  /** Every router that is enabled there. Rejects with a `TroubleError` when the list cannot be had. */
  routers(signal: AbortSignal): Promise<DeviceList>;
}

/** About 10,000 devices; an answer without end must not fill the memory. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Objects and lists in it, each of which takes memory of its own however few bytes it has. 10,000 devices have about 100,000. */
const MOST_OBJECTS = 1_000_000;
const OPENING_BRACE = 0x7b;
const OPENING_BRACKET = 0x5b;
const PATH = `/api/v0/devices?type=os&query=${ROUTER_OS}`;

/** Its rows are looked at one by one: see `readDevice`. */
const answer = z.object({ status: z.literal('ok'), devices: z.array(z.unknown()) });

/**
 * LibreNMS's API (v0): its enabled devices with RouterOS. The answer also carries the devices' SNMP secrets: it is never logged, and no
 * error quotes more of it than the hostname of a device.
 */
export function createLibrenmsClient({ url, token, timeoutMs }: LibrenmsAddress): LibrenmsClient {
  return {
    async routers(signal) {
      const deadline = AbortSignal.timeout(timeoutMs);
      const text = await ask(`${url}${PATH}`, token(), AbortSignal.any([signal, deadline]), deadline);
      return readList(text);
    },
  };
}

/** Gives the text of the answer. Errors of `fetch` may quote what was sent, so only their code is passed on. */
async function ask(url: string, token: string, signal: AbortSignal, deadline: AbortSignal): Promise<string> {
  try {
    const response = await fetch(url, {
      headers: { 'X-Auth-Token': token, Accept: 'application/json' },
      // Another host would get the token too.
      redirect: 'manual',
      signal,
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw refusal(response.status);
    }
    return await readText(response);
  } catch (error) {
    if (error instanceof TroubleError) throw error;
    if (deadline.aborted) throw unreachable('it did not answer in time');
    throw unreachable(codeOf(error));
  }
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let bytes = 0;
  let objects = 0;
  let text = '';
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw unreadable(`more than ${MOST_BYTES / 1024 / 1024} MiB`);
    for (const byte of chunk) if (byte === OPENING_BRACE || byte === OPENING_BRACKET) objects += 1;
    if (objects > MOST_OBJECTS) throw unreadable(`more than ${MOST_OBJECTS} objects and lists`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function readList(text: string): DeviceList {
  const { data, error } = answer.safeParse(parseJson(text));
  if (error) throw unreadable(`${error.issues[0]?.path.join('.') || 'the list'} is invalid`);
  return readDevices(data.devices);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The error quotes the text.
    throw unreadable('not JSON');
  }
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'no connection';
}

function refusal(status: number): TroubleError {
  if (status === 401 || status === 403) {
    return new TroubleError(
      'LIBRENMS_DENIED',
      `LibreNMS rejects the token (HTTP ${status})`,
      'Create an API token in LibreNMS for a user who can read all devices, and set librenms.token.',
    );
  }
  const redirected = status >= 300 && status < 400;
  return new TroubleError(
    redirected ? 'LIBRENMS_REDIRECTED' : 'LIBRENMS_FAILED',
    `LibreNMS ${redirected ? 'redirects to another address' : 'returns an error'} (HTTP ${status})`,
    redirected
      ? 'Set librenms.url to the final address, with https:// if LibreNMS uses it: the token is not sent to another address.'
      : 'Check librenms.url, and the log of LibreNMS.',
  );
}

function unreachable(reason: string): TroubleError {
  return new TroubleError(
    'LIBRENMS_UNREACHABLE',
    `LibreNMS cannot be reached: ${reason}`,
    'Check librenms.url, and that this machine can reach it; for your own CA set NODE_EXTRA_CA_CERTS.',
  );
}

function unreadable(reason: string): TroubleError {
  return new TroubleError(
    'LIBRENMS_UNREADABLE',
    `invalid device list from LibreNMS: ${reason}`,
    'Check that librenms.url is LibreNMS itself, not a login page or a proxy.',
  );
}
