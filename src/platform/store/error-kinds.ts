/**
 * What can be done about a failed statement: begin the transaction again; connect again; connect again because this session
 * cannot serve, though its connection stands; or nothing.
 */
export type Remedy = 'again' | 'reconnect' | 'elsewhere' | 'none';

/** What kind of trouble an error of a database is. */
export interface TroubleKind {
  readonly code: string;
  readonly remedy: Remedy;
  readonly says: string;
  readonly advice: string;
}

const CONFLICT: TroubleKind = {
  code: 'DATABASE_BUSY',
  remedy: 'again',
  says: 'is locked',
  advice:
    'No data is lost: the next poll catches up. If this continues, check for a long transaction or a backup that locks tables.',
};
const BROKEN_OFF: TroubleKind = {
  code: 'DATABASE_BUSY',
  remedy: 'none',
  says: 'stopped a statement',
  advice:
    'No data is lost: the next poll catches up. If this continues, check for an administrator, a watchdog or a time limit (max_statement_time) that stops long statements.',
};
export const AWAY: TroubleKind = {
  code: 'DATABASE_UNAVAILABLE',
  remedy: 'none',
  says: 'cannot be reached',
  advice:
    'Check that it runs, and check host, port and firewall; for SQLite, that the folder is writable and the disk has free space.',
};
export const LOST: TroubleKind = { ...AWAY, remedy: 'reconnect', says: 'closed the connection' };
const NOT_READY: TroubleKind = {
  code: 'DATABASE_UNAVAILABLE',
  remedy: 'elsewhere',
  says: 'accepts no statements on this node now',
  advice: 'Check the state of the cluster (wsrep_cluster_status): this node has no majority, or has not joined yet.',
};
const CROWDED: TroubleKind = {
  code: 'DATABASE_UNAVAILABLE',
  remedy: 'none',
  says: 'has reached a limit on connections or statements',
  advice: "Raise max_connections, or the user's limits (MAX_USER_CONNECTIONS, MAX_QUERIES_PER_HOUR).",
};
const DENIED: TroubleKind = {
  code: 'DATABASE_ACCESS_DENIED',
  remedy: 'none',
  says: 'denies access to this user',
  advice: 'Check user and password in the configuration, and the grants (see sql/provision.sql).',
};
const EXPIRED: TroubleKind = {
  code: 'DATABASE_ACCESS_DENIED',
  remedy: 'elsewhere',
  says: 'requires a new password for this user',
  advice: 'Give the user a password that does not expire (ALTER USER ... PASSWORD EXPIRE NEVER).',
};
const UNKNOWN: TroubleKind = {
  code: 'DATABASE_UNKNOWN',
  remedy: 'none',
  says: 'does not exist',
  advice: 'Create the database and its user once, as sql/provision.sql does.',
};
const READ_ONLY: TroubleKind = {
  code: 'DATABASE_READ_ONLY',
  remedy: 'elsewhere',
  says: 'cannot be written',
  advice: 'Check that the server is not a replica or read-only; for SQLite, that file, folder and disk are writable.',
};
const FULL: TroubleKind = {
  code: 'DATABASE_FULL',
  remedy: 'none',
  says: 'has no free space',
  advice: 'Free space on the disk of the database, or keep fewer days (`retention.days`).',
};
const DAMAGED: TroubleKind = {
  code: 'DATABASE_DAMAGED',
  remedy: 'elsewhere',
  says: 'is damaged or no SQLite database',
  advice: 'Check the path; if it is the right file, restore it from a backup.',
};
const DAMAGED_TABLE: TroubleKind = {
  code: 'DATABASE_DAMAGED',
  remedy: 'none',
  says: 'has a damaged table',
  advice: 'See the error log of the server; repair the table (CHECK TABLE), or restore it from a backup.',
};
const TOO_LARGE: TroubleKind = {
  code: 'DATABASE_FAILED',
  remedy: 'none',
  says: 'does not accept a statement of this size',
  advice: 'Set max_allowed_packet of the server to 16 MB or more.',
};
/** For every number that is in no table here. */
const FAILED: TroubleKind = {
  code: 'DATABASE_FAILED',
  remedy: 'none',
  says: 'returned an error',
  advice: 'See the error log of the database; its documentation explains this error number.',
};

/** Error numbers of MySQL, MariaDB and Galera with a known cause. */
const SERVER_KINDS: ReadonlyMap<number, TroubleKind> = new Map([
  // 1020 is MariaDB's "record has changed since last read", 1412 and 1615 a schema that another worker changes; a Galera node ends a
  // transaction that lost against another node's with 1213.
  ...numbers([1205, 1213, 1020, 1412, 1615, 3058, 3572], CONFLICT),
  // TiDB's own numbers for a transaction that lost against another one, or against a change of the schema, and was rolled back.
  ...numbers([8002, 8005, 8022, 8028, 9007], CONFLICT),
  // KILL QUERY; the time limits of MariaDB and MySQL.
  ...numbers([1317, 1907, 1969, 3024], BROKEN_OFF),
  // 1184 is what follows a failed init_connect; 4031 a session closed while idle.
  ...numbers([1053, 1079, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 2006, 2013, 4031], LOST),
  ...numbers([1129], AWAY),
  // 1180: the commit failed, as on a Galera node that lost its majority meanwhile; whether it counts is for the next try to see.
  ...numbers([1047, 1180], NOT_READY),
  ...numbers([1040, 1203, 1226], CROWDED),
  // 1251, 1524: how this user logs in is not known; 3118, 4151: the account is locked; 3159: only with TLS.
  ...numbers([1044, 1045, 1130, 1142, 1143, 1227, 1251, 1370, 1524, 1698, 3118, 3159, 4151], DENIED),
  ...numbers([1820, 1862], EXPIRED),
  ...numbers([1049, 1102], UNKNOWN),
  ...numbers([1207, 1290, 1792, 1836, 1874, 3100], READ_ONLY),
  ...numbers([3, 1021, 1114], FULL),
  ...numbers([126, 1034, 1035, 1194, 1195, 1712], DAMAGED_TABLE),
  ...numbers([1153], TOO_LARGE),
]);

