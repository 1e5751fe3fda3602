// A matrix as a picture that can be read: a canvas for the colours, and over it one cell that has the
// focus (the ARIA grid pattern), so that arrows walk and screen readers hear the number.

const isDark = () => { const theme = document.documentElement.dataset.theme; return theme ? theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches; };
// the colours of nothing are near the paper's, until others are chosen
let palette = isDark() ? 'ember' : 'paper';
let hatched = false;
let followed = null;
const matrices = [];

const sequentialTensor = (name) => /\.attention$|^probabilities$/.test(name);
const quantityOf = (name) => {
  const part = name.replace(/^block\d+\./, '');
  if (/scores/.test(part)) return 'score';
  if (/attention$|^probabilities$/.test(part)) return 'share';
  if (/^(q|k|v|head_output|concat)$/.test(part)) return 'head';
  if (/^ffn_(pre|hidden)/.test(part)) return 'hidden';
  if (/mean$/.test(part)) return 'mean';
  if (/variance$/.test(part)) return 'variance';
  if (/^(token|position)_embedding$/.test(part)) return 'table';
  return part === 'logits' ? 'logit' : 'stream';
};

// The number that gets the end of the colours: the largest of its kind in this file's chunk of the run.
const scaleOf = (name) => once('scale ' + name, async () => {
  const kind = quantityOf(name);
  if (kind === 'share') return 1;
  const block = /^block\d+\./.exec(name)?.[0] ?? '';
  let most = 0;
  const alike = [...packed.keys()].filter((other) => other === name || kind !== 'stream' && quantityOf(other) === kind && other.startsWith(block) && (block || !/^block\d/.test(other)) || ['token_embedding', 'position_embedding', 'embedded'].includes(name) && ['token_embedding', 'position_embedding', 'embedded'].includes(other));
  for (const other of alike) for (const value of (await tensor(other)).values) if (Number.isFinite(value) && Math.abs(value) > most) most = Math.abs(value);
  return most || 1;
});

const colours = new Map(Object.entries(manifest.palettes).map(([name, maps]) => [name, maps.map((text) => text.match(/.{6}/g).map((hex) => '#' + hex))]));
const stops = (map) => colours.get(palette)[map];
function colourOf(value, most, sequential) {
  const share = Math.min(1, Math.abs(value) / most), root = Math.sqrt(share);
  if (sequential) return stops(1)[Math.round(root * 32)];
  return stops(0)[32 + Math.round(Math.sign(value) * root * 32)];
}

const isSquare = (name) => /attention$|scores$/.test(name);
const ofVocabulary = (name) => /^(logits|probabilities)$/.test(name);

// How large a matrix is drawn, in pixels: known before its numbers are, so that nothing moves when they come.
function roomOf(rows, columns, many) {
  // heads in one row where their cells stay large enough, else two
  const row = many ? Math.floor((1130 / Math.min(heads, 4) - 50) / columns) : 0, wide = Math.max(4, Math.min(18, row >= 10 ? row : Math.floor((many ? 520 : 700) / Math.max(columns, 1)))), high = Math.max(6, Math.min(18, Math.floor(420 / rows)));
  return { cellWide: wide, cellHigh: high, wide: wide * Math.min(columns, 4096), high: high * rows };
}

// Names along an edge: one text, a line for each, as high as a cell.
const shortName = (text) => { const short = [...text].slice(0, 9); return short.join('').length < text.length ? short.slice(0, 8).join('') + '…' : text; };
function edgeNames(grid, rows, columns, every = 1) {
  const longest = Math.max(1, ...[...rows ?? [], ...columns ?? []].map((name) => [...name].length));
  grid.style.setProperty('--names', 8 + 6.8 * longest + 'px');
  for (const [names, edge] of [[rows, 'rows'], [columns, 'columns']]) {
    if (!names) continue;
    grid.style.setProperty('--' + edge, names.length);
    grid.append(make('div', { class: 'names ' + edge, 'aria-hidden': 'true', text: names.join('\n') }));
  }
  grid.style.setProperty('--every', every);
  grid.classList.toggle('under', Boolean(columns));
  grid.classList.toggle('upright', Boolean(columns) && columns.every((name) => [...name].length < 2));
}
const tokenNames = () => manifest.ids.map((id) => shortName(tokenText(id)));

function lightness(hex) { const value = parseInt(hex.slice(1), 16); return 0.299 * (value >> 16) + 0.587 * (value >> 8 & 255) + 0.114 * (value & 255); }

