// The Cruddur API, each call with a span that says what it is for.

import type { Context } from '@opentelemetry/api';

import { inSpan, tracedFetch } from './telemetry';
import type { Answer } from './telemetry';

export interface Activity {
  readonly uuid: string;
  readonly display_name?: string;
  readonly handle: string;
  readonly message: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly likes_count: number;
  readonly replies_count: number;
  readonly reposts_count: number;
  readonly replies: readonly Activity[];
}

export interface User {
  readonly handle: string;
  readonly display_name: string;
}

export interface MessageGroup {
  readonly uuid: string;
  readonly display_name: string;
  readonly handle: string;
  readonly created_at: string;
}

export interface Message {
  readonly uuid: string;
  readonly display_name: string;
  readonly handle: string;
  readonly message: string;
  readonly created_at: string;
}

export interface Session {
  readonly handle: string | null;
  readonly display_name: string | null;
}

/** The API refused, and says why in codes such as `message_blank`. */
export class Refused extends Error {
  override readonly name = 'Refused';

  constructor(
    readonly status: number,
    readonly codes: readonly string[],
  ) {
    super(codes.length > 0 ? codes.join(', ') : `status ${status}`);
  }
}

export class Cruddur {
  private readonly base: string;
  /** Who is signed in: on the spans as `app.userId`, where the backend's word decides. */
  userId = '';

  constructor(backendUrl: string) {
    this.base = backendUrl || location.origin;
  }

  fetchHomeActivities(parent: Context): Promise<Activity[]> {
    return this.read('fetch_home_activities', '/api/activities/home', {}, parent);
  }

  fetchNotifications(parent: Context): Promise<Activity[]> {
    return this.read('fetch_notifications', '/api/activities/notifications', {}, parent);
  }

  fetchUserActivities(handle: string, parent: Context): Promise<Activity[]> {
    return this.read('fetch_user_activities', '/api/activities/@{handle}', { handle }, parent);
  }

  search(term: string, parent: Context): Promise<Activity[]> {
    return this.read('search_activities', '/api/activities/search', {}, parent, { term });
  }

  fetchMessageGroups(parent: Context): Promise<MessageGroup[]> {
    return this.read('fetch_message_groups', '/api/message_groups', {}, parent);
  }

  fetchMessages(handle: string, parent: Context): Promise<Message[]> {
    return this.read('fetch_messages', '/api/messages/@{handle}', { handle }, parent);
  }

  async users(parent: Context): Promise<User[]> {
    return (await this.call('GET', '/api/users', {}, parent)) as User[];
  }

  async session(parent: Context): Promise<Session> {
    return (await this.call('GET', '/api/session', {}, parent)) as Session;
  }

  async signIn(handle: string, parent: Context): Promise<Session> {
    return (await this.call('POST', '/api/session', {}, parent, { handle })) as Session;
  }

  async signOut(parent: Context): Promise<Session> {
    return (await this.call('DELETE', '/api/session', {}, parent)) as Session;
  }

  async post(message: string, ttl: string, parent: Context): Promise<Activity> {
    return (await this.call('POST', '/api/activities', {}, parent, { message, ttl })) as Activity;
  }

  async reply(uuid: string, message: string, parent: Context): Promise<Activity> {
    return (await this.call('POST', '/api/activities/{uuid}/reply', { uuid }, parent, { message })) as Activity;
  }

  async send(handle: string, message: string, parent: Context): Promise<Message> {
    const body = { user_receiver_handle: handle, message };
    return (await this.call('POST', '/api/messages', {}, parent, body)) as Message;
  }

  /** Calls a route that is made to fail, and says what came of it. */
  async provoke(path: string, parent: Context): Promise<Answer> {
    const url = new URL(path, this.base);
    return tracedFetch({ method: 'GET', url, template: path }, parent, new URL(this.base).origin);
  }

  /** A read with a span of its own around the request, as the original's home page had it. */
  private read<T>(
    span: string,
    template: string,
    path: Record<string, string>,
    parent: Context,
    query: Record<string, string> = {},
  ): Promise<T> {
    const attributes = { 'app.userId': this.userId, 'app.now': new Date().toISOString() };
    return inSpan(span, { parent, attributes }, async (context, own) => {
      const found = (await this.call('GET', template, path, context, undefined, query)) as T;
      if (Array.isArray(found)) own.setAttribute('app.result_length', found.length);
      return found;
    });
  }

  private async call(
    method: string,
    template: string,
    path: Record<string, string>,
    parent: Context,
    body?: unknown,
    query: Record<string, string> = {},
  ): Promise<unknown> {
    const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path[name] ?? ''));
    const url = new URL(filled, this.base);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const answer = await tracedFetch({ method, url, template, body }, parent, url.origin);
    if (answer.status >= 400) {
      const codes = Array.isArray(answer.body) ? answer.body.map(String) : [];
      throw new Refused(answer.status, codes);
    }
    return answer.body;
  }
}
