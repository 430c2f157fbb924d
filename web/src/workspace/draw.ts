// Drawing one pane: image and wash on the lower canvas, everything else on the upper one.

import { shadow, project, type Shadow } from './pure/capsule';
import { dot, scaleBar, toScreen, type Camera, type Frame, type Grid, type Size } from './pure/geometry';
import { isolines } from './pure/isolines';
import type { Needle, Outlines, Seed, SeedModel, Vec3 } from './pure/types';

export interface Surface {
  ctx: CanvasRenderingContext2D;
  size: Size;
  ratio: number;
  /** Height of small text, CSS pixels. */
  text: number;
}

/** Matches a canvas to its box in device pixels. */
export function fitCanvas(canvas: HTMLCanvasElement, size: Size, ratio: number): void {
  const width = Math.max(1, Math.round(size.width * ratio));
  const height = Math.max(1, Math.round(size.height * ratio));
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

export function clear({ ctx, size, ratio }: Surface): void {
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, size.width, size.height);
}

/** From here on one unit of the canvas is one millimetre of the plane. */
export function toMillimetres({ ctx, size, ratio }: Surface, c: Camera): void {
  const k = ratio * c.scale;
  ctx.setTransform(k, 0, 0, k, ratio * (size.width / 2 - c.a * c.scale), ratio * (size.height / 2 - c.b * c.scale));
}

/** A sampled slice as a bitmap of its own, to be drawn at any scale. */
export class Bitmap {
  readonly canvas = document.createElement('canvas');
  #ctx = this.canvas.getContext('2d', { willReadFrequently: false });
  #data: ImageData | null = null;