/**
 * Error numbers that mean a bug in our SQL. All other
 * numbers are about the server, its disk, its settings or its other users.
 */
const SERVER_BUGS: ReadonlySet<number> = new Set([
  // No such database chosen, table, column, key, function, variable, character set or collation; one that is there already or is not unique.
  ...[1046, 1050, 1051, 1052, 1054, 1060, 1061, 1066, 1072, 1091, 1109, 1115, 1146, 1176, 1193, 1273, 1304, 1305],
  // Syntax, empty statement, what this place of a statement does not allow, what this server does not know yet.
  ...[1055, 1056, 1058, 1063, 1064, 1065, 1067, 1068, 1069, 1070, 1071, 1073, 1074, 1075, 1093, 1101, 1103, 1110, 1111],
  ...[1112, 1113, 1118, 1136, 1138, 1140, 1149, 1166, 1170, 1171, 1210, 1221, 1222, 1231, 1232, 1234, 1235, 1239],
  ...[1241, 1242, 1247, 1248, 1253, 1267, 1270, 1271, 1295, 1327, 1336, 1390, 1415, 1422, 1425, 1426, 1427, 1463, 1582],
  // A value that its column does not take.
  ...[1048, 1264, 1265, 1292, 1364, 1365, 1366, 1367, 1406, 1411, 1525, 1690],
  // A row that its key, its parent or a check does not take: every statement here is written so that this cannot happen.
  ...[1022, 1062, 1169, 1216, 1217, 1451, 1452, 1586, 1826, 3819, 4025],
]);

/** SQLite's primary result codes (https://sqlite.org/rescode.html) with a known cause. */
const SQLITE_KINDS: ReadonlyMap<number, TroubleKind> = new Map([
  ...numbers([5, 6, 15], CONFLICT),
  ...numbers([9], BROKEN_OFF),
  // A file that was opened read-only stays it for this handle, and one that was replaced is never seen: another one has to be opened.
  ...numbers([10, 14], { ...AWAY, remedy: 'elsewhere' }),
  ...numbers([3, 8], READ_ONLY),
  ...numbers([13], FULL),
  ...numbers([11, 26], DAMAGED),
]);

/**
 * SQLite's codes that mean a bug in this program: 1 syntax, no such table or column; 2 inside SQLite; 12 unknown operation; 17 schema
 * changed under a prepared statement for good; 18 too big; 19 constraint; 20 mismatch; 21 misuse; 25 out of range.
 */
const SQLITE_BUGS: ReadonlySet<number> = new Set([1, 2, 12, 17, 18, 19, 20, 21, 25]);

/** Codes of Node's sockets and of mysql2 that mean a connection that stood before. */
const LOST_CODES: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'PROTOCOL_CONNECTION_LOST']);
/** What of Node fails when it talks to another machine. */
const NETWORK_CALLS: ReadonlySet<unknown> = new Set(['connect', 'read', 'write', 'shutdown', 'getaddrinfo']);

/** Of a number that a MySQL-compatible server sent; `null` when it is a bug. */
export function serverKind(number: number, message: string): TroubleKind | null {
  if (SERVER_BUGS.has(number)) return null;
  // "Got error 28 from storage engine": the system's number for a full disk, in an error that can be anything.
  if ((number === 1030 || number === 1180) && /\berror (28|122|135)\b/.test(message)) return FULL;
  return SERVER_KINDS.get(number) ?? FAILED;
}

/** Of SQLite's result code, extended or not; `null` when it is a bug. */
export function sqliteKind(code: number): TroubleKind | null {
  const primary = code & 0xff;
  return SQLITE_BUGS.has(primary) ? null : (SQLITE_KINDS.get(primary) ?? FAILED);
}

/** Of an error of the network or of mysql2 itself; `null` when it is neither. */
export function clientKind(error: { readonly code?: unknown; readonly syscall?: unknown }): TroubleKind | null {
  if (typeof error.code !== 'string') return null;
  if (LOST_CODES.has(error.code)) return LOST;
  // Another program answers there, TLS is unsupported or untrusted, or mysql2 does not support the login method.
  if (/^(PROTOCOL|HANDSHAKE|AUTH_SWITCH)_|^MALFORMED_PACKET$/.test(error.code)) return AWAY;
  return error.code === 'ETIMEDOUT' || NETWORK_CALLS.has(error.syscall) ? AWAY : null;
}

function numbers<Key>(keys: readonly Key[], kind: TroubleKind): [Key, TroubleKind][] {
  return keys.map((key) => [key, kind]);
}
