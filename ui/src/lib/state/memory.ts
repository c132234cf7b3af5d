/** Small things the window remembers between starts. A refused store is no fault: it then forgets. */
export function recall<T>(key: string, fallback: T): T {
  try {
    const text = localStorage.getItem(`drydock.${key}`);
    return text === null ? fallback : (JSON.parse(text) as T);
  } catch {
    return fallback;
  }
}

export function remember(key: string, value: unknown): void {
  try {
    localStorage.setItem(`drydock.${key}`, JSON.stringify(value));
  } catch {
    // Private windows may refuse; the value then lives as long as the page.
  }
}

/** Calls back when another page of the window, a pane or a tab, has remembered something else under a key. */
export function onRemembered(key: string, heard: (value: unknown) => void): void {
  if (typeof window === 'undefined') return;
  window.addEventListener('storage', (event) => {
    if (event.key === `drydock.${key}` && event.newValue !== null) heard(JSON.parse(event.newValue));
  });
}
