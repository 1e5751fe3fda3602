// The page's data: the manifest, the chunks (opened when first asked for), and the tensors in them.

const byId = (id) => document.getElementById(id);
const manifest = JSON.parse(byId('manifest').textContent);
const config = manifest.config;
const heads = config.n_heads, dHead = config.d_model / config.n_heads;
const tokens = manifest.ids.length;
const pre = config.norm_placement === 'pre';
// what the scores of a block are divided by
const scoreDivisor = (block) => (config.attention_scaling?.by_width === false ? 1 : Math.sqrt(dHead)) * (config.attention_scaling?.by_block ? block + 1 : 1);
const crcs = new Map(manifest.chunks);
// a block without entries lies as the one before it
const nextBlock = (name) => name?.replace(/^block(\d+)/, (_, block) => 'block' + (Number(block) + 1)), entries = [...manifest.tensors];
for (let block = 1; block < config.n_blocks; block++) {
  const named = (at) => entries.filter((t) => t.name.startsWith(`block${at}.`)), before = named(block - 1);
  if (!named(block).length) entries.splice(entries.indexOf(before.at(-1)) + 1, 0, ...before.map((t) => ({ ...t, name: nextBlock(t.name), of: nextBlock(t.of), and: nextBlock(t.and), chunk: nextBlock(t.chunk) })));
}
const packed = new Map(entries.map((t) => [t.name, t]));
const packedWeights = new Map(manifest.weights.map((t) => [t.name, t]));
const hasModel = manifest.tier === 'model';

const crcTable = (() => {
  const table = new Uint32Array(256);
  for (let at = 0; at < 256; at++) {
    let value = at;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    table[at] = value;
  }
  return table;
})();

