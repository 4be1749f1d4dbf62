-- People with roles, their sessions, API tokens, and the record of who did what. The rules of 001-usage.sql hold here too.
--
-- Names of accounts are lower-case ASCII, so that they compare alike on every server. Ids are random and never used again.

CREATE TABLE IF NOT EXISTS accounts (
  id CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- viewer, operator or admin
  role VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- $argon2id$v=19$m=…,t=…,p=…$salt$hash
  password_hash VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at BIGINT NOT NULL,
  -- NULL before the first login.
  last_login_at BIGINT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY accounts_name (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS account_sessions (
  -- SHA-256 of the cookie: whoever reads this table cannot log in with it.
  id CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  account_id CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at BIGINT NOT NULL,
  -- The last request, exact to a minute.
  seen_at BIGINT NOT NULL,
  address VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- What the browser says it is.
  agent VARCHAR(255) NOT NULL,
  PRIMARY KEY (id),
  KEY account_sessions_account (account_id),
  KEY account_sessions_created_at (created_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- From where an account logged in: somebody who guesses its password elsewhere does not keep its owner out.
CREATE TABLE IF NOT EXISTS account_networks (
  account_id CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- An IPv4 address, or the first half of an IPv6 address.
  network VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  last_login_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, network)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Of the last minutes. A login that is being checked counts as failed until it is right.
CREATE TABLE IF NOT EXISTS login_failures (
  id CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- As tried; empty where no account can have such a name.
  name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  network VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  failed_at BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY login_failures_network (network, failed_at),
  KEY login_failures_name (name, failed_at),
  KEY login_failures_failed_at (failed_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS api_tokens (
  id CHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- SHA-256 of the token.
  token_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(64) NOT NULL,
  role VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- Who made it, for people.
  made_by VARCHAR(255) NOT NULL,
  -- Whose it is: it may no more than its owner and goes with them. NULL: nobody's.
  account_id CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NULL,
  created_at BIGINT NOT NULL,
  -- The first instant at which it is over; NULL: never.
  expires_at BIGINT NULL,
  -- Exact to a minute; NULL before the first use.
  used_at BIGINT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY api_tokens_hash (token_hash),
  UNIQUE KEY api_tokens_name (name),
  KEY api_tokens_account (account_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Rows are added and, when they are old enough, deleted; never changed. Secrets are never in it.
CREATE TABLE IF NOT EXISTS audit (
  id CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  at BIGINT NOT NULL,
  who VARCHAR(255) NOT NULL,
  -- user, token, command or worker
  kind VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- An address, or the machine of a command.
  origin VARCHAR(255) NOT NULL,
  action VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- To whom or what it was done.
  subject VARCHAR(255) NOT NULL,
  outcome VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (id),
  KEY audit_at (at, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
