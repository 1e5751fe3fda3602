// The panels that need a script: dimensions and directions, positions, the wall, the first block's scores, the
// draw.

const note = (place, text) => place.replaceChildren(make('p', { class: 'note', text }));

async function dimensionsPanel(place) {
  const table = await weight('embedding');
  if (!table) return;
  const d = config.d_model, never = new Set(manifest.never);
  const ids = Array.from({ length: table.rows }, (_, id) => id).filter((id) => !never.has(id));
  const out = make('div', {}), dimension = make('input', { type: 'number', min: 0, max: d - 1, value: 0, id: 'dimension' });
  const form = make('select', { id: 'form' }, ['number line', 'cloud', 'table'].map((text) => make('option', { text })));
  const direction = make('input', { type: 'text', id: 'direction', placeholder: 'token − token, component 1 …', size: 22, list: 'directions' });
  const where = make('input', { type: 'text', id: 'where', placeholder: 'token', size: 10 });
  const found = make('div', {});
  let most = 0;
  for (const value of table.values) most = Math.max(most, Math.abs(value));
  // directions that are no tokens, by the names under which they can be chosen
  const special = new Map();
  const components = () => once('components', async () => principalAxes(ids, table, Math.min(8, d)));
  if (ids.length * d * d < 5e7) for (let at = 0; at < Math.min(8, d); at++) special.set(`component ${at + 1}`, async () => (await components())[at]);
  for (const { block, index: unit } of (await findings()).neurons) special.set(`neuron ${block + 1}.${unit}`, async () => (await weight(`block${block}_W2`)).values.subarray(unit * d, (unit + 1) * d));
  for (let block = 0; block < config.n_blocks; block++) for (let head = 0; head < heads; head++) special.set(`head ${block + 1}.${head + 1}`, () => once(`axis ${block}.${head}`, () => writtenAxis(block, head)));
  const choices = make('datalist', { id: 'directions' }, [...special.keys()].map((value) => make('option', { value })));
  const vectorOf = (id) => table.values.subarray(id * d, (id + 1) * d);

  async function valuesNow() {
    const text = direction.value.trim();
    if (text === '') {
      const k = Math.max(0, Math.min(d - 1, Number(dimension.value) || 0));
      return { title: `dimension ${k}`, of: (id) => table.values[id * d + k], common: most };
    }
    // any unit, also one that is not among those offered
    const [, of, unit] = /^neuron (\d+)\.(\d+)$/.exec(text) ?? [];
    if (of > 0 && of <= config.n_blocks && Number(unit) < config.d_ff && !special.has(text)) special.set(text, async () => (await weight(`block${of - 1}_W2`)).values.subarray(unit * d, (Number(unit) + 1) * d));
    if (special.has(text)) { const vector = await special.get(text)(), length = Math.hypot(...vector) || 1; return { title: text, of: (id) => { let sum = 0; for (let k = 0; k < d; k++) sum += vector[k] / length * table.values[id * d + k]; return sum; }, common: null }; }
    const parts = text.split(/\s*[−]\s*|\s+-\s+/), at = parts.map(idOf);
    if (parts.length > 2 || at.some((id) => id < 0)) return null;
    const vector = Array.from(vectorOf(at[0]));
    if (at.length === 2) vectorOf(at[1]).forEach((value, k) => { vector[k] -= value; });
    const length = Math.hypot(...vector) || 1;
    return { title: text, of: (id) => { let sum = 0; for (let k = 0; k < d; k++) sum += vector[k] / length * table.values[id * d + k]; return sum; }, common: null };
  }

  // Tokens at their values: each name over or under its own, on the first line where it touches no other.
  function line(sorted, of, low, high) {
    const width = Math.max(320, Math.min(1000, place.clientWidth || 1000)), x = (value) => 14 + (width - 28) * (value - low) / (high - low || 1);
    const named = sorted.length <= 70 ? sorted : [...sorted.slice(0, 12), ...sorted.slice(-12)], lines = [[], []];
    const labels = named.map((id, at) => {
      const text = shortName(tokenText(id)), half = 4.2 * [...text].length + 3, middle = Math.max(half, Math.min(width - half, x(of(id)))), side = at % 2, taken = lines[side];
      let level = taken.findIndex((end) => end <= middle - half);
      if (level < 0) level = taken.push(0) - 1;
      taken[level] = middle + half;
      return { id, text, middle, side, level };
    });
    const above = 24 + 17 * lines[0].length, height = above + 36 + 17 * lines[1].length;
    const svg = make('svg', { viewBox: `0 0 ${width} ${height}`, width, height, class: 'numberline', role: 'img', 'aria-label': 'tokens at their values' });
    svg.append(make('line', { x1: 14, x2: width - 14, y1: above, y2: above }));
    if (low < 0 && high > 0) svg.append(make('line', { x1: x(0), x2: x(0), y1: 4, y2: height - 16, class: 'zero' }), make('text', { x: x(0), y: height - 3, 'text-anchor': 'middle', text: '0' }));
    for (const id of sorted) svg.append(make('line', { x1: x(of(id)), x2: x(of(id)), y1: above - 6, y2: above + 6, class: 'tick' }));
    for (const { id, text, middle, side, level } of labels) {
      const y = side ? above + 22 + 17 * level : above - 12 - 17 * level;
      svg.append(make('line', { x1: x(of(id)), x2: x(of(id)), y1: above, y2: side ? y - 11 : y + 3, class: 'stem' }));
      svg.append(make('text', { x: middle, y, 'text-anchor': 'middle', text }, make('title', { text: `${tokenText(id)}: ${number(of(id))}` })));
    }
    return make('div', {}, scrolling('number line', svg), exportButton(svg, 'number-line'));
  }

  function cloud(sorted, of, common) {
    const scale = common ?? Math.max(...sorted.map((id) => Math.abs(of(id))));
    const words = (list) => make('ul', { class: 'cloud' }, list.map((id) => make('li', { class: of(id) < 0 ? 'down' : 'up', style: `font-size:${(0.6 + 1.8 * Math.sqrt(Math.abs(of(id)) / scale)).toFixed(2)}rem`, title: number(of(id)), text: tokenText(id) })));
    return make('div', {}, make('h4', { text: 'most positive' }), words(sorted.filter((id) => of(id) > 0).reverse().slice(0, 40)), make('h4', { text: 'most negative' }), words(sorted.filter((id) => of(id) < 0).slice(0, 40)));
  }

  function list(sorted, of) {
    const shown = sorted.length > 200 ? [...sorted.slice(-100).reverse(), ...sorted.slice(0, 100).reverse()] : sorted.slice().reverse();
    return make('div', { class: 'scroll short', tabindex: '0', role: 'region', 'aria-label': 'values' }, make('table', {}, make('thead', {}, make('tr', {}, ['token', 'id', 'value'].map((text) => make('th', { scope: 'col', text })))), make('tbody', {}, shown.map((id) => make('tr', {}, make('th', { scope: 'row', text: tokenText(id) }), make('td', { class: 'num', text: id }), make('td', { class: 'num', text: direction.value.trim() ? number(of(id)) : shortest(of(id)) }))))), shown.length < sorted.length ? make('p', { class: 'quiet', text: `the first and the last hundred of ${sorted.length}` }) : null);
  }

  let shows = 0;
  async function show() {
    const mine = ++shows, now = await valuesNow();
    if (mine !== shows) return;
    if (!now) { out.replaceChildren(make('p', { class: 'note', text: 'No such token: type one as it is written on this page, two with a − between them, or choose “component 1” (a principal component of the embedding), “neuron 2.17” (what a unit writes) or “head 1.2” (the direction that a head writes most strongly).' })); return; }
    const sorted = ids.slice().sort((a, b) => now.of(a) - now.of(b));
    const [low, high] = [now.of(sorted[0]), now.of(sorted.at(-1))];
    const made = form.value === 'cloud' ? cloud(sorted, now.of, now.common) : form.value === 'table' ? list(sorted, now.of) : line(sorted, now.of, Math.min(0, low), Math.max(0, high));
    out.replaceChildren(make('p', { class: 'quiet', text: `${now.title}: from ${number(low, 4)} to ${number(high, 4)}` }), made);
  }

  function showWhere() {
    const id = idOf(where.value.trim() === '' ? where.value : where.value.trim());
    if (id < 0) { found.replaceChildren(where.value ? make('p', { class: 'note', text: 'No such token.' }) : ''); return; }
    const own = vectorOf(id), cosine = (other) => { const v = vectorOf(other); let sum = 0, a = 0, b = 0; for (let k = 0; k < d; k++) { sum += v[k] * own[k]; a += v[k] * v[k]; b += own[k] * own[k]; } return sum / Math.sqrt(a * b || 1); };
    const near = ids.filter((other) => other !== id).map((other) => [other, cosine(other)]).sort((a, b) => b[1] - a[1]).slice(0, 10);
    const strip = Array.from(own, (value, k) => [k, value, 1 + ids.filter((other) => table.values[other * d + k] > value).length]);
    found.replaceChildren(
      make('p', {}, `‘${tokenText(id)}’ is nearest to `, near.map(([other, c], at) => `${at ? ', ' : ''}${tokenText(other)} ${number(c, 3)}`).join('')),
      scrolling('dimensions', make('table', {}, make('tbody', {}, [['dimension', 0], ['value', 1], ['place', 2]].map(([head, at]) => make('tr', {}, make('th', { scope: 'row', text: head }), strip.map((entry) => make('td', { class: 'num', text: at === 1 ? number(entry[1], 3) : entry[at] }))))))));
  }
  const label = (text, control) => make('label', {}, text + ' ', control);
  place.replaceChildren(make('div', { class: 'controls' }, label('Dimension', dimension), label('or direction', direction), label('as', form), label('Where is', where)), choices, out, found);
  const link = () => { if (!direction.value.trim()) history.replaceState(null, '', `#dimensions?d=${Math.max(0, Math.min(d - 1, Number(dimension.value) || 0))}&form=${form.value === 'number line' ? 'line' : form.value}`); };
  for (const control of [dimension, form, direction]) control.addEventListener('input', () => { show(); link(); });
  where.addEventListener('input', showWhere);
  place.show = async (k, asForm) => { dimension.value = k; direction.value = ''; if (asForm) form.value = { line: 'number line', cloud: 'cloud', table: 'table' }[asForm] ?? asForm; await show(); };
  place.values = valuesNow;
  await show();
}

