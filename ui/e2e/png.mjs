/**
 * Reads and writes the pictures a browser takes: 8-bit RGB or RGBA, not interlaced, as PNG (W3C) says.
 * Written small, since they are kept beside the tests. Holds no opinion on what is in them.
 */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
const RGB = 2;
const RGBA = 6;

/** The value a byte is foretold to have, by the filters of the format. `a` is left, `b` above, `c` left above. */
const FILTERS = [
  () => 0,
  (a) => a,
  (a, b) => b,
  (a, b) => (a + b) >> 1,
  (a, b, c) => {
    const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
    return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
  },
];

/** A picture as width, height and three bytes a pixel. Transparency is dropped: a page is opaque. */
export function decode(bytes) {
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) throw new Error('not a PNG');
  let head;
  const parts = [];
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') head = data;
    if (type === 'IDAT') parts.push(data);
    at += length + 12;
  }
  const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)];
  const [depth, kind, , , interlaced] = head.subarray(8);
  if (depth !== 8 || (kind !== RGB && kind !== RGBA) || interlaced)
    throw new Error(`a PNG of depth ${depth}, colour type ${kind}: 8-bit RGB or RGBA is read here`);
  const size = kind === RGB ? 3 : 4;
  const stride = width * size;
  const packed = inflateSync(Buffer.concat(parts));
  const rgb = Buffer.alloc(width * height * 3);
  let above = Buffer.alloc(stride);
  for (let y = 0; y < height; y++) {
    const start = y * (stride + 1);
    const foretold = FILTERS[packed[start]];
    const line = Buffer.from(packed.subarray(start + 1, start + 1 + stride));
    for (let i = 0; i < stride; i++) {
      const left = i < size ? 0 : line[i - size];
      line[i] += foretold(left, above[i], i < size ? 0 : above[i - size]);
    }
    if (size === 3) line.copy(rgb, y * width * 3);
    else for (let i = 0; i < width * 3; i++) rgb[y * width * 3 + i] = line[Math.floor(i / 3) * 4 + (i % 3)];
    above = line;
  }
  return { width, height, rgb };
}

/** A picture as PNG. */
export function encode({ width, height, rgb }) {
  const stride = width * 3;
  const raw = Buffer.alloc((stride + 1) * height);
  for (let y = 0; y < height; y++) {
    const line = rgb.subarray(y * stride, (y + 1) * stride);
    const same = y > 0 && line.equals(rgb.subarray((y - 1) * stride, y * stride));
    // A line equal to the one above is all zeros with "up"; every other packs best as it stands.
    if (same) raw[y * (stride + 1)] = 2;
    else line.copy(raw, y * (stride + 1) + 1);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, RGB, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(raw, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type, data) {
  const whole = Buffer.alloc(data.length + 12);
  whole.writeUInt32BE(data.length, 0);
  whole.write(type, 4, 'latin1');
  data.copy(whole, 8);
  whole.writeUInt32BE(crc32(whole.subarray(4, 8 + data.length)), 8 + data.length);
  return whole;
}
