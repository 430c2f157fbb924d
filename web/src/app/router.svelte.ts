// A small router on the browser's history: the address as state, and links that stay in the page.

class Router {
  path = $state(location.pathname);
  search = $state(location.search);

  get query(): URLSearchParams {
    return new URLSearchParams(this.search);
  }

  go(to: string, replace = false) {
    const url = new URL(to, location.origin);
    const moved = url.pathname !== this.path;
    history[replace ? 'replaceState' : 'pushState'](null, '', url);
    this.path = url.pathname;
    this.search = url.search;
    if (moved) scrollTo(0, 0);
  }

  /** Puts values into the query without a new entry in the history; empty ones leave it. */
  setQuery(values: Record<string, string>) {
    const query = this.query;
    for (const [name, value] of Object.entries(values)) value ? query.set(name, value) : query.delete(name);
    const text = query.toString();
    this.go(this.path + (text ? `?${text}` : ''), true);
  }

  /** Listens to the browser; gives the undoing. */
  start(): () => void {
    const back = () => {
      this.path = location.pathname;
      this.search = location.search;
    };
    const click = (event: MouseEvent) => {
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      const link = event.target instanceof Element ? event.target.closest('a') : null;
      if (!link || link.target || link.hasAttribute('download') || link.origin !== location.origin) return;
      if (link.pathname.startsWith('/api/') || (link.hash && link.pathname === location.pathname)) return;
      event.preventDefault();
      this.go(link.pathname + link.search);
    };
    addEventListener('popstate', back);
    document.addEventListener('click', click);
    return () => {
      removeEventListener('popstate', back);
      document.removeEventListener('click', click);
    };
  }
}

export const router = new Router();