function wordsOfCell(matrix, row, column) {
  const there = matrix.columns === 1 ? '' : isSquare(matrix.tensor) ? ` → ‘${tokenText(manifest.ids[column])}’ ${column}` : ofVocabulary(matrix.tensor) ? ` ‘${tokenText(column)}’` : `, column ${column}`;
  return `row ${row} ‘${tokenText(manifest.ids[row])}’${there}: ${matrix.exact(row) ? '' : '≈ '}${number(matrix.at(row, column))}`;
}

class Matrix {
  constructor(place) {
    this.place = place;
    this.name = place.dataset.tensor;
    this.head = place.dataset.head === undefined ? null : Number(place.dataset.head);
    this.row = 0;
    this.column = 0;
    matrices.push(this);
    const shape = packed.get(this.name).shape, rows = shape.length === 3 ? shape[1] : shape[0];
    this.room = roomOf(rows, shape.length === 1 ? 1 : shape.length === 2 && this.head !== null ? dHead : shape.at(-1), this.head !== null && heads > 1);
    place.append(make('div', { class: 'tools', text: '\u00a0' }), make('div', { class: 'grid', style: this.size() }));
  }

  size() { return `--wide:${this.room.wide}px;aspect-ratio:${this.room.wide} / ${this.room.high}`; }

  async show() {
    if (this.shown) return this.shown;
    return this.shown = this.build();
  }

  async build() {
    names ??= await vocabulary();
    this.matrix = await matrixOf(this.name, this.head);
    this.most = await scaleOf(this.name);
    const { rows, columns } = this.matrix;
    const caption = this.head === null ? this.name : `head ${this.head + 1}`;
    this.canvas = make('canvas', { 'aria-hidden': 'true' });
    this.cell = make('div', { role: 'gridcell', tabindex: '0', class: 'focus' });
    this.line = make('div', { role: 'row' }, this.cell);
    this.grid = make('div', { role: 'grid', class: 'grid', style: this.size(), 'aria-label': `${this.name}${this.head === null ? '' : ', head ' + (this.head + 1)}, ${rows} rows, ${columns} columns`, 'aria-rowcount': rows, 'aria-colcount': columns }, this.canvas, make('i', { class: 'lit' }), this.line);
    const tools = make('div', { class: 'tools' },
      make('span', { class: 'quiet', text: caption }),
      make('button', { type: 'button', text: 'table', onclick: () => this.table(), 'aria-label': `${caption} as a table` }),
      make('button', { type: 'button', text: 'csv', onclick: () => download(this.fileName('csv'), this.csv(), 'text/csv'), 'aria-label': `${caption} as CSV` }),
      make('button', { type: 'button', text: 'npy', onclick: () => download(this.fileName('npy'), this.npy(), 'application/octet-stream'), 'aria-label': `${caption} as npy` }),
      make('button', { type: 'button', text: 'png', onclick: () => this.png(), 'aria-label': `${caption} as a picture` }));
    this.place.replaceChildren(tools, this.grid);
    this.grid.addEventListener('pointermove', (event) => this.pointed(event));
    this.grid.addEventListener('pointerleave', () => { hideTip(); forgetSources(); });
    this.grid.addEventListener('click', (event) => { this.pointed(event); this.focus(); openCell(this.address()); });
    this.cell.addEventListener('keydown', (event) => this.key(event));
    this.cell.addEventListener('focus', () => this.tell());
    this.grid.classList.toggle('triangle', isSquare(this.name));
    const along = isSquare(this.name) ? tokenNames() : ofVocabulary(this.name) ? names.map((name) => shortName(visible(name))) : null;
    this.fit();
    if (this.room.cellHigh >= 9) edgeNames(this.grid, tokenNames(), this.room.cellWide >= 9 ? along : null);
    this.draw();
    this.move(0, 0);
    return this;
  }

