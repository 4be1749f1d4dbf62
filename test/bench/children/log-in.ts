/** Browsers of people who log in at the same moment: `log-in.ts URL PASSWORD NAME…`. Tells the parent process the status of each answer. */
const [url = '', password = '', ...names] = process.argv.slice(2);

async function logIn(name: string): Promise<number> {
  const body = new URLSearchParams({ name, password });
  const answer = await fetch(`${url}/login`, { method: 'POST', headers: { origin: url }, redirect: 'manual', body });
  await answer.text();
  return answer.status;
}

const statuses = await Promise.all(names.map(logIn));
process.send?.({ statuses });
process.disconnect?.();
