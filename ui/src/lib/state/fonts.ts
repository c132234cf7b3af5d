/**
 * When the bundled fonts are there. Text on a canvas is drawn once: a page waits for them, so that no chart keeps a
 * stand-in; the frame around it does not wait.
 */
const FAMILIES = ['"Inter Variable"', '"JetBrains Mono Variable"'];

export const fontsReady: Promise<unknown> =
  typeof document === 'undefined' || !('fonts' in document)
    ? Promise.resolve()
    : Promise.allSettled(FAMILIES.map((name) => document.fonts.load(`12px ${name}`)));
