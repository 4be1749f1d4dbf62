/** Asks for some items at a time and gathers what is found: a statement must not grow without end. */
export async function inParts<Item, Row>(
  items: readonly Item[],
  atOnce: number,
  read: (part: readonly Item[]) => Promise<readonly Row[]>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let start = 0; start < items.length; start += atOnce) {
    for (const row of await read(items.slice(start, start + atOnce))) rows.push(row);
  }
  return rows;
}
