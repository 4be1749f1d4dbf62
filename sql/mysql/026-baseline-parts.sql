-- The baselines of a router in few rows instead of one for each queue: most of them change with each poll. The rules of 001-usage.sql hold
-- here too.

-- A part has the rows of up to 16 neighbouring `.id`s, one line each: the last digit of the `.id`, the number of the queue, upload, download,
-- and only where the row is not present: presence and seen_at, all with a blank between. Upload and download are empty when the
-- row was never parsed. An `.id` that is not as RouterOS writes it stands as an x and its bytes in hexadecimal digits.
-- Whoever edits parts by hand while a worker runs must empty the `revision` of the router.
CREATE TABLE IF NOT EXISTS baseline_parts (
  router_id INT UNSIGNED NOT NULL,
  -- The `.id` without its last digit.
  part VARBINARY(512) NOT NULL,
  -- How many lines: a part that was cut is no part.
  listed INT UNSIGNED NOT NULL,
  packed TEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (router_id, part)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What a move that was undone has left, as when a backup from before was restored beside it: these counters are old. Run again it finds no
-- table `baselines`, and then the parts are those of this move.
DELETE FROM baseline_parts WHERE (SELECT COUNT(*) FROM baselines) >= 0;

-- From here on no worker of an older version can book: it would take old counters for the last ones and count bytes twice. Waits for the
-- bookings that are on their way. Run again it finds no table of the old name, which is no failure.
ALTER TABLE baselines RENAME TO baselines_before_026;

-- NULL, which the column does not take, for a part whose lines were cut. May be run again: no worker books before 027 has removed what this
-- reads.
INSERT INTO baseline_parts (router_id, part, listed, packed)
SELECT router_id, part, IF(LENGTH(packed) = bytes, listed, NULL), packed
FROM (
  SELECT router_id, part, COUNT(*) AS listed, SUM(LENGTH(line)) AS bytes, GROUP_CONCAT(line SEPARATOR '') AS packed
  FROM (
    SELECT
      router_id,
      SUBSTRING(plain_id, 1, GREATEST(LENGTH(plain_id) - 1, 1)) AS part,
      CONCAT(
        SUBSTRING(plain_id, GREATEST(LENGTH(plain_id) - 1, 1) + 1),
        ' ', queue_id,
        ' ', COALESCE(upload_bytes, ''),
        ' ', COALESCE(download_bytes, ''),
        IF(presence = 'present', '', CONCAT(' ', presence, ' ', COALESCE(seen_at, ''))),
        CHAR(10)
      ) AS line
    FROM (
      SELECT
        b.*,
        IF(HEX(row_id) REGEXP '^2A(3[0-9]|4[1-6])+$', row_id, CONCAT('x', HEX(row_id))) AS plain_id
      FROM baselines_before_026 b
    ) plain
  ) lines_of_parts
  GROUP BY router_id, part
) parts
ON DUPLICATE KEY UPDATE listed = VALUES(listed), packed = VALUES(packed);
