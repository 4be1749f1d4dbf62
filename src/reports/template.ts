import { readFileSync } from 'node:fs';
import type { CompileMail } from '../notices/letter.ts';
import type { ReportPage, ReportTemplate } from './ports.ts';

/** The HTML of reports, set by the compiler of all mails. */
export function createReportTemplate({ compile }: { readonly compile: CompileMail }): ReportTemplate {
  const source = readFileSync(new URL('./templates/report.hbs', import.meta.url), 'utf8');
  return { reportHtml: compile<ReportPage>(source) };
}