// The axes along which the embedding varies most, of unit length: power iteration on the covariance, one after the
// other, from a fixed start.
function strongestAxis(apply, d, before) {
  let axis = Array.from({ length: d }, (_, k) => Math.cos(1 + 7 * k));
  for (let step = 0; step < 120; step++) {
    axis = apply(axis);
    for (const other of before) { const along = dot(axis, other); axis = axis.map((x, k) => x - along * other[k]); }
    const length = Math.hypot(...axis) || 1;
    axis = axis.map((x) => x / length);
  }
  // of the two signs the one whose largest number is above 0
  return axis[axis.reduce((best, x, k) => Math.abs(x) > Math.abs(axis[best]) ? k : best, 0)] < 0 ? axis.map((x) => -x) : axis;
}
function principalAxes(ids, table, count) {
  const d = table.columns, mean = new Float64Array(d), covariance = new Float64Array(d * d), axes = [];
  for (const id of ids) for (let k = 0; k < d; k++) mean[k] += table.values[id * d + k] / ids.length;
  for (const id of ids) for (let i = 0; i < d; i++) { const x = table.values[id * d + i] - mean[i]; for (let j = 0; j < d; j++) covariance[i * d + j] += x * (table.values[id * d + j] - mean[j]); }
  const apply = (axis) => Array.from({ length: d }, (_, i) => { let sum = 0; for (let j = 0; j < d; j++) sum += covariance[i * d + j] * axis[j]; return sum; });
  for (let at = 0; at < count; at++) axes.push(strongestAxis(apply, d, axes));
  return axes;
}
// The direction of the residual stream that a head writes most strongly: the first right singular vector of W_V·W_O.
async function writtenAxis(block, head) {
  const d = config.d_model, v = await weight(`block${block}_W_V`), o = await weight(`block${block}_W_O`);
  if (!v || !o) return null;
  const from = head * dHead;
  const backwards = (axis) => { const middle = Array.from({ length: dHead }, (_, c) => { let sum = 0; for (let k = 0; k < d; k++) sum += o.values[(from + c) * d + k] * axis[k]; return sum; }); return Array.from({ length: d }, (_, k) => { let sum = 0; for (let c = 0; c < dHead; c++) sum += v.values[k * v.columns + from + c] * middle[c]; return sum; }); };
  const forwards = (x) => { const middle = Array.from({ length: dHead }, (_, c) => { let sum = 0; for (let k = 0; k < d; k++) sum += v.values[k * v.columns + from + c] * x[k]; return sum; }); return Array.from({ length: d }, (_, k) => { let sum = 0; for (let c = 0; c < dHead; c++) sum += o.values[(from + c) * d + k] * middle[c]; return sum; }); };
  return strongestAxis((axis) => forwards(backwards(axis)), d, []);
}

