/** One way to draw, two places to draw to: a canvas on screen, or SVG text for export. */

/** Value of a CSS custom property in the current theme. */
export function css(token: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(token).trim();
}

export interface TextStyle {
  colour: string;
  align?: 'left' | 'center' | 'right';
  size?: number;
  mono?: boolean;
  weight?: number;
}
export interface LineStyle {
  colour: string;
  width?: number;
  dash?: number[];
}

export interface Painter {
  rect(x: number, y: number, w: number, h: number, colour: string, alpha?: number): void;
  frame(x: number, y: number, w: number, h: number, style: LineStyle): void;
  /** A line through points; a null breaks it. */
  path(points: readonly (readonly [number, number] | null)[], style: LineStyle): void;
  area(points: readonly (readonly [number, number])[], colour: string, alpha: number): void;
  text(s: string, x: number, y: number, style: TextStyle): void;
  image(source: HTMLCanvasElement, x: number, y: number, w: number, h: number): void;
  /** Diagonal hatching: the sign for missing data. */
  hatch(x: number, y: number, w: number, h: number): void;
  measure(s: string, size?: number, mono?: boolean): number;
}

const HATCH = 6;

/** Fits a canvas to a size in CSS pixels at the screen's density and hands out a painter on it. */
export function onCanvas(canvas: HTMLCanvasElement, w: number, h: number): CanvasPainter {
  const density = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(w * density));
  canvas.height = Math.max(1, Math.round(h * density));
  const c = canvas.getContext('2d');
  if (!c) throw new Error('this browser offers no 2d canvas');
  c.setTransform(density, 0, 0, density, 0, 0);
  c.clearRect(0, 0, w, h);
  return new CanvasPainter(c);
}

export class CanvasPainter implements Painter {
  #text = css('--font-text');
  #mono = css('--font-mono');
  constructor(readonly c: CanvasRenderingContext2D) {}

  #font(size = 11, mono = false, weight = 400): void {
    this.c.font = `${weight} ${size}px ${mono ? this.#mono : this.#text}`;
  }
  rect(x: number, y: number, w: number, h: number, colour: string, alpha = 1): void {
    this.c.globalAlpha = alpha;
    this.c.fillStyle = colour;
    this.c.fillRect(x, y, w, h);
    this.c.globalAlpha = 1;
  }
  #stroke(style: LineStyle): void {
    this.c.strokeStyle = style.colour;
    this.c.lineWidth = style.width ?? 1;
    this.c.setLineDash(style.dash ?? []);
    this.c.stroke();
    this.c.setLineDash([]);
  }
  frame(x: number, y: number, w: number, h: number, style: LineStyle): void {
    this.c.beginPath();
    this.c.rect(x, y, w, h);
    this.#stroke(style);
  }
  path(points: readonly (readonly [number, number] | null)[], style: LineStyle): void {
    this.c.beginPath();
    let pen = false;
    for (const p of points) {
      if (!p) pen = false;
      else if (pen) this.c.lineTo(p[0], p[1]);
      else {
        this.c.moveTo(p[0], p[1]);
        pen = true;
      }
    }
    this.c.lineJoin = 'round';
    this.#stroke(style);
  }
  area(points: readonly (readonly [number, number])[], colour: string, alpha: number): void {
    this.c.beginPath();
    points.forEach(([x, y], i) => (i ? this.c.lineTo(x, y) : this.c.moveTo(x, y)));
    this.c.closePath();
    this.c.globalAlpha = alpha;
    this.c.fillStyle = colour;
    this.c.fill();
    this.c.globalAlpha = 1;
  }
  text(s: string, x: number, y: number, style: TextStyle): void {
    this.#font(style.size, style.mono, style.weight);
    this.c.fillStyle = style.colour;
    this.c.textAlign = style.align ?? 'left';
    this.c.textBaseline = 'alphabetic';
    this.c.fillText(s, x, y);
  }
  image(source: HTMLCanvasElement, x: number, y: number, w: number, h: number): void {
    this.c.imageSmoothingEnabled = false;
    this.c.drawImage(source, x, y, w, h);
  }
  hatch(x: number, y: number, w: number, h: number): void {
    this.rect(x, y, w, h, css('--hatch'));
    this.c.save();
    this.c.beginPath();
    this.c.rect(x, y, w, h);
    this.c.clip();
    this.c.beginPath();
    for (let d = -h; d < w; d += HATCH) {
      this.c.moveTo(x + d, y + h);
      this.c.lineTo(x + d + h, y);
    }
    this.c.strokeStyle = css('--border-strong');
    this.c.lineWidth = 1;
    this.c.stroke();
    this.c.restore();
  }
  measure(s: string, size = 11, mono = false): number {
    this.#font(size, mono);
    return this.c.measureText(s).width;
  }
}

