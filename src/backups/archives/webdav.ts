import type { HttpAnswer } from '../../platform/http/request.ts';
import type { ArchivedFile, ArchiveSession } from '../archive.ts';
import { isArchivePath } from '../archive-names.ts';
import { askArchive, lengthOf, requireWhole, statusTrouble } from './http.ts';

export interface WebdavSettings {
  /** Without a slash at the end. */
  readonly url: string;
  readonly username: string;
  readonly password: { reveal(): string };
}

const ADVICE = 'Check username and password (of some servers an app password is needed) and the rights in this folder.';
const PROPFIND =
  '<?xml version="1.0"?><propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/></prop></propfind>';
const SUFFIX = '.part';

/** A folder of a WebDAV server (RFC 4918), as Nextcloud, ownCloud, a NAS or Apache have it, with a login by HTTP Basic. */
export function createWebdavArchive(place: string, settings: WebdavSettings): () => Promise<ArchiveSession> {
  const { url, username, password } = settings;

  function ask(
    method: string,
    path: string,
    signal: AbortSignal,
    {
      headers = {},
      body,
    }: { readonly headers?: Readonly<Record<string, string>>; readonly body?: Buffer | string } = {},
  ): Promise<HttpAnswer> {
    const login = Buffer.from(`${username}:${password.reveal()}`, 'utf8').toString('base64');
    const asked = { method, url: addressOf(path), headers: { Authorization: `Basic ${login}`, ...headers } };
    return askArchive(place, body === undefined ? asked : { ...asked, body }, signal);
  }
  const addressOf = (path: string) => new URL(path === '' ? `${url}/` : `${url}/${path}`);
  const wrong = (answer: HttpAnswer) => statusTrouble(place, answer, '', ADVICE);

  /** What is in a folder; `null`: there is no such folder. */
  async function entriesIn(folder: string, signal: AbortSignal): Promise<readonly Entry[] | null> {
    const headers = { Depth: '1', 'Content-Type': 'application/xml' };
    const path = folder === '' ? '' : `${folder}/`;
    const answer = await ask('PROPFIND', path, signal, { headers, body: PROPFIND });
    if (answer.status === 404) return null;
    if (answer.status !== 207) throw wrong(answer);
    return entriesOf(requireWhole(place, answer));
  }

  async function makeFolders(path: string, signal: AbortSignal): Promise<void> {
    const [folder = '', file] = path.split('/');
    for (const each of file === undefined ? [''] : ['', `${folder}/`]) {
      const answer = await ask('MKCOL', each, signal);
      // 405: it is there already; others than that are told by what follows.
      if (answer.status === 401 || answer.status === 403) throw wrong(answer);
    }
  }

  const session: ArchiveSession = {
    async list(signal) {
      const files: ArchivedFile[] = [];
      for (const { name, isFolder } of (await entriesIn('', signal)) ?? []) {
        if (!isFolder || !isArchivePath(`${name}/file`)) continue;
        for (const entry of (await entriesIn(name, signal)) ?? []) {
          const path = `${name}/${entry.name}`;
          if (!entry.isFolder && isArchivePath(path)) files.push({ path, bytes: entry.bytes });
        }
      }
      return files;
    },
    async size(path, signal) {
      const answer = await ask('HEAD', path, signal);
      if (answer.status === 404) return null;
      if (answer.status !== 200) throw wrong(answer);
      return lengthOf(answer);
    },
    async put(path, bytes, signal) {
      const part = `${path}${SUFFIX}`;
      const put = () => ask('PUT', part, signal, { body: bytes });
      let answer = await put();
      // 409: a folder above is missing (RFC 4918, 9.7.1); some say 404.
      if (answer.status === 409 || answer.status === 404) {
        await makeFolders(path, signal);
        answer = await put();
      }
      if (answer.status < 200 || answer.status >= 300) throw wrong(answer);
      const headers = { Destination: addressOf(path).href, Overwrite: 'T' };
      const moved = await ask('MOVE', part, signal, { headers });
      if (moved.status !== 201 && moved.status !== 204) throw wrong(moved);
    },
    async remove(path, signal) {
      const answer = await ask('DELETE', path, signal);
      if (![200, 204, 404].includes(answer.status)) throw wrong(answer);
    },
    close() {},
  };
  return async () => session;
}

interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
  readonly bytes: number | null;
}

/** What a multistatus names, by the last part of each address; the folder itself is among it. Prefixes of namespaces are the server's choice. */
function entriesOf(xml: string): readonly Entry[] {
  return [...xml.matchAll(/<(?:[\w-]+:)?response[\s>](.*?)<\/(?:[\w-]+:)?response>/gs)].map(([, response = '']) => {
    const href = /<(?:[\w-]+:)?href[^>]*>\s*([^<]*?)\s*<\//.exec(response)?.[1] ?? '';
    const length = /<(?:[\w-]+:)?getcontentlength[^>]*>\s*(\d{1,15})\s*<\//.exec(response)?.[1];
    return {
      name: href.replace(/\/+$/, '').split('/').at(-1) ?? '',
      isFolder: /<(?:[\w-]+:)?collection[\s/>]/.test(response),
      bytes: length === undefined ? null : Number(length),
    };
  });
}
