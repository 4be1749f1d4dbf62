-- The baselines of a router in few rows, as in ../mysql/026-baseline-parts.sql; what the columns mean is said there.

CREATE TABLE baseline_parts (
  router_id INTEGER NOT NULL REFERENCES routers (id),
  part TEXT COLLATE BINARY NOT NULL,
  listed INTEGER NOT NULL CHECK (listed > 0),
  packed TEXT NOT NULL,
  PRIMARY KEY (router_id, part)
) STRICT;

INSERT INTO baseline_parts (router_id, part, listed, packed)
SELECT router_id, part, COUNT(*), group_concat(line, '')
FROM (
  SELECT
    router_id,
    substr(plain_id, 1, max(length(plain_id) - 1, 1)) AS part,
    substr(plain_id, max(length(plain_id) - 1, 1) + 1)
      || ' ' || queue_id
      || ' ' || coalesce(upload_bytes, '')
      || ' ' || coalesce(download_bytes, '')
      || CASE presence WHEN 'present' THEN '' ELSE ' ' || presence || ' ' || coalesce(seen_at, '') END
      || char(10) AS line
  FROM (
    SELECT
      *,
      CASE
        WHEN substr(row_id, 1, 1) = '*'
          AND length(row_id) > 1
          AND substr(row_id, 2) NOT GLOB '*[^0-9A-F]*'
          -- Not so where a NUL ends what GLOB looks at.
          AND 2 * length(row_id) = length(hex(row_id)) THEN row_id
        ELSE 'x' || hex(row_id)
      END AS plain_id
    FROM baselines
  )
)
GROUP BY router_id, part;

DROP TABLE baselines;
