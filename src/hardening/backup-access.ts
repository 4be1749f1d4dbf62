import { TroubleError } from '../runtime/errors.ts';
import { quoteRsc } from '../runtime/rsc-text.ts';
import { parseHost, parseSource } from './address.ts';
import { fillIn } from './fill-in.ts';
import { parsePassword } from './password.ts';
import { rollbackText } from './rollback.ts';

export interface BackupAccessOptions {
  /** The text of `routeros/backup_access.rsc`. */
  readonly template: string;
  /** The text of `routeros/backup_access_undo.rsc`. */
  readonly undo: string;
  /** Addresses of the server, the one the worker logs in from first; IPv4 or IPv6. */
  readonly serverAddresses: readonly string[];
  /** Further addresses or networks that may use SSH. */
  readonly adminNetworks: readonly string[];
  readonly password: string;
  /** Whether the user may also save binary backups and fetch them: then it may change the router. */
  readonly allowsBinary: boolean;
  /** As `parsePublicKey` gives it; with a key the router refuses the password. */
  readonly publicKey: string | null;
  /** Minutes until the router undoes everything by itself; 0 for never. */
  readonly rollbackMinutes: number;
}

/**
 * The script that lets a router be backed up, with its values filled in, ready for `/import`.
 * @throws TroubleError `HARDENING_ADDRESS`, `HARDENING_PASSWORD`, `HARDENING_ROLLBACK`: a value the router could not take;
 *   `HARDENING_TEMPLATE`: the template has been changed where the values go
 */
export function renderBackupAccess(options: BackupAccessOptions): string {
  const servers = [...new Set(options.serverAddresses.map(parseHost).map(withPrefix))];
  if (servers.length === 0)
    throw new TroubleError(
      'HARDENING_ADDRESS',
      'the address of the server is missing',
      'Give the address from which NetSentinel logs in: --server-ip 192.0.2.10.',
    );
  const networks = new Set(options.adminNetworks.map(parseSource).map(withPrefix));
  const admins = [...networks].filter((network) => !servers.includes(network));
  return fillIn('backup_access.rsc', options.template, {
    nsServers4: listed(servers, 4),
    nsServers6: listed(servers, 6),
    nsAdmins4: listed(admins, 4),
    nsAdmins6: listed(admins, 6),
    nsPassword: quoteRsc(parsePassword(options.password)),
    nsGroupName: quoteRsc(options.allowsBinary ? 'backup_binary' : 'backup_readonly'),
    nsPolicy: quoteRsc(options.allowsBinary ? 'ssh,ftp,read,write,sensitive' : 'ssh,read,sensitive'),
    nsPublicKey: quoteRsc(options.publicKey ?? ''),
    nsRollbackMinutes: rollbackText(options.rollbackMinutes),
    nsUndo: quoteRsc(withoutComments(options.undo)),
  });
}

/** As `/ip service` shows it: a host with its prefix length too. */
function withPrefix(source: string): string {
  if (source.includes('/')) return source;
  return `${source}/${source.includes(':') ? 128 : 32}`;
}

function listed(sources: readonly string[], family: 4 | 6): string {
  return quoteRsc(sources.filter((source) => source.includes(':') === (family === 6)).join(','));
}

function withoutComments(script: string): string {
  const lines = script.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#')).join('\n');
}