function heat(values, rows, columns, { most = 1, sequential = false, label = '', onclick = null, words = null } = {}) {
  const canvas = make('canvas', { width: columns, height: rows, class: 'heatmap', role: 'img', 'aria-label': label });
  const context = canvas.getContext('2d');
  canvas.paint = () => paintCells(context, rows, columns, (row, column) => { const value = values(row, column); return value === null ? null : colourOf(value, most, sequential); });
  canvas.paint();
  repaint.push(() => canvas.paint());
  const at = (event) => { const box = canvas.getBoundingClientRect(); return [Math.min(rows - 1, Math.max(0, Math.floor((event.clientY - box.top) / box.height * rows))), Math.min(columns - 1, Math.max(0, Math.floor((event.clientX - box.left) / box.width * columns)))]; };
  if (words) {
    canvas.addEventListener('pointermove', (event) => { const [row, column] = at(event); showTip(words(row, column), event.clientX, event.clientY); });
    canvas.addEventListener('pointerleave', hideTip);
  }
  if (onclick) canvas.addEventListener('click', (event) => onclick(...at(event)));
  return canvas;
}
const repaint = [];

// The same with names along its edges, as large as `room` allows.
function namedHeat(values, rowNames, columnNames, room, facts, every = 1) {
  const [rows, columns] = [rowNames.length, columnNames.length], each = Math.min(26, room / Math.max(rows, columns));
  const canvas = heat(values, rows, columns, facts);
  canvas.classList.remove('heatmap');
  const grid = make('div', { class: 'grid', style: `--wide:${each * columns}px;aspect-ratio:${columns} / ${rows}` }, canvas);
  edgeNames(grid, rowNames, columnNames, every);
  return make('div', {}, grid, heatExports(canvas, values, rowNames, columnNames, facts.label));
}

