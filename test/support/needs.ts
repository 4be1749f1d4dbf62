import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What the tests need of the machine beyond npm. */
export interface Need {
  /** Programs on the PATH (any one of them will do), or one file by its whole path. */
  readonly anyOf: readonly string[];
  /** Debian's package that has it. */
  readonly package: string;
  /** The package starts a service when it is installed: its program is taken out of it instead. It must run without the rest. */
  readonly hasService?: true;
}

/** The one list of all that a test may use of the machine. A test asks for it by `need`. */
export const NEEDS: readonly Need[] = [
  // A test asks it what it ignores.
  { anyOf: ['git'], package: 'git' },
  // The core packages have the programs and no service.
  { anyOf: ['mariadbd'], package: 'mariadb-server-core' },
  { anyOf: ['mariadb-install-db'], package: 'mariadb-server-core' },
  // mariadb-install-db calls it.
  { anyOf: ['my_print_defaults'], package: 'mariadb-client-core' },
  { anyOf: ['mariadb-dump'], package: 'mariadb-client' },
  { anyOf: ['/usr/lib/galera/libgalera_smm.so'], package: 'galera-4' },
  { anyOf: ['rsync'], package: 'rsync' },
  // A browser without windows starts in half the time. Where there is a whole one, it does too.
  {
    anyOf: ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'],
    package: 'chromium-headless-shell',
  },
  { anyOf: ['python3'], package: 'python3' },
  // It starts its service, but not in a container; the program needs the user that the package makes.
  { anyOf: ['sshd'], package: 'openssh-server' },
  { anyOf: ['ssh'], package: 'openssh-client' },
  { anyOf: ['ssh-keygen'], package: 'openssh-client' },
  // Debian's server package starts a service. Its tools package starts none and has the same program, which is a server when it is
  // called `redis-server`.
  { anyOf: ['redis-server', 'valkey-server', 'redis-check-rdb'], package: 'redis-tools' },
  // The second opinion on what is encrypted for it, and the archive of that name.
  { anyOf: ['age'], package: 'age' },
  { anyOf: ['rclone'], package: 'rclone' },
  { anyOf: ['promtool'], package: 'prometheus', hasService: true },
];

const ROOT = join(import.meta.dirname, '../..');
const APT = join(ROOT, 'scripts/apt.sh');
/** Programs out of packages that are not installed. `npm ci` empties it. */
const UNPACKED = join(ROOT, 'node_modules/.cache/netsentinel-tests');
/** Where servers are installed, which the PATH of a user may lack. */
const SERVER_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/usr/local/bin'];

/**
 * Finds all that the tests need, and installs what is missing where it may: as root with apt. The global set-up calls it once,
 * before any test file runs.
 * @throws Error of one line that names everything that is missing and the packages that have it
 */
export function prepareNeeds(needs: readonly Need[] = NEEDS): void {
  const missing = findMissing(needs);
  if (missing.length === 0) return;
  const reason = install(missing);
  const still = findMissing(needs);
  if (still.length > 0) throw new Error(describeMissing(still, reason));
}

/**
 * The path of a program or file of the list; what is missing is installed, as a file of tests that is run alone may be the first to need it.
 * @throws Error as `prepareNeeds` does
 */
export function need(name: string): string {
  const wanted = NEEDS.find(({ anyOf }) => anyOf.includes(name));
  if (wanted === undefined)
    throw new Error(`${name} is not on the list of what the tests need (test/support/needs.ts)`);
  if (find(wanted) === null) prepareNeeds();
  const found = find(wanted);
  if (found === null) throw new Error(describeMissing([wanted], null));
  return found;
}

/** One line: what is missing, and how to get all of it. `reason` is why it could not be installed here. */
export function describeMissing(missing: readonly Need[], reason: string | null): string {
  const names = missing.map(({ anyOf: [first] }) => first).join(', ');
  const packages = packagesOf(missing).join(' ');
  const why = reason === null ? '' : ` (not installed: ${reason})`;
  return `The tests need ${names}. On Debian, as root: apt-get install --no-install-recommends ${packages}${why}`;
}

function packagesOf(needs: readonly Need[]): string[] {
  return [...new Set(needs.map((each) => each.package))];
}

function findMissing(needs: readonly Need[]): Need[] {
  return needs.filter((each) => find(each) === null);
}

function find({ anyOf }: Need): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SERVER_FOLDERS, UNPACKED];
  const paths = anyOf.flatMap((name) => (name.startsWith('/') ? [name] : folders.map((folder) => join(folder, name))));
  return paths.find((path) => existsSync(path)) ?? null;
}

/** Gives why something could not be installed, or null. */
function install(missing: readonly Need[]): string | null {
  const packages = packagesOf(missing);
  process.stderr.write(`Installing what the tests need: ${packages.join(' ')}\n`);
  const whole = packagesOf(missing.filter((each) => each.hasService !== true));
  const reasons = [
    whole.length === 0 ? null : runApt(['install', ...whole], ROOT),
    ...missing.filter((each) => each.hasService === true).map(unpack),
  ];
  return reasons.find((reason) => reason !== null) ?? null;
}

function unpack({ anyOf: [program = ''], package: name }: Need): string | null {
  mkdirSync(UNPACKED, { recursive: true });
  const folder = mkdtempSync(join(UNPACKED, '.unpack-'));
  try {
    const reason = runApt(['download', name], folder);
    if (reason !== null) return reason;
    execFileSync('sh', ['-c', `dpkg-deb --fsys-tarfile ./*.deb | tar -x "./usr/bin/${program}"`], { cwd: folder });
    // In one step: another process that unpacks it too is not disturbed.
    renameSync(join(folder, 'usr/bin', program), join(UNPACKED, program));
    return null;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function runApt(args: readonly string[], cwd: string): string | null {
  const { status, stderr } = spawnSync('sh', [APT, ...args], {
    cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  return status === 0 ? null : stderr.trim();
}