function crc32(bytes) {
  let value = 0xffffffff;
  for (let at = 0; at < bytes.length; at++) value = crcTable[(value ^ bytes[at]) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

// Five characters from ( to } without < are four bytes, the largest first; of the last n + 1 characters n.
function bytesOfText(text) {
  const bytes = new Uint8Array(Math.floor(text.length * 4 / 5));
  for (let at = 0, to = 0; at < text.length; at += 5, to += 4) {
    let number = 0;
    for (let digit = at; digit < at + 5; digit++) { const code = digit < text.length ? text.charCodeAt(digit) : 125; number = number * 85 + (code < 60 ? code - 40 : code - 41); }
    bytes[to] = number / 0x1000000; bytes[to + 1] = number >>> 16; bytes[to + 2] = number >>> 8; bytes[to + 3] = number;
  }
  return bytes;
}

async function bytesOf(name) {
  const element = byId('chunk-' + name);
  if (!element) throw new Error('this file has no chunk ' + name);
  const stream = new Blob([bytesOfText(element.textContent)]).stream().pipeThrough(new DecompressionStream('deflate'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  if (crc32(bytes) !== crcs.get(name)) throw new Error('chunk ' + name + ' is damaged');
  return bytes;
}

const opened = new Map();
function once(key, make) {
  if (!opened.has(key)) opened.set(key, make());
  return opened.get(key);
}

const jsonChunk = (name) => once('json ' + name, async () => JSON.parse(new TextDecoder().decode(await bytesOf(name))));
const stepsChunk = (name) => once('steps ' + name, () => bytesOf(name + '-steps'));
const numbersChunk = (name) => once('numbers ' + name, async () => {
  const planes = await bytesOf(name), count = planes.length / 4;
  const bytes = new Uint8Array(planes.length);
  for (let plane = 0; plane < 4; plane++) {
    for (let at = 0; at < count; at++) bytes[4 * at + plane] = planes[plane * count + at];
  }
  return new Float32Array(bytes.buffer);
});

// An entry's own numbers; where it says nothing else they are all of its shape.
async function numbersOf({ chunk, offset = 0, count, shape }) {
  const numbers = await numbersChunk(chunk);
  return numbers.subarray(offset, offset + (count ?? shape.reduce((a, b) => a * b, 1)));
}

const findings = () => jsonChunk('findings');
// The same with what the file has only once: a neuron's activations are a column of the hidden layer.
const wholeFindings = () => once('whole findings', async () => {
  const all = await findings();
  for (const neuron of all.neurons) if (!neuron.activations) {
    const hidden = await matrixOf(`block${neuron.block}.ffn_hidden`, null);
    neuron.activations = Array.from({ length: tokens }, (_, row) => hidden.at(row, neuron.index));
  }
  return all;
});
const vocabulary = () => jsonChunk('vocabulary');

// A tensor: {name, shape, values, exactFrom} where rows before exactFrom are pictures (≈); what the file
// does not have is NaN.
const tensor = (name) => once('tensor ' + name, async () => {
  const entry = packed.get(name);
  if (!entry) throw new Error('this file has no tensor ' + name);
  const size = entry.shape.reduce((a, b) => a * b, 1), columns = entry.shape.length > 1 ? entry.shape.at(-1) : 1;
  const made = { name, shape: entry.shape, values: new Float32Array(size), exactFrom: 0 };
  const values = made.values;
  if (entry.of) {
    const from = await tensor(entry.of);
    made.exactFrom = from.exactFrom;
    if (entry.layout === 'same') values.set(from.values);
    else if (entry.layout === 'scaled') for (let at = 0; at < size; at++) values[at] = from.values[at] * entry.factor;
    else if (entry.layout === 'above') for (let at = 0; at < size; at++) values[at] = from.values[at] > 0 ? from.values[at] : 0;
    else if (entry.layout === 'sum') {
      const added = await tensor(entry.and);
      for (let at = 0; at < size; at++) values[at] = Math.fround(from.values[at] + added.values[at]);
    } else if (entry.layout === 'mask') {
      for (let at = 0; at < size; at++) values[at] = at % tokens > Math.floor(at / tokens) % tokens ? -Infinity : from.values[at];
    } else {
      for (let row = 0; row < tokens; row++) for (let column = 0; column < columns; column++) {
        values[row * columns + column] = from.values[(Math.floor(column / dHead) * tokens + row) * dHead + column % dHead];
      }
    }
    return made;
  }
  const numbers = await numbersOf(entry);
  if (!entry.layout) values.set(numbers);
  else if (entry.layout === 'lower') {
    let next = 0;
    for (let row = 0; row < size / tokens; row++) for (let column = 0; column <= row % tokens; column++) values[row * tokens + column] = numbers[next++];
  } else if (entry.layout === 'largest') {
    values.fill(NaN);
    let next = 0;
    for (let row = 0; row < size / columns; row++) {
      const count = numbers[next++];
      for (let at = 0; at < count; at++) values[row * columns + numbers[next + at]] = numbers[next + count + at];
      next += 2 * count;
    }
  } else {
    const [start, largest, rows] = entry.picture, steps = await stepsChunk(entry.chunk);
    for (let at = 0; at < size; at++) {
      const step = (steps[start + at] - 128) / 127;
      values[at] = Math.sign(step) * step * step * largest;
    }
    const square = entry.shape.length === 3 ? entry.shape[1] : size / columns;
    const from = Math.max(0, square - rows);
    let next = 0;
    for (let first = 0; first < size; first += square * columns) {
      for (let at = from * columns; at < square * columns; at++) values[first + at] = numbers[next++];
    }
    made.exactFrom = from;
  }
  return made;
});

// A weight as {name, rows, columns, values}; a vector is one row. null if the model has none, or the file.
const weight = (name) => once('weight ' + name, async () => {
  const entry = packedWeights.get(name);
  if (!entry) return null;
  const numbers = await numbersOf(entry);
  const columns = entry.shape.at(-1);
  return { name, rows: numbers.length / columns, columns, values: numbers };
});

// One head's matrix of a tensor, or the whole: {tensor, head, rows, columns, at(row, column), exact(row)}.
async function matrixOf(name, head) {
  const whole = await tensor(name), shape = whole.shape;
  let rows = shape[0], columns = shape.length > 1 ? shape.at(-1) : 1, start = 0, stride = columns;
  if (shape.length === 3) {
    rows = shape[1];
    start = (head || 0) * rows * columns;
  } else if (head !== null && head !== undefined) {
    columns = dHead;
    start = head * dHead;
  }
  return {
    tensor: name, head: head ?? null, rows, columns,
    at: (row, column) => whole.values[start + row * stride + column],
    exact: (row) => row >= whole.exactFrom,
  };
}

// Log-sum-exp of all logits of a row where the file has only the largest of them; null where it has all.
const logSumExp = (row) => packed.get('logits').log_sum_exp?.[row] ?? null;

// Symbols and words; those of a block are the same in every block.
const factOf = (name) => manifest.operations[name.replace(/^block\d+\./, '')];

let names = null;
const hidden = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;
function visible(text) {
  const short = [...text].slice(0, 48);
  const shown = short.map((c) => c === ' ' ? '␣' : c === '\n' ? '↵' : c === '\t' ? '⇥' : hidden.test(c) ? '⟨0x' + c.codePointAt(0).toString(16).toUpperCase().padStart(2, '0') + '⟩' : c).join('');
  return short.join('').length < text.length ? shown + '…' : shown;
}
// A token by its text, as the vocabulary has it or as this page writes it; −1 if there is none.
function idOf(text) {
  const exact = names.indexOf(text), trimmed = text.trim();
  if (exact >= 0) return exact;
  return names.findIndex((name, id) => visible(name) === trimmed || '#' + id === trimmed);
}
const tokenText = (id) => visible(names?.[id] ?? '#' + id);

function make(tag, facts = {}, ...children) {
  const svg = ['svg', 'g', 'rect', 'line', 'text', 'circle', 'polyline', 'title', 'path'].includes(tag);
  const element = svg ? document.createElementNS('http://www.w3.org/2000/svg', tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(facts)) {
    if (name === 'text') element.textContent = value;
    else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'class') element.setAttribute('class', value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

// What may be wider than the page: it scrolls by itself, and by keys.
const scrolling = (label, ...children) => make('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label }, ...children);

// What is shown in an element instead of what was; nothing stands for what is not there.
const fill = (element, ...children) => element.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));

// Paints cells into a canvas of as many pixels: `colour` gives each a '#rrggbb', or null for nothing.
const inks = new Map();
function paintCells(context, rows, columns, colour) {
  const picture = context.createImageData(columns, rows), pixels = new Uint32Array(picture.data.buffer);
  for (let row = 0, at = 0; row < rows; row++) for (let column = 0; column < columns; column++, at++) {
    const hex = colour(row, column);
    if (hex === null) continue;
    let ink = inks.get(hex);
    if (ink === undefined) { const value = parseInt(hex.slice(1), 16); inks.set(hex, ink = (0xff000000 | (value & 255) << 16 | value & 0xff00 | value >> 16) >>> 0); }
    pixels[at] = ink;
  }
  context.putImageData(picture, 0, 0);
}

function number(x, digits = 6) {
  if (Number.isNaN(x)) return '–';
  if (x === Infinity) return '∞';
  if (x === -Infinity) return '−∞';
  if (x === 0) return '0';
  const size = Math.abs(x);
  const text = size >= 1e6 || size < 1e-4 ? x.toExponential(digits - 1) : String(Number(x.toPrecision(digits)));
  return text.replace('-', '−');
}

// A number as the page's own text has it: three digits behind the point, more where they are all 0.
function told(x) {
  const size = Math.abs(x);
  if (!Number.isFinite(x) || x === 0) return number(x);
  const text = size >= 1000 ? x.toFixed(0) : size >= 100 ? x.toFixed(1) : size >= 0.01 ? x.toFixed(3) : size >= 0.001 ? x.toFixed(4) : size >= 1e-4 ? x.toFixed(5) : x.toExponential(1);
  return text.replaceAll('-', '−');
}

// The shortest digits that read back as the same 32-bit number.
function shortest(x) {
  if (!Number.isFinite(x)) return number(x);
  for (let digits = 1; digits <= 9; digits++) {
    const text = x.toPrecision(digits);
    if (Math.fround(Number(text)) === x) return String(Number(text)).replace('-', '−');
  }
  return String(x).replace('-', '−');
}

const percent = (p) => p >= 0.0995 ? (100 * p).toFixed(1) + ' %' : p >= 0.001 ? (100 * p).toFixed(2) + ' %' : told(100 * p) + ' %';