// Names of many tokens along an edge: as many as can be read.
const everyOf = (ids) => Math.max(1, Math.ceil(ids.length / 70));
const thinned = (ids) => ids.map((id, at) => at % everyOf(ids) ? '' : shortName(tokenText(id)));

async function positionsPanel(place) {
  const table = await weight('pos_encoding');
  if (!table) { note(place, 'The position table is not in this file.'); return; }
  const count = Math.min(table.rows, 256), d = table.columns, value = (row, k) => table.values[row * d + k];
  let most = 0;
  for (let at = 0; at < count * d; at++) most = Math.max(most, Math.abs(table.values[at]));
  const rows = Array.from({ length: count }, (_, row) => Array.from({ length: d }, (_, k) => value(row, k)));
  const means = Array.from({ length: d }, (_, k) => rows.reduce((sum, row) => sum + row[k], 0) / count);
  const similarity = (list) => { const lengths = list.map((row) => Math.hypot(...row) || 1); return (i, j) => list[i].reduce((sum, x, k) => sum + x * list[j][k], 0) / lengths[i] / lengths[j]; };
  const raw = similarity(rows), about = similarity(rows.map((row) => row.map((x, k) => x - means[k])));
  const every = Math.max(1, Math.ceil(count / 24)), places = Array.from({ length: count }, (_, at) => at % every ? '' : String(at));
  const lines = make('div', { class: 'sparks' }, Array.from({ length: Math.min(d, 64) }, (_, k) => make('figure', {},
    make('svg', { viewBox: '0 0 100 40', role: 'img', 'aria-label': `dimension ${k} over the positions` }, make('line', { x1: 0, x2: 100, y1: 20, y2: 20, class: 'zero' }), make('polyline', { points: rows.map((row, at) => `${(100 * at / Math.max(1, count - 1)).toFixed(1)},${(20 - 18 * row[k] / most).toFixed(1)}`).join(' ') })), make('figcaption', { text: String(k) }))));
  // what position alone gives the scores of the first block: in a model without a norm before the attention an exact part
  const few = Math.min(count, config.context_length, 64), ofScores = make('details', {}, make('summary', { text: 'What position alone scores in block 1, head by head' }));
  ofScores.addEventListener('toggle', async () => {
    if (ofScores.filled) return;
    ofScores.filled = true;
    const [q, k] = await Promise.all(['block0_W_Q', 'block0_W_K'].map(weight)), along = Array.from({ length: few }, (_, at) => at % Math.max(1, Math.ceil(few / 24)) ? '' : String(at));
    const project = (w, head) => Array.from({ length: few }, (_, at) => Array.from({ length: dHead }, (__, c) => { let sum = 0; for (let i = 0; i < d; i++) sum += value(at, i) * w.values[i * w.columns + head * dHead + c]; return sum; }));
    const maps = Array.from({ length: heads }, (_, head) => { const queries = project(q, head), keys = project(k, head); return (i, j) => j > i ? null : dot(queries[i], keys[j]) / scoreDivisor(0); });
    let largest = 1e-12;
    for (const of of maps) for (let i = 0; i < few; i++) for (let j = 0; j <= i; j++) largest = Math.max(largest, Math.abs(of(i, j)));
    ofScores.append(make('p', { class: 'quiet', text: `p·W_Q against p·W_K, divided as scores are, one scale (±${number(largest, 3)}). ` + (pre ? 'This model norms before its attention: the norm is left out here, so this is an approximation.' : 'An exact part of every score of this block.') }),
      make('div', { class: 'pair' }, maps.map((of, head) => make('div', {}, make('h4', { text: `head ${head + 1}` }), namedHeat(of, along, along, 210, { most: largest, label: `scores of positions, head ${head + 1}`, words: (i, j) => j > i ? 'masked' : `${i} looks at ${j}: ${number(of(i, j), 4)}` }, Math.max(1, Math.ceil(few / 24)))))));
  });
  place.replaceChildren(
    make('h3', { text: 'Likeness' }), make('p', { class: 'quiet', text: 'Cosine of any two positions: as they are, and with the mean position taken off.' }),
    make('div', { class: 'pair' }, [raw, about].map((of, at) => namedHeat(of, places, places, 230, { label: at ? 'cosines about the mean' : 'cosines', words: (i, j) => `${i} and ${j}: ${number(of(i, j), 3)}` }, every))),
    make('details', {}, make('summary', { text: 'The whole table, positions × dimensions' }), namedHeat(value, places, Array.from({ length: d }, () => ''), 460, { most, label: 'position table', words: (row, k) => `position ${row}, dimension ${k}: ${number(value(row, k), 4)}` }, every)),
    ofScores,
    make('details', {}, make('summary', { text: `Every dimension over the positions, on one scale (±${number(most, 3)})` }), lines));
}

