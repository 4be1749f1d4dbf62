import { schedule } from 'node-cron';

/** Calls `run` at the start of every minute until the returned function is called. */
export function everyMinute(run: () => void): () => void {
  // A run that fires late (a busy or suspended machine) does no harm: `run` looks what is due.
  const task = schedule('* * * * *', run, { suppressMissedWarning: true });
  return () => {
    void task.destroy();
  };
}
