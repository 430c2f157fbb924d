// Light, dark, or what the system says. public/theme.js sets it before the first paint.
export type Theme = 'system' | 'light' | 'dark';
const STORED = 'dosewright.theme';

class ThemeState {
  chosen = $state<Theme>(read());
  #systemIsDark = $state(false);

  constructor() {
    const system = matchMedia('(prefers-color-scheme: dark)');
    this.#systemIsDark = system.matches;
    system.addEventListener('change', () => (this.#systemIsDark = system.matches));
  }

  choose(theme: Theme) {
    this.chosen = theme;
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    try {
      if (theme === 'system') localStorage.removeItem(STORED);
      else localStorage.setItem(STORED, theme);
    } catch {
      // storage forbidden: the choice lasts as long as the page
    }
  }

  get isDark(): boolean {
    return this.chosen === 'dark' || (this.chosen === 'system' && this.#systemIsDark);
  }

  flip() {
    this.choose(this.isDark ? 'light' : 'dark');
  }
}

function read(): Theme {
  try {
    const stored = localStorage.getItem(STORED);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    return 'system';
  }
}

export const theme = new ThemeState();
