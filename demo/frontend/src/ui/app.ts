// The page: what is shown, and which click leads to what.
//
// Each click is the root of a trace. It ends when what it set off is on the screen, and the bar at
// the bottom leads to it in the console.

import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';

import { Cruddur, Refused } from '../cruddur';
import type { Activity, MessageGroup, Session, User } from '../cruddur';
import { flush, inSpan, traceIdOf } from '../telemetry';
import { compose } from './compose';
import { ago, h } from './dom';
import { avatar, feed } from './feed';
import type { FeedActions } from './feed';
import { troubleView } from './trouble';

type View = 'home' | 'notifications' | 'messages' | 'profile' | 'search' | 'trouble';

const VIEWS: readonly { view: View; label: string; icon: string }[] = [
  { view: 'home', label: 'Home', icon: '⌂' },
  { view: 'notifications', label: 'Notifications', icon: '◉' },
  { view: 'messages', label: 'Messages', icon: '✉' },
  { view: 'profile', label: 'Profile', icon: '☺' },
  { view: 'search', label: 'Search', icon: '⌕' },
  { view: 'trouble', label: 'Trouble', icon: '⚡' },
];

export class App {
  private session: Session = { handle: null, display_name: null };
  private users: User[] = [];
  private view: View = 'home';
  private readonly main = h('main', { id: 'main' });
  private readonly nav = h('nav', { 'aria-label': 'Views' });
  private readonly account = h('div', { class: 'account' });
  private readonly bar = h('div', { class: 'trace-bar', role: 'status' });

  constructor(
    private readonly root: HTMLElement,
    private readonly api: Cruddur,
    private readonly consoleUrl: string,
  ) {}

  /** Shows the home feed, as part of the trace that served the page. */
  async start(page: Context): Promise<void> {
    this.root.replaceChildren(
      h('header', { class: 'top' }, h('span', { class: 'brand' }, h('i', {}), 'Cruddur'), this.account),
      h('div', { class: 'columns' }, this.nav, this.main),
      this.bar,
    );
    await this.attempt('load', page, async (context) => {
      this.setSession(await this.api.session(context));
      this.users = await this.api.users(context);
      this.renderFrame();
      await this.show('home', context);
    });
  }

  /** Runs what a click sets off, in a trace of its own. */
  private click(what: string, body: (context: Context) => Promise<void>): void {
    void this.attempt(`click ${what}`, ROOT_CONTEXT, body);
  }

  private async attempt(name: string, parent: Context, body: (context: Context) => Promise<void>): Promise<void> {
    let traceId: string | undefined;
    try {
      await inSpan(name, { parent, attributes: { 'app.view': this.view } }, (context) => {
        traceId = traceIdOf(context);
        return body(context);
      });
      this.say(name, traceId);
    } catch (error) {
      this.say(name, traceId, error instanceof Refused ? explain(error) : 'The backend can’t be reached.');
    }
  }

  private say(name: string, traceId: string | undefined, problem?: string): void {
    const link =
      traceId && this.consoleUrl
        ? h('a', { href: `${this.consoleUrl}/trace/${traceId}`, target: '_blank', rel: 'noopener' }, 'Open the trace ↗')
        : undefined;
    this.bar.classList.toggle('problem', problem !== undefined);
    this.bar.dataset.trace = traceId ?? '';
    this.bar.replaceChildren(h('span', {}, problem ?? name), h('code', {}, (traceId ?? '').slice(0, 8)), link ?? '');
  }

  private setSession(session: Session): void {
    this.session = session;
    this.api.userId = session.handle ?? 'anonymous';
  }

  private renderFrame(): void {
    this.nav.replaceChildren(
      ...VIEWS.map(({ view, label, icon }) =>
        h(
          'button',
          {
            type: 'button',
            'data-view': view,
            'aria-current': view === this.view ? 'page' : undefined,
            on: { click: () => this.click(view, (context) => this.show(view, context)) },
          },
          h('i', { 'aria-hidden': 'true' }, icon),
          h('span', {}, label),
        ),
      ),
    );
    const pick = h(
      'select',
      { 'aria-label': 'Signed in as' },
      h('option', { value: '' }, 'Signed out'),
      ...this.users.map((it) => h('option', { value: it.handle }, it.display_name)),
    );
    pick.value = this.session.handle ?? '';
    pick.addEventListener('change', () => this.signInAs(pick.value));
    const { handle, display_name: name } = this.session;
    this.account.replaceChildren(avatar(handle ?? '?', name ?? '?'), pick);
  }

  private signInAs(handle: string): void {
    this.click(handle === '' ? 'sign_out' : 'sign_in', async (context) => {
      await flush();
      this.setSession(handle === '' ? await this.api.signOut(context) : await this.api.signIn(handle, context));
      await this.show('home', context);
    });
  }

  private async show(view: View, context: Context): Promise<void> {
    this.view = view;
    this.renderFrame();
    const title = h('h1', {}, VIEWS.find((it) => it.view === view)?.label ?? '');
    this.main.replaceChildren(title, ...(await this.content(view, context)));
    this.main.dataset.view = view;
  }

