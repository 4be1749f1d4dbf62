-- Who is logged in to the pages. The rules of 001-usage.sql hold here too.

-- What tells whether the password of the pages is still the one that sessions were opened with. There is one row at most.
CREATE TABLE IF NOT EXISTS page_password (
  id TINYINT UNSIGNED NOT NULL,
  -- Random, made anew with each change of the password. The key of the sessions is made slowly from the password and this.
  salt CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- Of that key, so that the same password is recognised after a restart.
  verifier CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS sessions (
  -- HMAC-SHA256 of the cookie under the key: whoever reads this table cannot log in with it.
  id CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at BIGINT NOT NULL,
  -- The first instant at which it is over.
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (id),
  KEY sessions_expires_at (expires_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
