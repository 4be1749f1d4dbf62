import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const S3_KEY = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const BUCKET = 'copies';
const KEYS_A_PAGE = 2;
const MOST_SKEW_MS = 15 * 60_000;

/**
 * A bucket that takes nothing but what is signed rightly: its signatures are made here from the documentation of SigV4 (AWS, "Create a signed
 * AWS API request"), apart from the client, and hold for the body too.
 */
export interface S3Server {
  readonly endpoint: string;
  readonly bucket: string;
  readonly objects: Map<string, Buffer>;
  /** Bytes that are lost of each object that is put, without a word. */
  loses: number;
  close(): Promise<void>;
}

export async function startS3Server(now: () => number = Date.now): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const code = refusal(request, body, now());
      if (code === null) answer(request, response, body);
      else
        response.writeHead(403).end(`<Error><Code>${code}</Code><Message>${S3_KEY.secretAccessKey}</Message></Error>`);
    });
  });

  function answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const url = new URL(request.url ?? '', 'http://localhost');
    const [, bucket, ...parts] = decodeURIComponent(url.pathname).split('/');
    const key = parts.join('/');
    if (bucket !== BUCKET) return void response.writeHead(404).end('<Error><Code>NoSuchBucket</Code></Error>');
    if (key === '') return void response.end(page(url.searchParams));
    const object = objects.get(key);
    if (request.method === 'PUT') objects.set(key, body.subarray(0, body.length - self.loses));
    else if (request.method === 'DELETE') objects.delete(key);
    else if (object === undefined) return void response.writeHead(404).end();
    else return void response.writeHead(200, { 'content-length': object.length }).end(object);
    response.writeHead(request.method === 'DELETE' ? 204 : 200).end();
  }

  function page(query: URLSearchParams): string {
    const prefix = query.get('prefix') ?? '';
    const after = query.get('continuation-token') ?? '';
    const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
    const some = keys.slice(0, KEYS_A_PAGE);
    const contents = some.map((key) => {
      return `<Contents><Key>${escaped(key)}</Key><Size>${objects.get(key)?.length}</Size></Contents>`;
    });
    const more =
      keys.length > some.length ? `<NextContinuationToken>${escaped(some.at(-1) ?? '')}</NextContinuationToken>` : '';
    return `<ListBucketResult><IsTruncated>${more !== ''}</IsTruncated>${contents.join('')}${more}</ListBucketResult>`;
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const self: S3Server = {
    ...{ endpoint: `http://127.0.0.1:${port}`, bucket: BUCKET, objects, loses: 0 },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return self;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return Buffer.concat(await request.toArray());
}

/** Why a request is not taken; `null`: it is. */
function refusal(request: IncomingMessage, body: Buffer, now: number): string | null {
  const said =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)$/.exec(
      request.headers.authorization ?? '',
    );
  if (said === null) return 'AccessDenied';
  const [, id, day = '', region = '', signed = '', signature] = said;
  if (id !== S3_KEY.accessKeyId) return 'InvalidAccessKeyId';
  const date = String(request.headers['x-amz-date']);
  const at = Date.parse(date.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!(Math.abs(now - at) <= MOST_SKEW_MS)) return 'RequestTimeTooSkewed';
  const hash = String(request.headers['x-amz-content-sha256']);
  if (hash !== createHash('sha256').update(body).digest('hex')) return 'XAmzContentSHA256Mismatch';
  const url = new URL(request.url ?? '', 'http://localhost');
  const query = [...url.searchParams].map(([key, value]) => `${encoded(key)}=${encoded(value)}`).sort();
  const headers = signed.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`);
  const canonical = [...[request.method, url.pathname, query.join('&')], ...[headers.join(''), signed, hash]].join(
    '\n',
  );
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', date, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  const key = [day, region, 's3', 'aws4_request'].reduce<Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    Buffer.from(`AWS4${S3_KEY.secretAccessKey}`),
  );
  return createHmac('sha256', key).update(text).digest('hex') === signature ? null : 'SignatureDoesNotMatch';
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