  private async content(view: View, context: Context): Promise<Node[]> {
    const me = this.session.handle;
    switch (view) {
      case 'home': {
        const form = me ? compose((message, ttl) => this.post(message, ttl)) : signInHint('to post and reply.');
        return [form, this.feed(await this.api.fetchHomeActivities(context), 'Nothing here yet.')];
      }
      case 'notifications':
        return [this.feed(await this.api.fetchNotifications(context), 'No notifications.')];
      case 'messages':
        return me ? [this.groups(await this.api.fetchMessageGroups(context))] : [signInHint('to see your messages.')];
      case 'profile':
        return me ? this.profile(me, await this.api.fetchUserActivities(me, context)) : [signInHint('to see your profile.')];
      case 'search':
        return [this.searchForm()];
      case 'trouble':
        return [
          troubleView((trouble) =>
            this.click('trouble', async (own) => {
              const answer = await this.api.provoke(trouble.path, own);
              if (answer.status >= 400) throw new Refused(answer.status, []);
            }),
          ),
        ];
    }
  }

  private feed(activities: readonly Activity[], empty: string): HTMLElement {
    const actions: FeedActions = {
      openProfile: (handle) =>
        this.click('profile', async (context) => {
          const found = await this.api.fetchUserActivities(handle, context);
          this.main.replaceChildren(h('h1', {}, 'Profile'), ...this.profile(handle, found));
        }),
      reply: this.session.handle
        ? (uuid, message) =>
            this.click('reply', async (context) => {
              await this.api.reply(uuid, message, context);
              await this.show(this.view, context);
            })
        : undefined,
    };
    return feed(activities, actions, empty);
  }

  private post(message: string, ttl: string): void {
    this.click('post', async (context) => {
      await this.api.post(message, ttl, context);
      await this.show('home', context);
    });
  }

  private profile(handle: string, activities: readonly Activity[]): Node[] {
    const name = this.users.find((it) => it.handle === handle)?.display_name ?? handle;
    const header = h(
      'div',
      { class: 'profile card' },
      avatar(handle, name),
      h('div', {}, h('strong', {}, name), h('span', { class: 'handle' }, `@${handle}`)),
    );
    return [header, this.feed(activities, 'No posts.')];
  }

  private groups(groups: readonly MessageGroup[]): HTMLElement {
    if (groups.length === 0) return h('p', { class: 'empty' }, 'No messages.');
    const open = (handle: string): void =>
      this.click('conversation', async (context) => this.conversation(handle, context));
    return h(
      'ul',
      { class: 'buttons' },
      ...groups.map((it) =>
        h(
          'li',
          { class: 'card' },
          avatar(it.handle, it.display_name),
          h('div', {}, h('strong', {}, it.display_name), h('p', {}, ago(it.created_at, Date.now()))),
          h('button', { type: 'button', on: { click: () => open(it.handle) } }, 'Open'),
        ),
      ),
    );
  }

  private async conversation(handle: string, context: Context): Promise<void> {
    const messages = await this.api.fetchMessages(handle, context);
    const input = h('input', { type: 'text', maxlength: 1024, placeholder: 'Message', 'aria-label': 'Message' });
    const submit = (event: Event): void => {
      event.preventDefault();
      this.click('send', async (own) => {
        await this.api.send(handle, input.value, own);
        await this.conversation(handle, own);
      });
    };
    const bubble = (from: string, text: string): HTMLElement =>
      h('li', { class: from === this.session.handle ? 'bubble mine' : 'bubble' }, text);
    this.main.replaceChildren(
      h('h1', {}, `@${handle}`),
      h('ol', { class: 'conversation' }, ...messages.map((it) => bubble(it.handle, it.message))),
      h('form', { class: 'reply', on: { submit } }, input, h('button', { type: 'submit' }, 'Send')),
    );
  }

  private searchForm(): HTMLElement {
    const input = h('input', { type: 'search', placeholder: 'Search', 'aria-label': 'Search' });
    const results = h('div', {});
    const submit = (event: Event): void => {
      event.preventDefault();
      this.click('search', async (context) => {
        const found = await this.api.search(input.value, context);
        results.replaceChildren(this.feed(found, 'Nothing found.'));
      });
    };
    return h(
      'section',
      {},
      h('form', { class: 'reply search', on: { submit } }, input, h('button', { type: 'submit' }, 'Search')),
      results,
    );
  }
}

function signInHint(why: string): HTMLElement {
  return h('p', { class: 'empty' }, `Sign in ${why}`);
}

const WORDS: Readonly<Record<string, string>> = {
  message_blank: 'Write something first.',
  message_exceed_max_chars: 'That is too long.',
  search_term_blank: 'What are you looking for?',
  user_handle_blank: 'Sign in first.',
  activity_not_found: 'That is gone.',
};

function explain(refused: Refused): string {
  const [code] = refused.codes;
  return (code && WORDS[code]) ?? `The backend answered ${refused.message}.`;
}
