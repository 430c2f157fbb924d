// Who is logged in, and what they may do.
import { session as api, setup, Problem, type Account, type Action, type Session, type Setup } from '../api';
import { onLoggedOut, setCsrf } from '../api/client';

/** `expired`: the server forgot the login while a page was open; the page stays, the password is asked again over it. */
type Standing = 'loading' | 'first_run' | 'out' | 'in' | 'expired' | 'unreachable';

class SessionState {
  standing = $state<Standing>('loading');
  account = $state<Account | null>(null);
  actions = $state<Action[]>([]);
  setup = $state<Setup | null>(null);
  problem = $state<Problem | null>(null);

  constructor() {
    onLoggedOut(() => {
      if (this.standing === 'in') this.standing = 'expired';
    });
  }

  may(action: Action): boolean {
    return this.actions.includes(action);
  }

  async start() {
    this.standing = 'loading';
    try {
      this.setup = await setup.read();
      if (this.setup.first_run) {
        this.standing = 'first_run';
        return;
      }
      this.take(await api.read());
    } catch (error) {
      this.problem = error instanceof Problem ? error : null;
      this.standing = this.problem?.status === 401 ? 'out' : 'unreachable';
    }
  }

  take(session: Session) {
    setCsrf(session.csrf);
    this.account = session.account;
    this.actions = session.actions;
    this.standing = 'in';
  }

  async login(login: string, password: string) {
    this.take(await api.login(login, password));
  }

  async logout() {
    try {
      await api.logout();
    } finally {
      setCsrf('');
      this.account = null;
      this.actions = [];
      this.standing = 'out';
    }
  }
}

export const session = new SessionState();