  // A matrix whose cells would be narrower than four pixels is seen through a window; above it lies the whole.
  fit(whole = false) {
    const { rows, columns } = this.matrix, room = Math.max(160, document.querySelector('main').clientWidth - 40 - (this.room.cellHigh >= 9 ? 70 : 0));
    const across = whole || columns * 4 <= room ? columns : Math.floor(room / 4);
    if (across === this.across) return;
    this.across = across;
    this.from = Math.max(0, Math.min(columns - across, this.column - Math.floor(across / 2)));
    this.overview?.remove();
    this.overview = null;
    const wide = across < columns ? 4 * across : this.room.wide;
    this.grid.style.setProperty('--wide', wide + 'px');
    this.grid.style.aspectRatio = `${wide} / ${this.room.high}`;
    this.place.classList.toggle('windowed', across < columns);
    if (across === columns) return;
    const bins = Math.min(columns, 1024), canvas = make('canvas', { width: bins, height: rows }), frame = make('i');
    this.overview = make('div', { class: 'overview', role: 'img', 'aria-label': `the whole of ${this.name}, ${columns} columns; arrows in the matrix below move its window` }, canvas, frame);
    const at = (event) => { const box = this.overview.getBoundingClientRect(); this.look(Math.round((event.clientX - box.left) / box.width * columns - this.across / 2)); };
    this.overview.addEventListener('pointerdown', (event) => { this.overview.setPointerCapture(event.pointerId); at(event); });
    this.overview.addEventListener('pointermove', (event) => { if (event.buttons) at(event); });
    this.grid.before(this.overview);
  }

  // Moves the window.
  look(from) {
    this.from = Math.max(0, Math.min(this.matrix.columns - this.across, from));
    this.draw();
    if (this.column < this.from || this.column >= this.from + this.across) this.move(this.row, this.from); else this.move(this.row, this.column);
  }


  draw() {
    if (!this.matrix) return;
    const { rows } = this.matrix, columns = this.across;
    // as many pixels a cell as give room; drawn small and enlarged without smoothing
    const canvas = this.canvas, each = hatched && columns <= 1024 ? 4 : 1, wide = Math.min(columns, 4096) * each, masked = /attention$|masked_scores$/.test(this.name);
    canvas.width = wide;
    canvas.height = rows * each;
    const context = canvas.getContext('2d');
    const sequential = sequentialTensor(this.name);
    paintCells(context, rows * each, wide, (y, x) => {
      const row = Math.floor(y / each), column = this.from + Math.floor(x / each), value = this.matrix.at(row, column);
      if (!Number.isFinite(value) || masked && column > row) return null;
      const colour = colourOf(value, this.most, sequential);
      return each > 1 && value < 0 && (x + y) % 4 === 0 ? lightness(colour) > 128 ? '#000000' : '#ffffff' : colour;
    });
    if (this.overview) this.drawOverview(sequential);
  }

  // The whole, each point the number that is farthest from 0 among those it stands for, and where the window is.
  drawOverview(sequential) {
    const { rows, columns } = this.matrix, [canvas, frame] = this.overview.children, each = columns / canvas.width;
    paintCells(canvas.getContext('2d'), rows, canvas.width, (row, x) => {
      let far = null;
      for (let column = Math.floor(x * each); column < Math.max(Math.floor(x * each) + 1, Math.floor((x + 1) * each)); column++) { const value = this.matrix.at(row, column); if (Number.isFinite(value) && (far === null || Math.abs(value) > Math.abs(far))) far = value; }
      return far === null ? null : colourOf(far, this.most, sequential);
    });
    frame.style.left = 100 * this.from / columns + '%';
    frame.style.width = 100 * this.across / columns + '%';
  }

  address() { return { tensor: this.name, head: this.head, row: this.row, column: this.column }; }

  pointed(event) {
    const box = this.grid.getBoundingClientRect(), { rows } = this.matrix;
    const at = (share, count) => Math.max(0, Math.min(count - 1, Math.floor(share * count)));
    const row = at((event.clientY - box.top) / box.height, rows), column = this.from + at((event.clientX - box.left) / box.width, this.across);
    if (row !== this.row || column !== this.column) this.move(row, column);
    showTip(wordsOfCell(this.matrix, row, column), event.clientX, event.clientY);
    explainSoon(this, row, column, event.clientX, event.clientY);
  }

  move(row, column) {
    const { rows, columns } = this.matrix;
    this.row = Math.max(0, Math.min(rows - 1, row));
    this.column = Math.max(0, Math.min(columns - 1, column));
    if (this.column < this.from || this.column >= this.from + this.across) { this.from = Math.max(0, Math.min(columns - this.across, this.column - Math.floor(this.across / 2))); this.draw(); }
    const style = this.cell.style;
    style.left = 100 * (this.column - this.from) / this.across + '%';
    style.top = 100 * this.row / rows + '%';
    style.width = 100 / this.across + '%';
    style.height = 100 / rows + '%';
    this.line.setAttribute('aria-rowindex', this.row + 1);
    this.cell.setAttribute('aria-colindex', this.column + 1);
    this.cell.setAttribute('aria-label', wordsOfCell(this.matrix, this.row, this.column));
    this.grid.style.setProperty('--row', (this.row + 0.5) / rows);
    this.grid.style.setProperty('--column', (this.column - this.from + 0.5) / this.across);
    if (document.activeElement === this.cell) this.tell();
  }

