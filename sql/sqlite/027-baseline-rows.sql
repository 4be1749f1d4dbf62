-- As in ../mysql/027-baseline-rows.sql: here 026 did it all in one transaction.
SELECT 1;
