import { createHash } from 'node:crypto';
import type { HttpAnswer } from '../../platform/http/request.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { ArchivedFile, ArchiveSession } from '../archive.ts';
import { isArchivePath } from '../archive-names.ts';
import { askArchive, lengthOf, requireWhole, statusTrouble } from './http.ts';
import { failed } from './trouble.ts';

export interface S3Settings {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  /** Ends with a slash, or is empty. */
  readonly prefix: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: { reveal(): string };
}

const MOST_PAGES = 10_000;
const ADVICE =
  'Check accessKeyId, secretAccessKey, region and bucket, the rights of the key, and the clock of this machine.';

/** A bucket of S3 or of what speaks it (MinIO, R2, B2, Wasabi, …), addressed as `endpoint/bucket/key`. A file is there whole or not at all. */
export function createS3Archive(
  place: string,
  settings: S3Settings,
  clock: Pick<Clock, 'now'>,
): () => Promise<ArchiveSession> {
  const { endpoint, region, bucket, prefix, accessKeyId, secretAccessKey } = settings;

  return async () => {
    // The only package of this archive.
    const { AwsV4Signer } = await import('aws4fetch');

    async function ask(method: string, path: string, signal: AbortSignal, body?: Buffer): Promise<HttpAnswer> {
      const signer = new AwsV4Signer({
        ...{ method, url: `${endpoint}/${bucket}${path}`, accessKeyId, secretAccessKey: secretAccessKey.reveal() },
        ...{ service: 's3', region, datetime: basicInstant(clock.now()) },
        // Signed with the request: the server compares what arrives.
        headers: {
          'x-amz-content-sha256': createHash('sha256')
            .update(body ?? '')
            .digest('hex'),
        },
      });
      const { url, headers } = await signer.sign();
      const asked = { method, url, headers: Object.fromEntries(headers) };
      return await askArchive(place, body === undefined ? asked : { ...asked, body }, signal);
    }

    const keyOf = (path: string) => `/${prefix}${path}`;
    const wrong = (answer: HttpAnswer) => statusTrouble(place, answer, errorCode(answer.text), ADVICE);

    return {
      async list(signal) {
        const files: ArchivedFile[] = [];
        let token: string | null = null;
        for (let page = 0; page < MOST_PAGES; page += 1) {
          const query = new URLSearchParams({ 'list-type': '2', prefix });
          if (token !== null) query.set('continuation-token', token);
          const answer = await ask('GET', `?${query.toString().replaceAll('+', '%20')}`, signal);
          if (answer.status !== 200) throw wrong(answer);
          const text = requireWhole(place, answer);
          files.push(...filesIn(text, prefix));
          if (elementIn(text, 'IsTruncated') !== 'true') return files;
          token = elementIn(text, 'NextContinuationToken');
          if (token === null) break;
        }
        throw failed(place, 'its list of files has no end');
      },
      async size(path, signal) {
        const answer = await ask('HEAD', keyOf(path), signal);
        if (answer.status === 404) return null;
        if (answer.status !== 200) throw wrong(answer);
        return lengthOf(answer);
      },
      async put(path, bytes, signal) {
        const answer = await ask('PUT', keyOf(path), signal, bytes);
        if (answer.status !== 200) throw wrong(answer);
      },
      async remove(path, signal) {
        const answer = await ask('DELETE', keyOf(path), signal);
        if (![200, 204, 404].includes(answer.status)) throw wrong(answer);
      },
      close() {},
    };
  };
}

/** `20261127T030000Z`. */
function basicInstant(at: number): string {
  return new Date(at).toISOString().replace(/[:-]|\.\d{3}/g, '');
}

function filesIn(xml: string, prefix: string): readonly ArchivedFile[] {
  return [...xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)].flatMap(([, content = '']) => {
    const key = elementIn(content, 'Key') ?? '';
    const path = key.slice(prefix.length);
    const size = elementIn(content, 'Size') ?? '';
    if (!key.startsWith(prefix) || !isArchivePath(path)) return [];
    return [{ path, bytes: /^\d{1,15}$/.test(size) ? Number(size) : null }];
  });
}

function elementIn(xml: string, name: string): string | null {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text === undefined ? null : unescaped(text);
}

function unescaped(text: string): string {
  const signs: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(lt|gt|quot|apos|amp));/gi, (_, hex, decimal, name) => {
    if (name !== undefined) return signs[String(name).toLowerCase()] ?? '';
    const code = hex === undefined ? Number(decimal) : Number.parseInt(String(hex), 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : '';
  });
}

/** `AccessDenied`, `NoSuchBucket`, …: a word, nothing else of what the server says. */
function errorCode(xml: string): string {
  return /<Code>([A-Za-z0-9.]{1,60})<\/Code>/.exec(xml)?.[1] ?? '';
}
