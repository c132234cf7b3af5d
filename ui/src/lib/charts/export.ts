/** Charts as files: the same drawing, on a canvas for PNG or as SVG text, on the theme's own ground. */
import { css, onCanvas, SvgPainter, type Painter } from './painter';

export type Picture = 'PNG' | 'SVG';
export interface Drawing {
  width: number;
  height: number;
  paint: (p: Painter) => void;
}

const MARGIN = 12;
const TITLE = 24;

/** A drawing as a file's content, with its title above. */
export async function picture(format: Picture, title: string, drawing: Drawing): Promise<Blob> {
  const w = Math.round(drawing.width) + 2 * MARGIN;
  const h = Math.round(drawing.height) + 2 * MARGIN + TITLE;
  const ground = css('--surface');
  const head = (p: Painter) =>
    p.text(title, MARGIN, MARGIN + 12, { colour: css('--text'), size: 13, weight: 600 });
  const shifted = (p: Painter) => drawing.paint(new Shifted(p, MARGIN, MARGIN + TITLE));
  if (format === 'SVG') {
    const svg = new SvgPainter(w, h);
    head(svg);
    shifted(svg);
    return new Blob([svg.finish(ground)], { type: 'image/svg+xml' });
  }
  const canvas = document.createElement('canvas');
  const p = onCanvas(canvas, w, h);
  p.rect(0, 0, w, h, ground);
  head(p);
  shifted(p);
  return new Promise((resolve, reject) =>
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('the canvas gave no picture'))),
      'image/png',
    ),
  );
}

/** Offers content to be saved under a name. */
export function save(name: string, blob: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Saves a drawing as NAME.png or NAME.svg; the name is made safe for a file. */
export async function exportDrawing(format: string, title: string, drawing: Drawing): Promise<void> {
  const kind: Picture = format.toUpperCase() === 'SVG' ? 'SVG' : 'PNG';
  const name =
    title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'chart';
  save(`${name}.${kind.toLowerCase()}`, await picture(kind, title, drawing));
}

/** A painter whose origin is moved. */
class Shifted implements Painter {
  constructor(
    private readonly p: Painter,
    private readonly dx: number,
    private readonly dy: number,
  ) {}
  rect: Painter['rect'] = (x, y, w, h, c, a) => this.p.rect(x + this.dx, y + this.dy, w, h, c, a);
  frame: Painter['frame'] = (x, y, w, h, s) => this.p.frame(x + this.dx, y + this.dy, w, h, s);
  path: Painter['path'] = (pts, s) =>
    this.p.path(
      pts.map((q) => q && ([q[0] + this.dx, q[1] + this.dy] as const)),
      s,
    );
  area: Painter['area'] = (pts, c, a) =>
    this.p.area(
      pts.map(([x, y]) => [x + this.dx, y + this.dy] as const),
      c,
      a,
    );
  text: Painter['text'] = (s, x, y, st) => this.p.text(s, x + this.dx, y + this.dy, st);
  image: Painter['image'] = (i, x, y, w, h) => this.p.image(i, x + this.dx, y + this.dy, w, h);
  hatch: Painter['hatch'] = (x, y, w, h) => this.p.hatch(x + this.dx, y + this.dy, w, h);
  measure: Painter['measure'] = (s, z, m) => this.p.measure(s, z, m);
}