const escape = (s: string) =>
  s.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!);
const r = (n: number) => String(Math.round(n * 100) / 100);

export class SvgPainter implements Painter {
  #out: string[] = [];
  #text = css('--font-text');
  #mono = css('--font-mono');
  constructor(
    private readonly w: number,
    private readonly h: number,
  ) {}

  rect(x: number, y: number, w: number, h: number, colour: string, alpha = 1): void {
    this.#out.push(
      `<rect x="${r(x)}" y="${r(y)}" width="${r(w)}" height="${r(h)}" fill="${escape(colour)}"${alpha < 1 ? ` fill-opacity="${alpha}"` : ''}/>`,
    );
  }
  #line(style: LineStyle): string {
    return `fill="none" stroke="${escape(style.colour)}" stroke-width="${style.width ?? 1}"${style.dash ? ` stroke-dasharray="${style.dash.join(' ')}"` : ''} stroke-linejoin="round"`;
  }
  frame(x: number, y: number, w: number, h: number, style: LineStyle): void {
    this.#out.push(`<rect x="${r(x)}" y="${r(y)}" width="${r(w)}" height="${r(h)}" ${this.#line(style)}/>`);
  }
  path(points: readonly (readonly [number, number] | null)[], style: LineStyle): void {
    let d = '';
    let pen = false;
    for (const p of points) {
      if (p) d += `${pen ? 'L' : 'M'}${r(p[0])} ${r(p[1])}`;
      pen = p !== null;
    }
    if (d) this.#out.push(`<path d="${d}" ${this.#line(style)}/>`);
  }
  area(points: readonly (readonly [number, number])[], colour: string, alpha: number): void {
    this.#out.push(
      `<polygon points="${points.map((p) => `${r(p[0])},${r(p[1])}`).join(' ')}" fill="${escape(colour)}" fill-opacity="${alpha}"/>`,
    );
  }
  text(s: string, x: number, y: number, style: TextStyle): void {
    const anchor = { left: 'start', center: 'middle', right: 'end' }[style.align ?? 'left'];
    this.#out.push(
      `<text x="${r(x)}" y="${r(y)}" font-family="${escape(style.mono ? this.#mono : this.#text)}" font-size="${style.size ?? 11}" font-weight="${style.weight ?? 400}" text-anchor="${anchor}" fill="${escape(style.colour)}">${escape(s)}</text>`,
    );
  }
  image(source: HTMLCanvasElement, x: number, y: number, w: number, h: number): void {
    this.#out.push(
      `<image x="${r(x)}" y="${r(y)}" width="${r(w)}" height="${r(h)}" preserveAspectRatio="none" style="image-rendering:pixelated" href="${source.toDataURL('image/png')}"/>`,
    );
  }
  hatch(x: number, y: number, w: number, h: number): void {
    this.rect(x, y, w, h, 'url(#missing)');
  }
  measure(s: string, size = 11, mono = false): number {
    return s.length * size * (mono ? 0.6 : 0.54);
  }
  finish(background: string): string {
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" width="${this.w}" height="${this.h}" viewBox="0 0 ${this.w} ${this.h}">`,
      `<defs><pattern id="missing" width="${HATCH}" height="${HATCH}" patternUnits="userSpaceOnUse"><rect width="${HATCH}" height="${HATCH}" fill="${css('--hatch')}"/><path d="M0 ${HATCH}L${HATCH} 0" stroke="${css('--border-strong')}"/></pattern></defs>`,
      `<rect width="100%" height="100%" fill="${escape(background)}"/>`,
      ...this.#out,
      '</svg>',
    ].join('\n');
  }
}
