/**
 * Where nodes and pods lie on the board, in pixels of the whole board: groups side by side, cards in rows, pods as
 * blocks whose area is their share of what the node can give. Nothing is drawn here. Pure.
 */
import { askedOf, partOf, wholeOf, type Group, type NodeBox, type Size } from './model';

export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}
export interface Placed {
  group: Group;
  /** Box of the cards, below the name of the group. */
  box: Box;
  columns: number;
  /** Index of its first node among all nodes. */
  first: number;
}
export interface BoardLayout {
  groups: readonly Placed[];
  /** All nodes in reading order. */
  nodes: readonly NodeBox[];
  /** Height of the whole board, and size of a card. */
  height: number;
  card: { w: number; h: number };
  /** Cards are large enough for a name. */
  named: boolean;
}

/** Card at zoom 1, px. */
const CARD = 118;
const ASPECT = 0.54;
/** Height of a card that grows into free room, as a share of its width. */
const TALLEST = 0.8;
/** Narrowest group before groups go below each other. */
const GROUP = 216;
const GAP = 6;
const GROUP_GAP = 16;
/** The name of a group above its cards, and the room below them. */
export const TITLE = 22;
const BELOW = 12;
/** From this width on a card carries its node's name. */
const NAMED = 64;
export const HEAD = 15;
/** The bar of the other resource at the foot of a card. */
export const BAR = 3;
export const ZOOM = { least: 0.2, most: 3, step: 1.25 } as const;

const gapOf = (w: number) => (w < 40 ? 2 : w < NAMED ? 3 : GAP);

/** Lays all groups out in a width at a zoom; cards grow in height where `room` has some left. */
export function layOut(groups: readonly Group[], width: number, zoom: number, room = 0): BoardLayout {
  const want = CARD * zoom;
  const gap = gapOf(want);
  const fullest = Math.max(1, ...groups.map((g) => g.nodes.length));
  const narrowest = Math.min(Math.max(GROUP, want), fullest * (want + gap));
  const across = Math.max(
    1,
    Math.min(groups.length, Math.floor((width + GROUP_GAP) / (Math.max(140, narrowest) + GROUP_GAP))),
  );
  const wide = Math.max(1, (width - (across - 1) * GROUP_GAP) / across);
  const columns = Math.max(1, Math.min(fullest, Math.floor((wide + gap) / (want + gap))));
  // Few nodes fill the width of their group, many keep the size asked for; all cards are of one size.
  const w = Math.min((wide - (columns - 1) * gap) / columns, want * 1.6);
  const least = Math.max(6, Math.min(w, want * 1.15) * ASPECT);
  const h = Math.max(least, Math.min(w * TALLEST, grown(groups, across, columns, gap, room)));
  const placed: Placed[] = [];
  let y = 0;
  let first = 0;
  for (let i = 0; i < groups.length; i += across) {
    const row = groups.slice(i, i + across);
    let tallest = 0;
    row.forEach((group, k) => {
      const rows = Math.ceil(group.nodes.length / columns);
      const high = Math.max(0, rows * (h + gap) - gap);
      placed.push({
        group,
        columns,
        first,
        box: { x: k * (wide + GROUP_GAP), y: y + TITLE, w: wide, h: high },
      });
      first += group.nodes.length;
      tallest = Math.max(tallest, high);
    });
    y += TITLE + tallest + BELOW;
  }
  return {
    groups: placed,
    nodes: groups.flatMap((g) => g.nodes),
    height: Math.max(0, y - BELOW),
    card: { w, h },
    named: w >= NAMED,
  };
}

/** Height of cards that fill a room from top to bottom. */
function grown(groups: readonly Group[], across: number, columns: number, gap: number, room: number) {
  let rows = 0;
  let rest = room + BELOW;
  for (let i = 0; i < groups.length; i += across) {
    const most = Math.max(0, ...groups.slice(i, i + across).map((g) => Math.ceil(g.nodes.length / columns)));
    rows += most;
    rest -= TITLE + BELOW + Math.max(0, most - 1) * gap;
  }
  return rows ? rest / rows : 0;
}

/** The largest zoom at which the whole board is seen at once, but never so small that a card is only a dot. */
export function fitting(groups: readonly Group[], width: number, height: number, least = 0.5): number {
  let zoom: number = ZOOM.most;
  while (zoom > least && layOut(groups, width, zoom).height > height) zoom /= 1.08;
  return Math.max(least, zoom);
}

export const placedOf = (l: BoardLayout, node: number): Placed =>
  l.groups.findLast((g) => g.first <= node && g.group.nodes.length > 0) ?? l.groups[0]!;

