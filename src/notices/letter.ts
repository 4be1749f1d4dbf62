/** A short mail, ready to be set in HTML or as text. */
export interface Letter {
  readonly tone: 'alert' | 'warning' | 'good';
  readonly kicker: string;
  readonly title: string;
  readonly lead: string;
  readonly meter: { readonly percent: number } | null;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly table: { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] } | null;
  /** Address of the page about the same thing; absent: the configuration has no `publicUrl`. */
  readonly page?: string | undefined;
  readonly advice: string;
  /** To be typed on the worker's machine. */
  readonly commands: readonly string[];
}

export interface LetterTemplate {
  letterHtml(letter: Letter): string;
}

/** Compiles the template of a mail once; it may use the partial `head`, which all mails share. What fills it is data and never compiled. */
export type CompileMail = <View>(source: string) => (view: View) => string;

/** A mail's content before it is set. */
export interface Composition {
  readonly subject: string;
  readonly letter: Letter;
}