  update(cols: number, rows: number, fill: (words: Uint32Array) => void): void {
    if (!this.#data || this.#data.width !== cols || this.#data.height !== rows) {
      this.canvas.width = cols;
      this.canvas.height = rows;
      this.#data = new ImageData(cols, rows);
    }
    fill(new Uint32Array(this.#data.data.buffer));
    this.#ctx?.putImageData(this.#data, 0, 0);
  }
}

export function drawBitmap(s: Surface, c: Camera, f: Frame, bitmap: Bitmap, g: Grid<Int16Array | Float32Array>): void {
  toMillimetres(s, c);
  s.ctx.imageSmoothingEnabled = true;
  s.ctx.imageSmoothingQuality = 'medium';
  const a = dot(g.origin, f.u) - g.du / 2;
  const b = dot(g.origin, f.v) - g.dv / 2;
  s.ctx.drawImage(bitmap.canvas, a, b, g.cols * g.du, g.rows * g.dv);
}

/** The isodose line of one level, in plane millimetres. */
export function isodosePath(g: Grid<Float32Array>, f: Frame, dose: number): Path2D {
  const path = new Path2D();
  const a = dot(g.origin, f.u);
  const b = dot(g.origin, f.v);
  for (const { points, closed } of isolines(g.values, g.cols, g.rows, dose)) {
    for (let i = 0; i < points.length; i += 2) {
      const x = a + (points[i] as number) * g.du;
      const y = b + (points[i + 1] as number) * g.dv;
      if (i === 0) path.moveTo(x, y);
      else path.lineTo(x, y);
    }
    if (closed) path.closePath();
  }
  return path;
}

/** Outlines come in mm from the first pixel of the slice they belong to. */
export function outlinePaths(outlines: Outlines, origin: Vec3, f: Frame): Map<number, Path2D> {
  const paths = new Map<number, Path2D>();
  const a = dot(origin, f.u);
  const b = dot(origin, f.v);
  for (const s of outlines.structures) {
    const path = new Path2D();
    for (const line of s.lines) {
      line.forEach(([u, v], i) => (i === 0 ? path.moveTo(a + u, b + v) : path.lineTo(a + u, b + v)));
      path.closePath();
    }
    paths.set(s.number, path);
  }
  return paths;
}

/** Structures are dashed, isodoses are not, here as in the report: whatever their colours, one is not taken for the other. In pixels. */
export const DASHES = [5, 3.5];
/** Height of small text on a usual screen. */
const USUAL_TEXT = 11.2;

export function strokePath(s: Surface, c: Camera, path: Path2D, colour: string, px: number, dashes: readonly number[] = []): void {
  s.ctx.lineJoin = 'round';
  // lines grow with the text on large screens
  const k = s.text / USUAL_TEXT;
  s.ctx.setLineDash(dashes.map((d) => (k * d) / c.scale));
  // A dark rim keeps every colour readable on bone and on air.
  s.ctx.strokeStyle = 'rgb(0 0 0 / 0.55)';
  s.ctx.lineWidth = (k * px + 1.5) / c.scale;
  s.ctx.stroke(path);
  s.ctx.strokeStyle = colour;
  s.ctx.lineWidth = (k * px) / c.scale;
  s.ctx.stroke(path);
  s.ctx.setLineDash([]);
}

export const COLOURS = {
  seed: '#35e0ff',
  doubtful: '#ffb020',
  selected: '#ffffff',
  planned: '#c9a6ff',
  needle: '#9fb6cf',
  crosshair: 'rgb(120 200 255 / 0.55)',
};

export interface Placed {
  seed: Seed;
  shadow: Shadow;
}

/** The seeds that the slice at `depth` shows. */
export function placed(seeds: readonly Seed[], f: Frame, depth: number, model: SeedModel): Placed[] {
  const list: Placed[] = [];
  for (const seed of seeds) {
    const s = shadow(f, depth, seed, model);
    if (s) list.push({ seed, shadow: s });
  }
  return list;
}

/** The width of a seed on the screen: to scale, but never too thin to see. */
const seedWidth = (c: Camera, model: SeedModel): number => Math.max(model.diameter_mm * c.scale, 3);

function segment(ctx: CanvasRenderingContext2D, [[x0, y0], [x1, y1]]: readonly [readonly [number, number], readonly [number, number]]): void {
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  // A segment without length is drawn as a dot by its round caps only when it is not quite without length.
  ctx.lineTo(x0 === x1 && y0 === y1 ? x1 + 1e-3 : x1, y1);
  ctx.stroke();
}

export function drawSeed(s: Surface, c: Camera, { seed, shadow: sh }: Placed, model: SeedModel, look: { colour: string; selected: boolean; number: boolean }): void {
  const { ctx } = s;
  const px = seedWidth(c, model);
  const draw = (part: NonNullable<Shadow['solid']>, alpha: number) => {
    ctx.globalAlpha = alpha;
    ctx.strokeStyle = look.selected ? '#ff3d7f' : '#00131a';
    ctx.lineWidth = (px + (look.selected ? 5 : 2)) / c.scale;
    segment(ctx, part);
    ctx.strokeStyle = look.colour;
    ctx.lineWidth = px / c.scale;
    segment(ctx, part);
  };
  ctx.lineCap = 'round';
  for (const part of sh.faded) draw(part, 0.35);
  if (sh.solid) draw(sh.solid, 1);
  ctx.globalAlpha = sh.solid ? 1 : 0.4;
  if (!seed.axis) {
    // Direction unknown: a ring shows how far the seed may reach.
    ctx.setLineDash([3 / c.scale, 3 / c.scale]);
    ctx.lineWidth = 1 / c.scale;
    ctx.strokeStyle = look.colour;
    ctx.beginPath();
    ctx.arc(sh.centre[0], sh.centre[1], model.length_mm / 2, 0, 2 * Math.PI);
    ctx.stroke();
    ctx.setLineDash([]);
  }
  ctx.globalAlpha = 1;
  if (look.number || look.selected) label(s, c, sh.centre, String(seed.number), look.colour);
  ctx.lineCap = 'butt';
}

function label(s: Surface, c: Camera, [a, b]: readonly [number, number], text: string, colour: string): void {
  const { ctx, size, ratio } = s;
  const [x, y] = toScreen(c, size, a, b);
  ctx.save();
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.font = `600 ${s.text}px system-ui, sans-serif`;
  ctx.lineWidth = 3;
  ctx.strokeStyle = 'rgb(0 0 0 / 0.75)';
  ctx.strokeText(text, x + 9, y - 7);
  ctx.fillStyle = colour;
  ctx.fillText(text, x + 9, y - 7);
  ctx.restore();
}

/** The two handles by which the selected seed is turned. */
export function drawHandles(s: Surface, c: Camera, at: readonly (readonly [number, number])[]): void {
  for (const [a, b] of at) {
    s.ctx.beginPath();
    s.ctx.arc(a, b, 5 / c.scale, 0, 2 * Math.PI);
    s.ctx.fillStyle = '#ffffff';
    s.ctx.fill();
    s.ctx.lineWidth = 2 / c.scale;
    s.ctx.strokeStyle = '#ff3d7f';
    s.ctx.stroke();
  }
}

export function drawPlanned(s: Surface, c: Camera, f: Frame, depth: number, list: readonly Seed[], model: SeedModel): void {
  const px = seedWidth(c, model) + 3;
  for (const seed of list) {
    const sh = shadow(f, depth, seed, model);
    const part = sh?.solid;
    if (!part) continue;
    const [[x0, y0], [x1, y1]] = part;
    const r = px / 2 / c.scale;
    const w = Math.atan2(y1 - y0, x1 - x0);
    s.ctx.beginPath();
    s.ctx.arc(x0, y0, r, w + Math.PI / 2, w + 1.5 * Math.PI);
    s.ctx.arc(x1, y1, r, w - Math.PI / 2, w + Math.PI / 2);
    s.ctx.closePath();
    s.ctx.lineWidth = 1.5 / c.scale;
    s.ctx.strokeStyle = COLOURS.planned;
    s.ctx.stroke();
  }
}

export function drawNeedles(s: Surface, c: Camera, f: Frame, depth: number, list: readonly Needle[]): void {
  for (const n of list) {
    // A needle is seen over its whole length, faint where it is off the slice.
    const sh = project(f, depth, n.from_mm, n.to_mm, f.spacing, 1e6);
    if (!sh) continue;
    s.ctx.strokeStyle = COLOURS.needle;
    s.ctx.lineWidth = 1 / c.scale;
    s.ctx.globalAlpha = 0.22;
    for (const part of sh.faded) segment(s.ctx, part);
    s.ctx.globalAlpha = 0.95;
    s.ctx.lineWidth = 1.5 / c.scale;
    if (sh.solid) segment(s.ctx, sh.solid);
    s.ctx.globalAlpha = 1;
  }
}

export function drawCrosshair(s: Surface, c: Camera, f: Frame, point: Vec3): void {
  const [x, y] = toScreen(c, s.size, dot(point, f.u), dot(point, f.v));
  const { ctx, ratio, size } = s;
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.strokeStyle = COLOURS.crosshair;
  ctx.lineWidth = 1;
  const gap = 14;
  ctx.beginPath();
  for (const [x0, y0, x1, y1] of [[0, y, x - gap, y], [x + gap, y, size.width, y], [x, 0, x, y - gap], [x, y + gap, x, size.height]] as const) {
    ctx.moveTo(Math.round(x0) + 0.5, Math.round(y0) + 0.5);
    ctx.lineTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  }
  ctx.stroke();
}

export function drawScaleBar(s: Surface, c: Camera): void {
  const { ctx, ratio, size } = s;
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  const { mm, px } = scaleBar(c.scale, Math.min(160, size.width * 0.3));
  const x = size.width - 12 - px;
  const y = size.height - 12;
  for (const [width, colour] of [[4, 'rgb(0 0 0 / 0.6)'], [1.5, '#f2f5f7']] as const) {
    ctx.lineWidth = width;
    ctx.strokeStyle = colour;
    ctx.beginPath();
    ctx.moveTo(x, y - 5);
    ctx.lineTo(x, y);
    ctx.lineTo(x + px, y);
    ctx.lineTo(x + px, y - 5);
    ctx.stroke();
  }
  ctx.font = `${s.text}px system-ui, sans-serif`;
  ctx.textAlign = 'center';
  ctx.lineWidth = 3;
  ctx.strokeStyle = 'rgb(0 0 0 / 0.7)';
  const text = mm >= 10 ? `${mm / 10} cm` : `${mm} mm`;
  ctx.strokeText(text, x + px / 2, y - 8);
  ctx.fillStyle = '#f2f5f7';
  ctx.fillText(text, x + px / 2, y - 8);
  ctx.textAlign = 'start';
}

