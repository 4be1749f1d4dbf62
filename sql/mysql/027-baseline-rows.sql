-- What 026-baseline-parts.sql has put into parts. A file of its own: 026 may have to be run again.
DROP TABLE IF EXISTS baselines_before_026;
