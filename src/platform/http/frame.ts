/** What every page shows around its own content. */
export interface Frame {
  readonly title: string;
  /** Key of the link that leads here; `null` where none does. */
  readonly nav: string | null;
  /** Of what it wants to hear news (`LIVE_TOPICS`, with commas between); of usage where nothing is said. */
  readonly live?: string;
}

/** In the header of every page. */
export interface NavigationLink {
  readonly key: string;
  readonly href: string;
  readonly title: string;
}

/** A number with its name; the partial `cards` shows some of them. */
export interface Card {
  readonly label: string;
  readonly value: string;
  readonly detail: string | null;
  readonly isAlert: boolean;
}

/** Something that people should look at; the partial `banners` shows some of them. */
export interface Banner {
  readonly text: string;
  readonly advice: string | null;
  /** Shown small, after the words. */
  readonly code: string | null;
  readonly href: string;
}
