/** One request to a server of somebody else. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly signal: AbortSignal;
  /** Of the answer; what exceeds it is not read. */
  readonly mostBytes: number;
}

/** What the server said. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The text came to its end, and within `mostBytes`. */
  readonly isWhole: boolean;
}

/**
 * Asks once, without following redirects: another host would get the secrets too. Rejects with the error of `fetch` when there is no
 * answer; it may quote what was sent, so only `connectionCode` of it may be shown.
 */
export async function request({ method, url, headers, body, signal, mostBytes }: HttpRequest): Promise<HttpAnswer> {
  const response = await fetch(url, {
    ...{ method, headers, redirect: 'manual', signal },
    ...(body === undefined ? {} : { body }),
  });
  const { text, isWhole } = await readText(response, mostBytes);
  return { status: response.status, headers: response.headers, text, isWhole };
}

/** What became of a connection, in a word of the system: `ECONNREFUSED`, `CERT_HAS_EXPIRED`, … */
export function connectionCode(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'no connection';
}

/** The status is the answer: a text that is too long or breaks off changes nothing about it. */
async function readText(response: Response, mostBytes: number): Promise<Pick<HttpAnswer, 'text' | 'isWhole'>> {
  const decoder = new TextDecoder();
  let left = mostBytes;
  let text = '';
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk.subarray(0, left), { stream: true });
      left -= chunk.length;
      if (left < 0) return { text, isWhole: false };
    }
  } catch {
    return { text, isWhole: false };
  }
  return { text, isWhole: true };
}
