// What the page is told when it starts: /config.json, written by the backend or by the container.

export interface Config {
  /** The origin of the API; empty: where the page came from. */
  readonly backendUrl: string;
  /** `service.name` of the page's spans. */
  readonly serviceName: string;
  /** Where spans go: a base URL without `/v1/traces`; empty: the relay in the backend. */
  readonly otlpEndpoint: string;
  /** A Honeycomb ingest key, in direct mode only. */
  readonly honeycombClientKey: string;
  /** The local console's address, for links to traces; empty: no links. */
  readonly consoleUrl: string;
}

const DEFAULTS: Config = {
  backendUrl: '',
  serviceName: 'cruddur-frontend',
  otlpEndpoint: '',
  honeycombClientKey: '',
  consoleUrl: '',
};

/** The settings in this JSON; what is missing or no text is as by default. */
export function parseConfig(json: unknown): Config {
  const given = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  const text = (name: keyof Config): string => {
    const value = given[name];
    return typeof value === 'string' && value.trim() !== '' ? value.trim().replace(/\/+$/, '') : DEFAULTS[name];
  };
  return {
    backendUrl: text('backendUrl'),
    serviceName: text('serviceName'),
    otlpEndpoint: text('otlpEndpoint'),
    honeycombClientKey: text('honeycombClientKey'),
    consoleUrl: text('consoleUrl'),
  };
}

export async function loadConfig(): Promise<Config> {
  try {
    const answer = await fetch('/config.json', { cache: 'no-store' });
    return parseConfig(answer.ok ? await answer.json() : undefined);
  } catch {
    return DEFAULTS;
  }
}
