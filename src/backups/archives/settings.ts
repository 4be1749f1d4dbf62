import { resolve } from 'node:path';
import { z } from 'zod';
import { type ConfigContext, host, line, port, secretText, webAddress } from '../../platform/config/fields.ts';
import { findSshContradictions, hostKey, privateKey } from '../../platform/config/ssh-login.ts';
import { type Contradiction, fieldIn, isObject, listIn } from '../../platform/config/written.ts';
import { isAgeIdentity, isAgeRecipient } from '../age-recipient.ts';

const ARCHIVE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** No sign that would have to be written in another way within an address. */
const PLAIN_PATH = /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/;
/** A remote of rclone's own configuration: one that is described here would show its secrets to everybody who lists processes. */
const REMOTE = /^\w[\w .+@-]*:[^\r\n]*$/;
const KINDS = ['folder', 's3', 'webdav', 'sftp', 'rclone'] as const;

/** Where copies go, by names of one's own. */
export function archiveSettings(context: ConfigContext) {
  const file = line.transform((name) => resolve(context.folder, name));
  const s3 = z.strictObject({
    endpoint: webAddress.exactOptional(),
    region: z.string().regex(/^[a-z0-9-]{1,64}$/, "must be a region like 'eu-central-1', or 'auto'"),
    bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,62}$/, 'must be the name of a bucket'),
    prefix: z
      .string()
      .regex(PLAIN_PATH, "must be a path like 'backups/netsentinel', of letters, digits and . _ -")
      .transform((prefix) => `${prefix}/`)
      .default(''),
    accessKeyId: z.string().regex(/^[\w.-]{1,128}$/, 'must be the id of an access key'),
    secretAccessKey: secretText(context),
  });
  const webdav = z.strictObject({
    url: webAddress,
    username: line.refine((name) => !name.includes(':'), "must be without ':'"),
    password: secretText(context),
  });
  const sftp = z.strictObject({
    host,
    port: port.default(22),
    username: line,
    password: secretText(context).exactOptional(),
    privateKey: privateKey(context).exactOptional(),
    passphrase: secretText(context).exactOptional(),
    hostKey: hostKey.exactOptional(),
    path: line.transform((path) => path.replace(/(?<=.)\/+$/, '')).default('netsentinel'),
  });
  const archive = z
    .strictObject({
      folder: file.exactOptional(),
      s3: s3.exactOptional(),
      webdav: webdav.exactOptional(),
      sftp: sftp.exactOptional(),
      rclone: z
        .string()
        .max(1_000)
        .regex(REMOTE, "must be 'remote:path', with a remote of the configuration of rclone")
        .exactOptional(),
      config: file.exactOptional(),
      keep: z.int().min(1).max(100_000).exactOptional(),
    })
    .refine(
      (given) => KINDS.filter((kind) => given[kind] !== undefined).length === 1,
      `must have exactly one of ${KINDS.join(', ')}`,
    );
  return z.record(z.string(), archive);
}

/** Public keys of age. A private one is not repeated. */
export const recipientSettings = z.array(
  z
    .string()
    .refine((key) => !isAgeIdentity(key), {
      message: 'is a private key: keep it away from here, and give the public one (age1…)',
      abort: true,
    })
    .refine(isAgeRecipient, "must be a public key of age, as age-keygen prints it: 'age1' and 58 characters"),
);

export type ArchiveSettings = z.output<ReturnType<typeof archiveSettings>>[string];

/** Archives that no copy could be made for. */
export function findArchiveContradictions(config: unknown): Contradiction[] {
  const backup = fieldIn(config, 'backup');
  const archives = fieldIn(backup, 'archives');
  const entries = isObject(archives) ? Object.entries(archives) : [];
  if (entries.length === 0) return [];
  const at = (path: readonly string[], message: string): Contradiction => ({ path: ['backup', ...path], message });
  const hasRecipients = listIn(fieldIn(backup, 'recipients')).length > 0;
  const missing = 'is missing: archives need at least one public key of age (age1…), or nobody could read the copies';
  return [
    ...(hasRecipients ? [] : [at(['recipients'], missing)]),
    ...(fieldIn(config, 'key') === undefined ? [at(['archives'], 'needs key: without it no backups are made')] : []),
    ...entries.flatMap(([name, archive]) => [
      ...(ARCHIVE_NAME.test(name) ? [] : [at(['archives', name], NAME)]),
      ...findSshContradictions(fieldIn(archive, 'sftp'), ['backup', 'archives', name, 'sftp']),
      ...(fieldIn(archive, 'config') !== undefined && fieldIn(archive, 'rclone') === undefined
        ? [at(['archives', name, 'config'], 'is for rclone alone')]
        : []),
    ]),
  ];
}

const NAME = 'must be called by 1 to 64 letters, digits and . _ -, the first a letter or digit';