async function wallPanel(place) {
  const all = [], size = tokens;
  for (let block = 0; block < config.n_blocks; block++) for (let head = 0; head < heads; head++) {
    const name = `block${block}.attention`;
    if (!packed.has(name)) continue;
    all.push({ block, head, matrix: await matrixOf(name, head) });
  }
  const rings = [];
  const big = make('div', { class: 'big' });
  const figures = all.map(({ block, head, matrix }) => {
    const canvas = heat((row, column) => column > row ? null : matrix.at(row, column), size, size, {
      sequential: true, label: `attention of block ${block + 1}, head ${head + 1}`,
      words: (row, column) => { ring(row, column); return `block ${block + 1}, head ${head + 1}: ‘${tokenText(manifest.ids[row])}’ ${row} → ‘${tokenText(manifest.ids[column])}’ ${column}: ${number(matrix.at(row, column), 4)}`; },
      onclick: (row) => bars(block, head, matrix, row),
    });
    const mark = make('i', { class: 'ring', hidden: true });
    rings.push(mark);
    return make('figure', { 'data-head': `${block}.${head}` }, make('div', { class: 'ringed' }, canvas, make('i', { class: 'lit' }), mark), make('figcaption', {}, make('button', { type: 'button', text: `${block + 1}.${head + 1}`, 'aria-label': `block ${block + 1}, head ${head + 1}`, onclick: () => bars(block, head, matrix, followed ?? size - 1, 0) })));
  });
  function ring(row, column) {
    for (const mark of rings) {
      mark.hidden = column > row;
      mark.style.left = 100 * column / size + '%';
      mark.style.top = 100 * row / size + '%';
      mark.style.width = mark.style.height = 100 / size + '%';
    }
  }
  async function bars(block, head, matrix, row) {
    const scores = packed.has(`block${block}.scores`) ? await matrixOf(`block${block}.scores`, head) : null;
    const split = hasModel && scores ? await scoreSplit(block, head, row) : null;
    let largest = -Infinity;
    for (let column = 0; scores && column <= row; column++) largest = Math.max(largest, scores.at(row, column));
    const cell = (x) => make('td', { class: 'num', text: told(x) });
    const rows = Array.from({ length: row + 1 }, (_, column) => make('tr', { 'data-position': column },
      make('th', { scope: 'row' }, make('a', { href: `#block${block}.attention.${head}[${row},${column}]`, text: `${tokenText(manifest.ids[column])} ${column}` })),
      make('td', {}, make('span', { class: 'track' }, make('i', { style: `width:${100 * matrix.at(row, column)}%` }))),
      cell(matrix.at(row, column)),
      scores ? [cell(scores.at(row, column)), cell(Math.exp(scores.at(row, column) - largest))] : null,
      split ? split[column].map(cell) : null));
    const heading = ['looks at', '', 'share', ...(scores ? ['score', 'exp'] : []), ...(split ? scoreParts : [])];
    const steps = make('div', { class: 'tools' }, Array.from({ length: size }, (_, at) => make('button', { type: 'button', class: at === row ? 'chosen' : null, text: tokenText(manifest.ids[at]), 'aria-label': `row ${at}`, onclick: () => bars(block, head, matrix, at) })));
    const own = namedHeat((r, c) => c > r ? null : matrix.at(r, c), tokenNames(), tokenNames(), 420, { sequential: true, label: `attention of block ${block + 1}, head ${head + 1}`, words: (r, c) => c > r ? `‘${tokenText(manifest.ids[r])}’ ${r} does not look ahead` : `‘${tokenText(manifest.ids[r])}’ ${r} → ‘${tokenText(manifest.ids[c])}’ ${c}: ${number(matrix.at(r, c), 4)}`, onclick: (r) => bars(block, head, matrix, r) });
    own.firstChild.classList.add('triangle');
    own.firstChild.append(make('i', { class: 'ring', style: `left:0;width:100%;top:${100 * row / size}%;height:${100 / size}%` }));
    fill(big, make('h3', { text: `Block ${block + 1}, head ${head + 1}: what ‘${tokenText(manifest.ids[row])}’ at ${row} looks at` }), steps,
      split ? make('p', { class: 'quiet', text: 'The columns at the right split each score: what the token or the position wrote into the query × what the token or the position wrote into the key, with divisors of norms held; all else is the rest of the score. exp is of the score less the largest of the row.' }) : null,
      make('div', { class: 'big-map' }, own, scrolling('one row of attention', make('table', { class: 'bars split' }, make('thead', {}, make('tr', {}, heading.map((text, at) => make('th', { scope: 'col', class: at > 1 ? 'num' : null, text })))), make('tbody', {}, rows)))));
  }
  const least = make('canvas', { width: 33, height: 1, 'aria-hidden': 'true' }), paintLegend = () => paintCells(least.getContext('2d'), 1, 33, (_, at) => stops(1)[at]);
  paintLegend();
  repaint.push(paintLegend);
  // a model of one head has its blocks side by side
  const across = heads === 1 ? Math.min(6, config.n_blocks) : heads;
  place.replaceChildren(make('p', { class: 'legend' }, '0', least, '1', make('button', { type: 'button', class: 'export', text: 'png', 'aria-label': 'the wall as a picture', onclick: () => wallPicture(figures.map((figure) => figure.querySelector('canvas')), across) })), make('div', { class: 'wall', style: `--heads:${across}` }, figures), big);
  place.bars = bars;
  place.addEventListener('pointerleave', () => rings.forEach((mark) => { mark.hidden = true; }));
}

