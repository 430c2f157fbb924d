// A study with as many slices as one likes: the made-up one, gone on at both ends with copies of its last slices. And studies as ZIP.
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { crc32 } from 'node:zlib';
import { must } from './wait.mjs';

const IMPLICIT = '1.2.840.10008.1.2';

/** Where each element of a file in implicit little endian lies, up to the first of undefined length: tag to [start, end of its value]. */
function elements(/** @type {Buffer} */ file) {
  must(file.toString('latin1', 128, 132) === 'DICM' && file.includes(`${IMPLICIT}\0`, 132, 'latin1'), 'the made-up CT is implicit little endian');
  // the group of the file's head says how long it is
  let at = 144 + file.readUInt32LE(140);
  /** @type {Map<string, [number, number]>} */
  const found = new Map();
  while (at + 8 <= file.length) {
    const tag = file.readUInt16LE(at).toString(16).padStart(4, '0') + file.readUInt16LE(at + 2).toString(16).padStart(4, '0');
    const length = file.readUInt32LE(at + 4);
    if (length === 0xffffffff) break;
    found.set(tag, [at + 8, at + 8 + length]);
    at += 8 + length;
  }
  return found;
}

/** The file with another text in an element. */
function put(/** @type {Buffer} */ file, /** @type {string} */ tag, /** @type {string} */ text) {
  const place = elements(file).get(tag);
  if (!place) return file;
  const value = Buffer.from(text.length % 2 ? `${text} ` : text, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(value.length);
  return Buffer.concat([file.subarray(0, place[0] - 4), length, value, file.subarray(place[1])]);
}
const text = (/** @type {Buffer} */ file, /** @type {string} */ tag) => {
  const place = elements(file).get(tag);
  must(place, `the made-up CT has ${tag}`);
  return file.toString('latin1', ...(/** @type {[number, number]} */ (place))).replace(/[\0 ]+$/, '');
};

/** Copies a made-up study and adds slices until there are `count`. */
export function lengthened(/** @type {string} */ from, /** @type {string} */ to, /** @type {number} */ count) {
  cpSync(from, to, { recursive: true });
  const folder = join(to, 'CT');
  const POSITION = '00200032';
  const slices = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name)))
    .map((file) => ({ file, at: text(file, POSITION).split('\\').map(Number) }))
    .sort((p, q) => Number(p.at[2]) - Number(q.at[2]));
  const [low, high] = [slices[0], slices.at(-1)];
  must(low && high && slices.length > 1, 'there is a CT');
  const step = (Number(high?.at[2]) - Number(low?.at[2])) / (slices.length - 1);
  for (let i = 0; slices.length + i < count; i++) {
    const [end, by] = i % 2 ? [low, -step] : [high, step];
    const { file, at } = /** @type {{ file: Buffer, at: number[] }} */ (end);
    const z = (Number(at[2]) + by * (Math.floor(i / 2) + 1)).toFixed(3);
    // of the same length, so that the file's head and its content can be changed alike
    const uid = text(file, '00080018');
    const other = uid.slice(0, -5) + String(10_000 + i);
    /** @type {Buffer} */
    let copy = Buffer.from(file.toString('latin1').replaceAll(uid, other), 'latin1');
    copy = put(copy, POSITION, [at[0], at[1], z].join('\\'));
    copy = put(put(copy, '00201041', z), '00200013', String(slices.length + i + 1));
    writeFileSync(join(folder, `more-${String(i).padStart(3, '0')}.dcm`), copy);
  }
  return to;
}

/** Every file below a folder. @returns {string[]} */
export const filesBelow = (/** @type {string} */ folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)).filter((path) => statSync(path).isFile());

/** Writes a ZIP of a folder, its files stored as they are (APPNOTE 6.3.10, 4.3). */
export function zipped(/** @type {string} */ folder, /** @type {string} */ path) {
  const parts = [], listed = [];
  let offset = 0;
  for (const one of filesBelow(folder)) {
    const content = readFileSync(one);
    const name = Buffer.from(relative(folder, one));
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, name, content]);
    const where = Buffer.alloc(14);
    where.writeUInt32LE(offset, 10);
    listed.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, where, name]));
    parts.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(listed);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(listed.length, 8);
  end.writeUInt16LE(listed.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  writeFileSync(path, Buffer.concat([...parts, list, end]));
  return path;
}
