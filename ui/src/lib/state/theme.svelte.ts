/** Dark, light, or what the system asks for; remembered. Charts redraw when `name` changes. */
import { onRemembered, recall, remember } from './memory';

export type ThemeChoice = 'system' | 'dark' | 'light';

class Theme {
  choice = $state<ThemeChoice>(recall<ThemeChoice>('theme', 'system'));
  #systemLight = $state(false);
  readonly name = $derived<'dark' | 'light'>(
    this.choice === 'system' ? (this.#systemLight ? 'light' : 'dark') : this.choice,
  );

  constructor() {
    if (typeof window === 'undefined' || !window.matchMedia) return;
    const query = window.matchMedia('(prefers-color-scheme: light)');
    this.#systemLight = query.matches;
    onRemembered('theme', (choice) => {
      this.choice = choice as ThemeChoice;
      this.#apply();
    });
    query.addEventListener('change', (e) => {
      this.#systemLight = e.matches;
      this.#apply();
    });
    this.#apply();
  }

  set(choice: ThemeChoice): void {
    this.choice = choice;
    remember('theme', choice);
    this.#apply();
  }

  #apply(): void {
    document.documentElement.dataset['theme'] = this.name;
  }
}

export const theme = new Theme();