// The first block's score of any token at any position for any other: from the weights, norms evaluated.
async function firstScoresPanel(place) {
  const [embedding, positions, q, k] = await Promise.all(['embedding', 'pos_encoding', 'block0_W_Q', 'block0_W_K'].map(weight));
  if (!embedding) { note(place, 'The weights are not in this file, so these are not here either.'); return; }
  const [bq, bk] = await Promise.all(['block0_b_Q', 'block0_b_K'].map(weight)), norm = pre ? await ownNorm('1', 0) : (x) => x;
  const d = config.d_model;
  const alone = make('input', { type: 'checkbox', id: 'qk-alone' });
  const input = (id, position) => norm(Array.from({ length: d }, (_, c) => embedding.values[id * d + c] + (alone.checked ? 0 : positions.values[position * d + c])));
  const project = (x, w, bias, head) => Array.from({ length: dHead }, (_, c) => { let sum = bias ? bias.values[head * dHead + c] : 0; for (let i = 0; i < d; i++) sum += x[i] * w.values[i * d + head * dHead + c]; return sum; });
  const few = config.vocab_size <= 512 ? Array.from({ length: config.vocab_size }, (_, id) => id).filter((id) => !manifest.never.includes(id)) : [...new Set(manifest.ids)];
  const slider = (id, value) => make('input', { type: 'range', id, min: 0, max: config.context_length - 1, value });
  const head = make('select', { id: 'qk-head' }, Array.from({ length: heads }, (_, h) => make('option', { value: h, text: `head ${h + 1}` })));
  const i = slider('qk-i', Math.min(tokens - 1, config.context_length - 1)), j = slider('qk-j', 0), out = make('div', {});
  function show() {
    const h = Number(head.value), queries = few.map((id) => project(input(id, Number(i.value)), q, bq, h)), keys = few.map((id) => project(input(id, Number(j.value)), k, bk, h));
    const score = (a, b) => queries[a].reduce((sum, x, c) => sum + x * keys[b][c], 0) / scoreDivisor(0);
    let most = 1e-9;
    for (let a = 0; a < few.length; a++) for (let b = 0; b < few.length; b++) most = Math.max(most, Math.abs(score(a, b)));
    out.replaceChildren(make('p', { class: 'quiet', text: (alone.checked ? `without positions: no token ever stands nowhere, so this is ${pre || bq || bk ? 'an approximation' : 'the part of the scores that is the tokens’ own'}; queries in rows, keys in columns` : `query at position ${i.value} (rows), key at position ${j.value} (columns)`) + `; ±${number(most, 3)}` }),
      namedHeat(score, thinned(few), thinned(few), 720, { most, label: 'scores of token pairs', words: (a, b) => `‘${tokenText(few[a])}’ asks ‘${tokenText(few[b])}’: ${number(score(a, b), 4)}` }, everyOf(few)));
    place.score = (a, b) => score(few.indexOf(a), few.indexOf(b));
  }
  for (const control of [head, i, j, alone]) control.addEventListener('input', show);
  place.replaceChildren(make('div', { class: 'controls' }, make('label', {}, 'Head ', head), make('label', {}, 'query at ', i), make('label', {}, 'key at ', j), make('label', {}, alone, ' without positions')), out);
  show();
}

