// Elements without markup: every text is a text node, so nothing that a user wrote is ever HTML.

type Child = Node | string | undefined;

type Properties = {
  readonly class?: string;
  readonly on?: Readonly<Record<string, (event: Event) => void>>;
} & Readonly<Record<string, unknown>>;

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'on' || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : String(value));
  }
  for (const [event, listener] of Object.entries(properties.on ?? {})) element.addEventListener(event, listener);
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** How long ago, in words that fit beside a name. */
export function ago(time: string, now: number): string {
  const minutes = Math.round((now - Date.parse(time)) / 60_000);
  if (minutes < 1) return 'now';
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h`;
  return `${Math.round(minutes / 1_440)} days`;
}

/** How long until, in the same words. */
export function left(time: string, now: number): string {
  return ago(new Date(now).toISOString(), Date.parse(time));
}
