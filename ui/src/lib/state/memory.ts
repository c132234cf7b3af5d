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