async function drawPanel(place) {
  const logits = await matrixOf('logits', null), last = Array.from({ length: logits.columns }, (_, id) => logits.at(tokens - 1, id)), s = manifest.sampling;
  if (hasModel && last.some(Number.isNaN)) for (let id = 0; id < last.length; id++) last[id] = await logitOf(tokens - 1, id);
  const field = (id, text, value, facts) => { const control = make('input', { type: 'number', id, value: value ?? '', ...facts }); control.addEventListener('input', show); return [make('label', {}, text + ' ', control), control]; };
  const [l1, temperature] = field('temperature', 'temperature', s.temperature, { min: 0, step: 0.05 }), [l2, topK] = field('top-k', 'top-k', s.top_k, { min: 1 }), [l3, topP] = field('top-p', 'top-p', s.top_p, { min: 0.01, max: 1, step: 0.01 }), [l4, seed] = field('seed', 'seed', s.seed, { min: 0, step: 1 });
  const out = make('div', {});
  function show() {
    const settings = { temperature: Number(temperature.value), topK: topK.value ? Number(topK.value) : null, topP: topP.value ? Number(topP.value) : null, seed: BigInt(Math.max(0, Math.floor(Number(seed.value) || 0))) };
    if (!(settings.temperature >= 0)) return;
    const drawn = drawToken(last, settings, manifest.never);
    place.drawn = drawn;
    if (cut && !isWhole(settings)) { ofLargest(settings); return; }
    out.replaceChildren(
      make('p', {}, 'Drawn: ', make('span', { class: 'token', text: tokenText(drawn.id) }), drawn.u === null ? ' (the likeliest)' : ` (u = ${drawn.u.toFixed(6)}, its share from ${drawn.begin.toFixed(4)} to ${drawn.end.toFixed(4)})`),
      make('div', { class: 'drawbar', 'aria-hidden': 'true' }, make('i', { style: `left:${100 * drawn.begin}%;width:${100 * (drawn.end - drawn.begin)}%` }), drawn.u === null ? null : make('b', { style: `left:${100 * drawn.u}%` })),
      make('table', { class: 'bars narrow' }, make('tbody', {}, drawn.shares.slice(0, 12).map(([id, share]) => make('tr', { class: id === drawn.id ? 'drawn' : null }, make('th', { scope: 'row' }, make('span', { class: 'token', text: tokenText(id) })), make('td', {}, make('span', { class: 'track' }, make('i', { style: `width:${100 * share}%` }))), make('td', { class: 'num', text: percent(share) }))))));
  }
  // Of a large vocabulary only the largest logits are here, and what all of them come to. A draw among those is exact; else
  // the shares are, at temperature 1, but not which token the random number falls into.
  const cut = last.some(Number.isNaN), known = Array.from(last, (logit, id) => [id, logit]).filter(([, logit]) => !Number.isNaN(logit)).sort((a, b) => b[1] - a[1]), drawable = known.filter(([id]) => !manifest.never.includes(id));
  const shareOf = (logit) => Math.exp(logit - logSumExp(tokens - 1)), outside = known.reduce((sum, [id, logit]) => sum + (manifest.never.includes(id) ? shareOf(logit) : 0), 0);
  const isWhole = ({ temperature: t, topK: k, topP: p }) => t === 0 || k !== null && k <= 256 - manifest.never.length || p !== null && t === 1 && k === null && drawable.slice(0, 256 - manifest.never.length).reduce((sum, [, logit]) => sum + shareOf(logit), 0) / (1 - outside) >= p;
  function ofLargest({ temperature: t, topK: k, topP: p }) {
    const own = t === s.temperature && k === (s.top_k ?? null) && p === (s.top_p ?? null) && Number(seed.value) === Number(s.seed), exact = t === 1 && k === null && p === null, rows = drawable.slice(0, 12), inFile = drawable.reduce((sum, [, logit]) => sum + shareOf(logit), 0) / (1 - outside);
    place.shares = exact ? rows.map(([id, logit]) => [id, shareOf(logit) / (1 - outside)]) : null;
    out.replaceChildren(make('p', {}, own ? ['Drawn in this run: ', make('span', { class: 'token', text: tokenText(manifest.drawn) }), '. '] : 'Which token is drawn cannot be told here: ', exact ? `${own ? 'The' : 'the'} shares are exact, but those of ${config.vocab_size - known.length} tokens, ${percent(1 - inFile)} together, are not in this file one by one. With top-k up to ${256 - manifest.never.length} the draw is exact.` : `${own ? 'At' : 'at'} these settings the shares hang on the logits of ${config.vocab_size - known.length} tokens that are not in this file. With top-k up to ${256 - manifest.never.length} the draw is exact.`),
      exact ? make('table', { class: 'bars narrow' }, make('tbody', {}, place.shares.map(([id, share]) => make('tr', {}, make('th', { scope: 'row' }, make('span', { class: 'token', text: tokenText(id) })), make('td', {}, make('span', { class: 'track' }, make('i', { style: `width:${100 * share}%` }))), make('td', { class: 'num', text: percent(share) }))))) : '');
  }
  place.replaceChildren(make('div', { class: 'controls' }, l1, l2, l3, l4), out);
  show();
}