  tell() {
    const box = this.cell.getBoundingClientRect();
    showTip(wordsOfCell(this.matrix, this.row, this.column), box.right, box.bottom);
  }

  focus() { this.cell.focus({ preventScroll: true }); }

  key(event) {
    const { rows, columns } = this.matrix, ctrl = event.ctrlKey || event.metaKey;
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
    if (steps[event.key]) this.move(this.row + steps[event.key][0], this.column + steps[event.key][1]);
    else if (event.key === 'Home') this.move(ctrl ? 0 : this.row, 0);
    else if (event.key === 'End') this.move(ctrl ? rows - 1 : this.row, columns - 1);
    else if (event.key === 'PageUp') this.move(0, this.column);
    else if (event.key === 'PageDown') this.move(rows - 1, this.column);
    else if (event.key === 'Enter' || event.key === ' ') openCell(this.address());
    else if (event.key === 'h' && this.head !== null) matrices.find((m) => m.name === this.name && m.head === (this.head + 1) % heads)?.cell?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  list() {
    const { rows, columns } = this.matrix;
    return Array.from({ length: rows }, (_, row) => Array.from({ length: columns }, (_, column) => this.matrix.at(row, column)));
  }

  // rows that are read off a picture say so in the name
  fileName(ending) { return `${this.name}${this.head === null ? '' : '.' + this.head}${this.matrix.exact(0) ? '' : '.approximate'}.${ending}`; }

  csv() {
    const quote = (text) => '"' + text.replaceAll('"', '""') + '"';
    const square = isSquare(this.name);
    const header = Array.from({ length: this.matrix.columns }, (_, c) => square ? quote(names[manifest.ids[c]]) : this.name === 'logits' || this.name === 'probabilities' ? quote(names[c]) : c);
    const plain = (x) => Number.isNaN(x) ? 'nan' : x === Infinity ? 'inf' : x === -Infinity ? '-inf' : shortest(x).replace('−', '-');
    return ['token,' + header.join(','), ...this.list().map((row, at) => quote((this.matrix.exact(at) ? '' : '≈ ') + names[manifest.ids[at]]) + ',' + row.map(plain).join(','))].join('\n') + '\n';
  }

  npy() {
    const { rows, columns } = this.matrix;
    let header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`;
    header += ' '.repeat(64 - (10 + header.length + 1) % 64) + '\n';
    const bytes = new Uint8Array(10 + header.length + 4 * rows * columns);
    bytes.set([0x93, 78, 85, 77, 80, 89, 1, 0, header.length & 255, header.length >> 8]);
    bytes.set(new TextEncoder().encode(header), 10);
    const view = new DataView(bytes.buffer, 10 + header.length);
    this.list().flat().forEach((value, at) => view.setFloat32(4 * at, value, true));
    return bytes;
  }

  png() {
    // the whole, also of what is seen through a window
    this.fit(true);
    this.draw();
    this.pictured();
    this.fit();
    this.draw();
    this.move(this.row, this.column);
  }

  pictured() { pictureOf(this.canvas, this.fileName('').slice(0, -1)); }

  table() {
    const old = this.place.querySelector('.as-table');
    if (old) { old.remove(); return; }
    const { rows, columns } = this.matrix, all = rows * columns <= 2000;
    const wanted = all ? Array.from({ length: rows }, (_, row) => row) : [followed ?? rows - 1];
    const table = make('table', {}, make('tbody', {}, wanted.map((row) => make('tr', {},
      make('th', { scope: 'row', text: `${row} ${tokenText(manifest.ids[row])}` }),
      Array.from({ length: columns }, (_, column) => make('td', { class: 'num', text: (this.matrix.exact(row) ? '' : '≈') + number(this.matrix.at(row, column), 4) }))))));
    this.place.append(make('div', { class: 'scroll as-table', tabindex: '0', role: 'region', 'aria-label': 'the numbers' }, all ? null : make('p', { class: 'quiet', text: 'the followed row only: the whole is large' }), table));
  }
}

function download(name, content, type) {
  const address = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
  const link = make('a', { href: address, download: name.replace(/[^\w.-]+/g, '_') });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

const tip = byId('tip');
function showTip(text, x, y) {
  tip.textContent = text;
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  tip.style.left = Math.max(4, Math.min(innerWidth - box.width - 4, x + 14)) + 'px';
  tip.style.top = (y + 22 + box.height > innerHeight ? y - box.height - 12 : y + 18) + 'px';
}
function hideTip() { tip.hidden = true; }

// Where the pointer rests, the largest terms are told, and what they were read from is lit in the matrices on screen.
let resting = 0;
function forgetSources() {
  clearTimeout(resting);
  for (const mark of document.querySelectorAll('.source')) mark.remove();
}
function explainSoon(matrix, row, column, x, y) {
  forgetSources();
  if (!matrix.matrix.exact(row)) return;
  resting = setTimeout(async () => {
    const mine = resting, made = await derive(matrix.name, matrix.head, row, column);
    if (mine !== resting || tip.hidden || !made?.terms.length) return;
    const largest = made.terms.filter((term) => !term.masked).sort((a, b) => Math.abs(b.product) - Math.abs(a.product)).slice(0, 3);
    const words = largest.map((term) => term.factors.map((factor) => number(factor.value, 3)).join(' · ') + (term.note ? ' ' + term.note : '')).join(' + ');
    showTip(`${wordsOfCell(matrix.matrix, row, column)} = ${words}${made.terms.length > 3 ? ` + ${made.terms.length - 3} smaller` : ''}`, x, y);
    const bounds = new Map();
    for (const { factors } of made.terms) for (const { from } of factors) {
      if (from.weight) continue;
      const key = `${from.tensor}.${from.head}`, seen = bounds.get(key) ?? { ...from, low: [from.row, from.column], high: [from.row, from.column] };
      seen.low = [Math.min(seen.low[0], from.row), Math.min(seen.low[1], from.column)];
      seen.high = [Math.max(seen.high[0], from.row), Math.max(seen.high[1], from.column)];
      bounds.set(key, seen);
    }
    for (const { tensor: name, head, low, high } of bounds.values()) {
      const of = matrices.find((one) => one.name === name && one.matrix && (one.head === head || one.head === null || head === null));
      if (!of) continue;
      const { rows } = of.matrix, shift = (head !== null && of.head === null ? head * dHead : 0) - of.from, left = Math.max(0, low[1] + shift), right = Math.min(of.across, high[1] + 1 + shift);
      if (left >= right) continue;
      of.grid.append(make('i', { class: 'source', style: `left:${100 * left / of.across}%;top:${100 * low[0] / rows}%;width:${100 * (right - left) / of.across}%;height:${100 * (high[0] - low[0] + 1) / rows}%` }));
    }
  }, 150);
}

function follow(position) {
  followed = followed === position ? null : position;
  markFollowed(document);
  document.documentElement.style.setProperty('--followed', followed === null ? '-1' : String(followed / tokens));
  document.body.classList.toggle('following', followed !== null);
  drawLooks(followed ?? tokens - 1).catch((error) => console.error(error));
}
const markFollowed = (within) => { for (const element of within.querySelectorAll('[data-position]')) element.classList.toggle('followed', Number(element.dataset.position) === followed); };
// what is drawn anew while a token is followed is marked too
new MutationObserver((changes) => {
  if (followed === null) return;
  for (const place of new Set(changes.filter((change) => change.addedNodes.length).map((change) => change.target))) markFollowed(place);
}).observe(document.querySelector('main'), { childList: true, subtree: true });

// The map's looks: those of any token, from the attention of every head.
async function drawLooks(position) {
  const place = document.querySelector('svg.map .looks');
  if (!place) return;
  const rows = [...document.querySelectorAll('svg.map a')].map((row) => [...row.querySelectorAll('circle')].map((node) => [Number(node.getAttribute('cx')), Number(/ (\d+)/.exec(row.getAttribute('transform'))[1])]));
  const paths = [];
  for (let block = 0; block < config.n_blocks && packed.has(`block${block}.attention`); block++) for (let head = 0; head < heads; head++) {
    const attention = await matrixOf(`block${block}.attention`, head);
    for (let at = 0; at < position; at++) {
      const share = attention.at(position, at), [fromX, fromY] = rows[2 * block][at], [toX, toY] = rows[2 * block + 1][position], middle = (fromY + toY) / 2;
      if (share > 0.1) paths.push(make('path', { class: 'look', d: `M${fromX} ${fromY} C${fromX} ${middle} ${toX} ${middle} ${toX} ${toY}`, opacity: share.toFixed(2) }));
    }
  }
  place.replaceChildren(...paths);
}