/** The card of a node. */
export function cardOf(l: BoardLayout, node: number): Box {
  const g = placedOf(l, node);
  const i = node - g.first;
  const gap = gapOf(l.card.w);
  return {
    x: g.box.x + (i % g.columns) * (l.card.w + gap),
    y: g.box.y + Math.floor(i / g.columns) * (l.card.h + gap),
    ...l.card,
  };
}

/** The room for pods within a card. */
export function bodyOf(l: BoardLayout, card: Box): Box {
  const pad = l.named ? 4 : card.w >= 24 ? 2 : 1;
  const head = l.named ? HEAD + 2 : 0;
  const foot = card.h >= 24 ? BAR + 2 : 0;
  return {
    x: card.x + pad,
    y: card.y + pad + head,
    w: Math.max(1, card.w - 2 * pad),
    h: Math.max(1, card.h - 2 * pad - head - foot),
  };
}

/** The node under a point, or -1. */
export function nodeAt(l: BoardLayout, x: number, y: number): number {
  const gap = gapOf(l.card.w);
  for (const g of l.groups) {
    if (x < g.box.x || y < g.box.y || x >= g.box.x + g.box.w || y >= g.box.y + g.box.h) continue;
    const col = Math.floor((x - g.box.x) / (l.card.w + gap));
    const row = Math.floor((y - g.box.y) / (l.card.h + gap));
    const i = row * g.columns + col;
    if (col >= g.columns || i >= g.group.nodes.length) return -1;
    const c = cardOf(l, g.first + i);
    return x < c.x + c.w && y < c.y + c.h ? g.first + i : -1;
  }
  return -1;
}

/** Nodes whose cards meet a strip of the board, as ranges of indices. */
export function* within(l: BoardLayout, from: number, to: number): Generator<[number, number]> {
  const step = l.card.h + gapOf(l.card.w);
  for (const g of l.groups) {
    const above = Math.max(0, Math.floor((from - g.box.y) / step));
    const below = Math.ceil((to - g.box.y) / step);
    const a = above * g.columns;
    const b = Math.min(g.group.nodes.length, below * g.columns);
    if (a < b) yield [g.first + a, g.first + b];
  }
}

/** A pod that asks for nothing still shows: it counts as this share of its node. */
const NOTHING = 0.004;

/**
 * Pods of a node as boxes in a body of w x h, four numbers a pod: a strip treemap (Bederson, Shneiderman, Wattenberg
 * 2002) that fills the body from the top as far as the node is full. Areas are exact shares of what the node can give,
 * or of what is asked for where that is more.
 */
export function blocks(node: NodeBox, size: Size, w: number, h: number): Float32Array {
  const { pods } = node;
  const out = new Float32Array(pods.length * 4);
  const whole = wholeOf(node, size);
  const least = Math.max(whole, askedOf(node, size), 1) * NOTHING;
  const parts = pods.map((p) => Math.max(partOf(p, size), least));
  const asked = parts.reduce((s, v) => s + v, 0);
  if (asked <= 0) return out;
  const scale = (w * h) / Math.max(whole, asked);
  let y = 0;
  let at = 0;
  while (at < parts.length) {
    let end = at + 1;
    let sum = parts[at]! * scale;
    let worst = aspect(parts, at, end, sum, w, scale);
    while (end < parts.length) {
      const more = sum + parts[end]! * scale;
      const next = aspect(parts, at, end + 1, more, w, scale);
      if (next > worst) break;
      worst = next;
      sum = more;
      end += 1;
    }
    const high = sum / w;
    let x = 0;
    for (let i = at; i < end; i += 1) {
      const wide = (parts[i]! * scale) / high;
      out.set([x, y, wide, high], i * 4);
      x += wide;
    }
    y += high;
    at = end;
  }
  return out;
}

/** Mean aspect ratio of a strip of pods. */
function aspect(parts: readonly number[], from: number, to: number, sum: number, w: number, scale: number) {
  const high = sum / w;
  let total = 0;
  for (let i = from; i < to; i += 1) {
    const wide = (parts[i]! * scale) / high;
    total += Math.max(wide / high, high / wide);
  }
  return total / (to - from);
}

/** The pod of a node under a point of its body, or -1. */
export function podAt(boxes: Float32Array, x: number, y: number): number {
  for (let i = 0; i * 4 < boxes.length; i += 1) {
    const [bx, by, bw, bh] = boxes.subarray(i * 4, i * 4 + 4) as unknown as [number, number, number, number];
    if (x >= bx && y >= by && x < bx + bw && y < by + bh) return i;
  }
  return -1;
}
