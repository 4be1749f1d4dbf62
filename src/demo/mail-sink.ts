import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { readableName } from '../runtime/format.ts';

/** A mail that has arrived. */
export interface SunkMail {
  readonly subject: string;
  readonly to: readonly string[];
  /** The mail as it came, and its HTML to be looked at in a browser; `null` when it has none. */
  readonly emlFile: string;
  readonly htmlFile: string | null;
}

/** A mail server that keeps all mails in a folder and sends none on. */
export interface MailSink {
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const LONGEST_FILE_NAME = 60;
const CLOSE_MS = 500;

/** Starts a mail server on a free port of this machine. It makes the folder and calls `onMail` when both files are written. */
export async function startMailSink(deps: {
  readonly folder: string;
  readonly onMail: (mail: SunkMail) => void;
}): Promise<MailSink> {
  const { folder, onMail } = deps;
  await mkdir(folder, { recursive: true });
  let count = 0;

  async function keep(raw: Buffer, to: readonly string[]) {
    const { subject = '', html } = await PostalMime.parse(raw);
    count += 1;
    const name = join(folder, `${String(count).padStart(3, '0')}-${fileNameOf(subject)}`);
    const emlFile = `${name}.eml`;
    const htmlFile = html === undefined ? null : `${name}.html`;
    await writeFile(emlFile, raw);
    if (html !== undefined) await writeFile(`${name}.html`, html);
    onMail({ subject: readableName(subject), to, emlFile, htmlFile });
  }

  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: CLOSE_MS,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        keep(Buffer.concat(chunks), to).then(() => done(), done);
      });
    },
  });
  // A client that disconnects early is fine here.
  server.on('error', () => {});
  const listener = server.listen(0, HOST);
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  return { host: HOST, port, stop: () => new Promise((done) => server.close(() => done())) };
}

/** Part of the subject: it holds names, which are no names for files. */
function fileNameOf(subject: string): string {
  const words = subject.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.join('-').slice(0, LONGEST_FILE_NAME) || 'mail';
}
