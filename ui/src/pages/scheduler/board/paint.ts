/** Draws the board: on the screen only what is looked at, in a file all of it. */
import { css, type Painter } from '$lib/charts/painter';
import { share } from '$lib/domain/figures';
import { percent, plural } from '$lib/format';
import {
  bodyOf,
  blocks,
  cardOf,
  HEAD,
  BAR,
  nodeAt,
  podAt,
  within,
  TITLE,
  type BoardLayout,
  type Box,
} from './layout';
import { askedOf, loadOf, wholeOf, type NodeBox, type Size } from './model';

export interface Look {
  size: Size;
  /** Colour token of a service. */
  token: (service: string) => string;
  /** Services whose pods fade. */
  faded: ReadonlySet<string>;
}

/** How much of its colour a faded block keeps. */
const FADED = 0.2;
/** From this size of a block on there is a line between it and the next, px. */
const SPLIT = 3;

/** Boxes of the pods of each node, computed when first looked at; make a new one when layout or size change. */
export class Boxes {
  readonly #of: Float32Array[] = [];
  constructor(
    readonly layout: BoardLayout,
    readonly size: Size,
  ) {}
  of(node: number): Float32Array {
    const known = this.#of[node];
    if (known) return known;
    const body = bodyOf(this.layout, cardOf(this.layout, node));
    return (this.#of[node] = blocks(this.layout.nodes[node]!, this.size, body.w, body.h));
  }
  /** What lies under a point of the board: a node and perhaps a pod of it, as indices; null for neither. */
  at(x: number, y: number): { node: number; pod: number } | null {
    const node = nodeAt(this.layout, x, y);
    if (node < 0) return null;
    const body = bodyOf(this.layout, cardOf(this.layout, node));
    return { node, pod: podAt(this.of(node), x - body.x, y - body.y) };
  }
  /** Box of a node, or of a pod of it. */
  box(node: number, pod: number): Box {
    const card = cardOf(this.layout, node);
    if (pod < 0) return card;
    const body = bodyOf(this.layout, card);
    const b = this.of(node);
    return { x: body.x + b[pod * 4]!, y: body.y + b[pod * 4 + 1]!, w: b[pod * 4 + 2]!, h: b[pod * 4 + 3]! };
  }
}

/** Draws the strip of the board from `from` to `to`; answers how many pods that were. */
export function paintBoard(p: Painter, boxes: Boxes, look: Look, from: number, to: number): number {
  const l = boxes.layout;
  const ink = {
    text: css('--text'),
    muted: css('--muted'),
    faint: css('--faint'),
    crit: css('--crit'),
    border: css('--border'),
    strong: css('--border-strong'),
    surface: css('--surface'),
    accent: css('--accent'),
  };
  const colours = new Map<string, string>();
  const colour = (service: string) => {
    let c = colours.get(service);
    if (c === undefined) colours.set(service, (c = css(look.token(service))));
    return c;
  };
  for (const g of l.groups) {
    if (g.box.y - TITLE > to || g.box.y + g.box.h < from) continue;
    const name = g.group.name || 'none';
    p.text(name, g.box.x, g.box.y - 8, { colour: ink.text, size: 12, weight: 500 });
    const after = p.measure(name, 12) + 12;
    const load = `${percent(loadOf(g.group.nodes, look.size))} ${look.size === 'cpu' ? 'CPU' : 'memory'}`;
    // As much as the width of the group has room for.
    const about = [`${plural(g.group.nodes.length, 'node')} · ${load}`, load].find(
      (s) => after + p.measure(s, 11, true) <= g.box.w,
    );
    if (about) p.text(about, g.box.x + after, g.box.y - 8, { colour: ink.muted, size: 11, mono: true });
  }
  let drawn = 0;
  for (const [a, b] of within(l, from, to))
    for (let i = a; i < b; i += 1) {
      const node = l.nodes[i]!;
      const card = cardOf(l, i);
      const down = node.state !== null && node.state !== 'cordoned';
      if (down) p.hatch(card.x, card.y, card.w, card.h);
      else p.rect(card.x, card.y, card.w, card.h, ink.surface);
      p.frame(card.x + 0.5, card.y + 0.5, card.w - 1, card.h - 1, {
        colour: node.fresh ? ink.accent : node.state ? ink.strong : ink.border,
        width: 1,
        ...(node.state ? { dash: [3, 2] } : {}),
      });
      if (l.named) head(p, node, card, look.size, ink);
      drawn += pods(p, node, boxes.of(i), bodyOf(l, card), look, colour, ink.text);
      if (card.h >= 24 && !down) {
        const other: Size = look.size === 'cpu' ? 'memory' : 'cpu';
        const full = Math.min(1, share(askedOf(node, other), wholeOf(node, other)) ?? 0);
        const y = card.y + card.h - BAR - 2;
        const pad = l.named ? 4 : 2;
        p.rect(card.x + pad, y, card.w - 2 * pad, BAR, ink.border);
        p.rect(card.x + pad, y, (card.w - 2 * pad) * full, BAR, ink.faint);
      }
    }
  return drawn;
}

function pods(
  p: Painter,
  node: NodeBox,
  b: Float32Array,
  body: Box,
  look: Look,
  colour: (service: string) => string,
  ring: string,
): number {
  for (let i = 0; i < node.pods.length; i += 1) {
    const pod = node.pods[i]!;
    const w = b[i * 4 + 2]!;
    const h = b[i * 4 + 3]!;
    const x = body.x + b[i * 4]!;
    const y = body.y + b[i * 4 + 1]!;
    const alpha = look.faded.has(pod.service) ? FADED : 1;
    const gap = (side: number) => (side > 8 ? 1.5 : side > SPLIT ? 1 : 0);
    p.rect(x, y, Math.max(0.5, w - gap(w)), Math.max(0.5, h - gap(h)), colour(pod.service), alpha);
    if (pod.fresh && w > 4 && h > 4)
      p.frame(x + 1, y + 1, w - gap(w) - 2, h - gap(h) - 2, { colour: ring, width: 1.5 });
  }
  return node.pods.length;
}

function head(
  p: Painter,
  node: NodeBox,
  card: Box,
  size: Size,
  ink: { text: string; faint: string; crit: string; muted: string },
): void {
  const right = node.state ?? percent(share(askedOf(node, size), wholeOf(node, size)));
  const y = card.y + HEAD - 2;
  const bad = node.state !== null && node.state !== 'gone';
  p.text(right, card.x + card.w - 4, y, { colour: bad ? ink.crit : ink.faint, align: 'right', size: 10 });
  const room = card.w - 12 - p.measure(right, 10);
  p.text(cut(p, node.name, room), card.x + 4, y, { colour: ink.text, size: 10, mono: true });
}

/** The end of a node's name tells it from others: the start is what goes. */
function cut(p: Painter, s: string, room: number): string {
  if (p.measure(s, 10, true) <= room) return s;
  const keep = Math.floor(room / Math.max(1, p.measure('0', 10, true))) - 1;
  return keep < 1 ? '' : `…${s.slice(s.length - keep)}`;
}
